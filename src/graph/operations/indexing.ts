// Looking up, spreading and counting by integer index.
import type { GraphBuilder, Value } from '../graph-builder.js';
import { type Dimension, formatShape, resolveAxis, sameShape } from '../shape.js';
import { type DataType, type NumericType, tensorOf } from '../tensor.js';
import { apply, cast, checkTypes, scalarLike } from './apply.js';
import { equal } from './logic.js';
import { reshape, sizeOf, unsqueeze } from './shaping.js';

const indexTypes: ReadonlySet<DataType> = new Set(['int64', 'int32']);

/** Slices of `x` along `axis` (default 0) at `indices`, whose shape takes the axis' place. An embedding is a gather. */
export function gather(x: Value, indices: Value, axis = 0): Value {
  checkTypes('gather', [indices], indexTypes);
  const along = resolveAxis('gather', axis, x.rank);
  const shape = x.shape.toSpliced(along, 1, ...indices.shape);
  return apply('Gather', [x, indices], { type: x.type, shape }, { axis: along });
}

/** The slice of `x` at one position along `axis`, without that axis. */
export function take(x: Value, axis: number, position: number): Value {
  return gather(x, x.graph.scalar('int64', position), axis);
}

/** The element of `x` at each of `indices` along `axis`, all other places being the index's own: the shape of `indices`. */
export function gatherElements(x: Value, indices: Value, axis: number): Value {
  checkTypes('gatherElements', [indices], indexTypes);
  if (indices.rank !== x.rank) {
    throw new RangeError(
      `gatherElements: indices ${formatShape(indices.shape)} do not fit ${x.toString()}`,
    );
  }
  const along = resolveAxis('gatherElements', axis, x.rank);
  const kind = { type: x.type, shape: indices.shape };
  return apply('GatherElements', [x, indices], kind, { axis: along });
}

/**
 * `x` with `updates` added at `indices` along `axis`; repeated indices add up.
 * @param indices of the shape of `updates`, which has the rank of `x`
 */
export function scatterAdd(x: Value, indices: Value, updates: Value, axis: number): Value {
  checkTypes('scatterAdd', [indices], indexTypes);
  checkTypes('scatterAdd', [x, updates]);
  if (!sameShape(indices.shape, updates.shape) || updates.rank !== x.rank) {
    throw new RangeError(
      `scatterAdd: indices ${formatShape(indices.shape)} and updates ${formatShape(updates.shape)} do not fit ${x.toString()}`,
    );
  }
  const along = resolveAxis('scatterAdd', axis, x.rank);
  return apply('ScatterElements', [x, indices, updates], x, { axis: along, reduction: 'add' });
}

/** 1 at each index along a new last axis of size `depth`, 0 elsewhere. */
export function oneHot(indices: Value, depth: number, type: NumericType): Value {
  checkTypes('oneHot', [indices], indexTypes);
  const classes = cast(range(indices.graph, depth), indices.type);
  return cast(equal(unsqueeze(indices, [-1]), classes), type);
}

/** 0, 1, ... up to a size that may be known at run time only: int64 of shape `[size]`. */
export function range(graph: GraphBuilder, size: Dimension): Value {
  if (typeof size === 'number') {
    return graph.constant(
      tensorOf(
        'int64',
        [size],
        Array.from({ length: size }, (_, i) => i),
      ),
    );
  }
  const limit = reshape(sizeOf(graph, size), []);
  const kind = { type: 'int64', shape: [size] } as const;
  return apply('Range', [scalarLike(limit, 0), limit, scalarLike(limit, 1)], kind);
}
