// What a gradient rule is, and the steps that many rules share.
import type { Attribute, Node, Value } from '../graph-builder.js';
import { scalarLike } from '../operations/apply.js';
import { gemm } from '../operations/linear-algebra.js';
import { reduceSum } from '../operations/reduction.js';
import { expand, reshape } from '../operations/shaping.js';
import { multiplyDimensions, type Shape, sameShape } from '../shape.js';
import type { DataType } from '../tensor.js';

/** A node as rules see it: with all its inputs. */
export interface Application extends Node {
  readonly inputs: readonly Value[];
}

/**
 * From an application and the gradient of the loss with respect to its first output to the gradients with
 * respect to its inputs, in order; undefined where an input has none (indices, conditions, sizes).
 * `gradients` holds those of all outputs, zeros for outputs that the loss does not use.
 */
export type GradientRule = (
  application: Application,
  gradient: Value,
  gradients: readonly Value[],
) => readonly (Value | undefined)[];

/** The gradient of a broadcast operand: `gradient` summed over the axes along which `shape` was repeated. */
export function sumToShape(gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const added = gradient.rank - shape.length;
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || shape[axis - added] !== gradient.shape[axis]);
  const isRows = axes.length > 0 && axes.at(-1) === axes.length - 1 && axes.length < gradient.rank;
  if (isRows && gemmTypes.has(gradient.type)) {
    return reshape(sumRows(reshape(gradient, matrixShape(gradient.shape, axes.length))), shape);
  }
  return reshape(reduceSum(gradient, { axes }), shape);
}

const gemmTypes: ReadonlySet<DataType> = new Set(['float32', 'float64']);

/** The sizes of a matrix whose rows are the first `leading` axes of `shape`. */
function matrixShape(shape: Shape, leading: number): Shape {
  return [multiplyDimensions(shape.slice(0, leading)), multiplyDimensions(shape.slice(leading))];
}

/** The sum of a matrix's rows, [1, columns]: a product with ones takes a third of the time that ReduceSum takes. */
function sumRows(matrix: Value): Value {
  const ones = expand(scalarLike(matrix, 1), [1, matrix.shape[0]]);
  return gemm(ones, matrix);
}

/** A tensor of `like`'s type and shape filled with one number. */
export function filledLike(like: Value, value: number): Value {
  return expand(scalarLike(like, value), like.shape);
}

/** An integer attribute of a node. */
export function integerAttribute({ name, attributes }: Node, attribute: string): number {
  const value: Attribute | undefined = attributes[attribute];
  if (typeof value !== 'number') throw new Error(`${name} has no integer attribute ${attribute}`);
  return value;
}

/** A float attribute of a node. */
export function floatAttribute({ name, attributes }: Node, attribute: string): number {
  const value: Attribute | undefined = attributes[attribute];
  if (typeof value !== 'object' || !('float' in value)) {
    throw new Error(`${name} has no float attribute ${attribute}`);
  }
  return value.float;
}

/** An integer-list attribute of a node. */
export function integersAttribute(
  { name, attributes }: Node,
  attribute: string,
): readonly number[] {
  const value: Attribute | undefined = attributes[attribute];
  if (!Array.isArray(value)) throw new Error(`${name} has no list attribute ${attribute}`);
  return value as readonly number[];
}

/** The numbers of an int64 constant among a node's inputs, such as axes. */
export function constantIntegers({ name }: Node, value: Value): readonly number[] {
  if (!(value.tensor?.data instanceof BigInt64Array)) {
    throw new Error(`${name}: ${value.name} is not a constant`);
  }
  return Array.from(value.tensor.data, Number);
}
