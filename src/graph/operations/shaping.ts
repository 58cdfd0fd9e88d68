// Operations that move elements without computing with them, and the run-time sizes they need.
import type { GraphBuilder, Value } from '../graph-builder.js';
import {
  addDimensions,
  broadcastShapes,
  type Dimension,
  dimensionFactors,
  divideDimensions,
  formatShape,
  multiplyDimensions,
  resolveAxis,
  sameShape,
  type Shape,
} from '../shape.js';
import { tensorOf } from '../tensor.js';
import { apply, checkTypes } from './apply.js';
import { multiply } from './elementwise.js';

/** An int64 vector constant. */
export function int64Vector(graph: GraphBuilder, values: readonly number[]): Value {
  return graph.constant(tensorOf('int64', [values.length], values));
}

/** A run-time size as an int64 vector of one element, shape `[1]`. */
export function sizeOf(graph: GraphBuilder, size: Dimension): Value {
  const { coefficient, symbols } = dimensionFactors(size);
  const factors = symbols.map((symbol) => {
    const { value, axis } = graph.symbolSource(symbol);
    return apply('Shape', [value], { type: 'int64', shape: [1] }, { start: axis, end: axis + 1 });
  });
  if (coefficient !== 1 || factors.length === 0) factors.push(int64Vector(graph, [coefficient]));
  return factors.reduce(multiply);
}

/** A shape as an int64 vector: a constant when all sizes are known. */
export function shapeVector(graph: GraphBuilder, shape: Shape): Value {
  const known = shape.filter((size) => typeof size === 'number');
  if (known.length === shape.length) return int64Vector(graph, known);
  return concat(
    shape.map((size) => sizeOf(graph, size)),
    0,
  );
}

/** The shape of `x` as an int64 vector, shape `[rank]`. */
export function shapeOf(x: Value): Value {
  return shapeVector(x.graph, x.shape);
}

/**
 * The same elements, in row-major order, under another shape. Sizes may be names that the graph knows
 * and products of them; one may be -1: what remains.
 */
export function reshape(x: Value, target: Shape): Value {
  const shape = resolveRemainder(x, target);
  if (sameShape(shape, x.shape)) return x;
  if (multiplyDimensions(shape) !== multiplyDimensions(x.shape)) throw reshapeError(x, target);
  return apply('Reshape', [x, reshapeVector(x, shape)], { type: x.type, shape });
}

function resolveRemainder(x: Value, target: Shape): Shape {
  if (!target.includes(-1)) return target;
  const others = multiplyDimensions(target.filter((size) => size !== -1));
  const rest = divideDimensions(multiplyDimensions(x.shape), others);
  if (rest === undefined) throw reshapeError(x, target);
  return target.map((size) => (size === -1 ? rest : size));
}

function reshapeError(x: Value, target: Shape): RangeError {
  return new RangeError(
    `reshape: ${x.toString()} has not as many elements as ${formatShape(target)}`,
  );
}

/** ONNX spells "as in the input" 0 and "what remains" -1; only more than one unknown needs computing. */
function reshapeVector(x: Value, shape: Shape): Value {
  const known = shape.map((size, axis) =>
    typeof size === 'number' ? size : size === x.shape[axis] ? 0 : -1,
  );
  const remainders = known.filter((size) => size === -1).length;
  return remainders <= 1 ? int64Vector(x.graph, known) : shapeVector(x.graph, shape);
}

/** `x` repeated along axes of size 1, and along new leading axes, to `shape`. */
export function expand(x: Value, shape: Shape): Value {
  const reached = broadcastShapes(x.shape, shape);
  if (reached === undefined || !sameShape(reached, shape)) {
    throw new RangeError(`expand: ${x.toString()} does not broadcast to ${formatShape(shape)}`);
  }
  if (sameShape(x.shape, shape)) return x;
  return apply('Expand', [x, shapeVector(x.graph, shape)], { type: x.type, shape });
}

/** Axis i of the result is axis `permutation[i]` of `x`. */
export function transpose(x: Value, permutation: readonly number[]): Value {
  const axes = permutation.map((axis) => resolveAxis('transpose', axis, x.rank));
  if (axes.length !== x.rank || new Set(axes).size !== x.rank) {
    throw new RangeError(`transpose: [${permutation.join(', ')}] is no order of ${x.toString()}`);
  }
  if (axes.every((axis, position) => axis === position)) return x;
  const shape = axes.map((axis) => x.shape[axis]);
  return apply('Transpose', [x], { type: x.type, shape }, { perm: axes });
}

