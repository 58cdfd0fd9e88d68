// What all operations share: operands that may be plain numbers, checks of types, and nodes with one output.
import type { Attribute, Value, ValueKind } from '../graph-builder.js';
import type { OperatorName } from '../operators.js';
import { broadcastShapes, formatShape } from '../shape.js';
import { type DataType, dataTypeNumbers } from '../tensor.js';

/** A value, or a number that becomes a scalar constant of the other operand's type. */
export type Operand = Value | number;

/** Applies an operator with one output of the given type and shape. */
export function apply(
  operator: OperatorName,
  inputs: readonly [Value, ...(Value | undefined)[]],
  kind: ValueKind,
  attributes?: Readonly<Record<string, Attribute>>,
): Value {
  return inputs[0].graph.addNode(operator, inputs, [kind], attributes)[0];
}

/** `value` converted to `type`; itself when it has that type already. */
export function cast(value: Value, type: DataType): Value {
  if (value.type === type) return value;
  return apply('Cast', [value], { type, shape: value.shape }, { to: dataTypeNumbers[type] });
}

/** `operand` as a value: a number becomes a scalar of `like`'s type in `like`'s graph. */
export function scalarLike(like: Value, operand: Operand): Value {
  if (typeof operand !== 'number') return operand;
  const { graph, type } = like;
  if (type === 'float16' || type === 'bfloat16')
    return cast(graph.scalar('float32', operand), type);
  return graph.scalar(type, operand);
}

/** Two operands as values; at least one must be one. */
export function pairOperands(left: Operand, right: Operand): [Value, Value] {
  if (typeof left !== 'number') return [left, scalarLike(left, right)];
  if (typeof right !== 'number') return [scalarLike(right, left), right];
  throw new TypeError('one of two operands must be a value of a graph');
}

/** Element types with a sign and fractions. */
export const floatTypes: ReadonlySet<DataType> = new Set([
  'float64',
  'float32',
  'float16',
  'bfloat16',
]);

/** @throws TypeError unless all values have one type, and that is among `allowed` when given */
export function checkTypes(
  operation: string,
  values: readonly Value[],
  allowed?: ReadonlySet<DataType>,
): void {
  const listing = values.map(String).join(', ');
  if (values.some(({ type }) => type !== values[0].type)) {
    throw new TypeError(`${operation}: types differ in ${listing}`);
  }
  if (allowed !== undefined && !allowed.has(values[0].type)) {
    throw new TypeError(`${operation}: takes ${[...allowed].join(', ')}, got ${listing}`);
  }
}

/** Applies a broadcasting operator of two operands; `resultType` defaults to theirs. */
export function combine(
  operator: OperatorName,
  operation: string,
  left: Operand,
  right: Operand,
  resultType?: DataType,
): Value {
  const [a, b] = pairOperands(left, right);
  checkTypes(operation, [a, b]);
  const shape = broadcastShapes(a.shape, b.shape);
  if (shape === undefined) {
    throw new RangeError(
      `${operation}: shapes ${formatShape(a.shape)} and ${formatShape(b.shape)} do not broadcast`,
    );
  }
  return apply(operator, [a, b], { type: resultType ?? a.type, shape });
}
