// Comparisons, choices by a condition, and conversions between types.
import type { Value } from '../graph-builder.js';
import { broadcastShapes, formatShape } from '../shape.js';
import type { DataType } from '../tensor.js';
import { apply, checkTypes, combine, type Operand, pairOperands } from './apply.js';

const boolean: ReadonlySet<DataType> = new Set(['bool']);

/** `left == right`, as bool. */
export function equal(left: Operand, right: Operand): Value {
  return combine('Equal', 'equal', left, right, 'bool');
}

/** `left > right`, as bool. */
export function greater(left: Operand, right: Operand): Value {
  return combine('Greater', 'greater', left, right, 'bool');
}

/** `left >= right`, as bool. */
export function greaterOrEqual(left: Operand, right: Operand): Value {
  return combine('GreaterOrEqual', 'greaterOrEqual', left, right, 'bool');
}

/** `left < right`, as bool. */
export function less(left: Operand, right: Operand): Value {
  return combine('Less', 'less', left, right, 'bool');
}

/** `left <= right`, as bool. */
export function lessOrEqual(left: Operand, right: Operand): Value {
  return combine('LessOrEqual', 'lessOrEqual', left, right, 'bool');
}

/** Both, of bools. */
export function and(left: Value, right: Value): Value {
  checkTypes('and', [left, right], boolean);
  return combine('And', 'and', left, right);
}

/** Either, of bools. */
export function or(left: Value, right: Value): Value {
  checkTypes('or', [left, right], boolean);
  return combine('Or', 'or', left, right);
}

/** The opposite of a bool. */
export function not(x: Value): Value {
  checkTypes('not', [x], boolean);
  return apply('Not', [x], x);
}

/** `yes` where `condition` holds, `no` elsewhere; all three broadcast. */
export function where(condition: Value, yes: Operand, no: Operand): Value {
  const [a, b] = pairOperands(yes, no);
  checkTypes('where', [condition], boolean);
  checkTypes('where', [a, b]);
  const both = broadcastShapes(a.shape, b.shape);
  const shape = both === undefined ? undefined : broadcastShapes(condition.shape, both);
  if (shape === undefined) {
    const shapes = [condition, a, b].map((value) => formatShape(value.shape)).join(', ');
    throw new RangeError(`where: shapes ${shapes} do not broadcast`);
  }
  return apply('Where', [condition, a, b], { type: a.type, shape });
}