/** Values joined along `axis`; their other sizes must agree. */
export function concat(values: readonly Value[], axis: number): Value {
  if (values.length === 0) throw new RangeError('concat: there is nothing to join');
  const [first, ...others] = values;
  checkTypes('concat', values);
  const along = resolveAxis('concat', axis, first.rank);
  for (const other of others) {
    const fits = first.shape.every((size, place) => place === along || size === other.shape[place]);
    if (!fits || other.rank !== first.rank) {
      throw new RangeError(
        `concat: ${first.toString()} and ${other.toString()} differ off axis ${along}`,
      );
    }
  }
  if (others.length === 0) return first;
  const total = values.map((value) => value.shape[along]).reduce(addDimensions);
  const shape = first.shape.with(along, total);
  return apply('Concat', [first, ...others], { type: first.type, shape }, { axis: along });
}

/** Parts of `x` along `axis`, of the given sizes, which must add up. */
export function split(x: Value, axis: number, sizes: Shape): readonly Value[] {
  const along = resolveAxis('split', axis, x.rank);
  const total = sizes.reduce(addDimensions);
  if (x.shape[along] !== total) {
    throw new RangeError(
      `split: sizes ${sizes.join(' + ')} are not axis ${along} of ${x.toString()}`,
    );
  }
  const kinds = sizes.map((size) => ({ type: x.type, shape: x.shape.with(along, size) }));
  return x.graph.addNode('Split', [x, shapeVector(x.graph, sizes)], kinds, { axis: along });
}

/** `x` without the given axes, all of size 1. */
export function squeeze(x: Value, axes: readonly number[]): Value {
  const dropped = new Set(axes.map((axis) => resolveAxis('squeeze', axis, x.rank)));
  if ([...dropped].some((axis) => x.shape[axis] !== 1)) {
    throw new RangeError(`squeeze: axes [${axes.join(', ')}] of ${x.toString()} are not all 1`);
  }
  const shape = x.shape.filter((_, axis) => !dropped.has(axis));
  const sorted = [...dropped].sort((a, b) => a - b);
  return apply('Squeeze', [x, int64Vector(x.graph, sorted)], { type: x.type, shape });
}

/** `x` with new axes of size 1 at the given places of the result. */
export function unsqueeze(x: Value, axes: readonly number[]): Value {
  const rank = x.rank + axes.length;
  const added = new Set(axes.map((axis) => resolveAxis('unsqueeze', axis, rank)));
  if (added.size !== axes.length) throw new RangeError('unsqueeze: an axis is named twice');
  const sizes = [...x.shape];
  const shape = Array.from({ length: rank }, (_, axis) =>
    added.has(axis) ? 1 : (sizes.shift() ?? 1),
  );
  const sorted = [...added].sort((a, b) => a - b);
  return apply('Unsqueeze', [x, int64Vector(x.graph, sorted)], { type: x.type, shape });
}

/**
 * Elements `start` (inclusive) to `end` (exclusive) along `axis`. Negative numbers count from the end;
 * `end` may be a run-time name, and defaults to the whole size.
 */
export function slice(
  x: Value,
  axis: number,
  { start = 0, end }: { start?: number; end?: Dimension },
): Value {
  const along = resolveAxis('slice', axis, x.rank);
  const size = x.shape[along];
  const from = typeof size === 'number' && start < 0 ? Math.max(0, size + start) : start;
  const bound = typeof size === 'number' ? limitEnd(end ?? size, size) : (end ?? size);
  const length = sliceLength(x, from, bound, size);
  if (from === 0 && length === size) return x;
  const ends = typeof bound === 'number' ? int64Vector(x.graph, [bound]) : sizeOf(x.graph, bound);
  return apply('Slice', [x, int64Vector(x.graph, [from]), ends, int64Vector(x.graph, [along])], {
    type: x.type,
    shape: x.shape.with(along, length),
  });
}

function limitEnd(end: Dimension, size: number): Dimension {
  if (typeof end === 'string') return end;
  return end < 0 ? size + end : Math.min(end, size);
}

function sliceLength(x: Value, start: number, end: Dimension, size: Dimension): Dimension {
  const bothFromEnd = start < 0 && (end === size || (typeof end === 'number' && end < 0));
  const length = bothFromEnd
    ? (typeof end === 'number' ? end : 0) - start
    : typeof end === 'number' && end < 0
      ? addDimensions(size, end - start)
      : addDimensions(end, -start);
  if (typeof length === 'number' && length <= 0) {
    throw new RangeError(`slice: nothing lies from ${start} to ${end} in ${x.toString()}`);
  }
  return length;
}
