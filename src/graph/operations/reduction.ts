// Sums, means and extremes along axes.
import type { Value } from '../graph-builder.js';
import type { OperatorName } from '../operators.js';
import { resolveAxis } from '../shape.js';
import { apply } from './apply.js';
import { int64Vector } from './shaping.js';

/** Which axes to reduce, and how to leave the shape. */
export interface ReductionOptions {
  /** Default: all axes. */
  readonly axes?: readonly number[];
  /** Leave reduced axes at size 1 instead of dropping them; default false. */
  readonly keepAxes?: boolean;
}

function reduce(
  operator: OperatorName,
  operation: string,
  x: Value,
  { axes = x.shape.map((_, axis) => axis), keepAxes = false }: ReductionOptions,
): Value {
  const reduced = new Set(axes.map((axis) => resolveAxis(operation, axis, x.rank)));
  if (reduced.size === 0) return operator === 'ReduceSumSquare' ? apply('Mul', [x, x], x) : x;
  const shape = keepAxes
    ? x.shape.map((size, axis) => (reduced.has(axis) ? 1 : size))
    : x.shape.filter((_, axis) => !reduced.has(axis));
  const sorted = [...reduced].sort((a, b) => a - b);
  return apply(
    operator,
    [x, int64Vector(x.graph, sorted)],
    { type: x.type, shape },
    { keepdims: Number(keepAxes) },
  );
}

/** Sums along axes. */
export function reduceSum(x: Value, options: ReductionOptions = {}): Value {
  return reduce('ReduceSum', 'reduceSum', x, options);
}

/** Means along axes. */
export function reduceMean(x: Value, options: ReductionOptions = {}): Value {
  return reduce('ReduceMean', 'reduceMean', x, options);
}

/** Largest elements along axes. */
export function reduceMax(x: Value, options: ReductionOptions = {}): Value {
  return reduce('ReduceMax', 'reduceMax', x, options);
}

/** Smallest elements along axes. */
export function reduceMin(x: Value, options: ReductionOptions = {}): Value {
  return reduce('ReduceMin', 'reduceMin', x, options);
}

/** Sums of squares along axes. */
export function reduceSumSquare(x: Value, options: ReductionOptions = {}): Value {
  return reduce('ReduceSumSquare', 'reduceSumSquare', x, options);
}
