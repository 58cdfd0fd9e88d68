// Dropout whose mask is a pure function of seed, step, place in the network and element: a resumed run draws what a straight one would have drawn.
import type { GraphBuilder, Value } from '../graph-builder.js';
import { type Dimension, multiplyDimensions } from '../shape.js';
import { apply, cast, combine, scalarLike } from './apply.js';
import { divide, multiply } from './elementwise.js';
import { range } from './indexing.js';
import { less, where } from './logic.js';
import { reshape } from './shaping.js';

/** What a mask depends on. */
export interface RandomSource {
  /** The run's seed: an int64 scalar. */
  readonly seed: Value;
  /** The number of the training step: an int64 scalar. */
  readonly step: Value;
  /** The place in the network: an integer from 0 to 2^32 - 1; each dropout of a graph takes another. */
  readonly site: number;
}

/**
 * Inverted dropout: each element becomes 0 with probability `rate`, else is divided by 1 - rate, so that
 * means stay. Gradients meet the same mask.
 * @param rate from 0 (nothing happens) to below 1
 */
export function dropout(x: Value, rate: number, source: RandomSource): Value {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout: a rate of ${rate} is not in [0, 1)`);
  if (rate === 0) return x;
  return x.graph.scope('dropout', () => {
    const threshold = Math.min(Math.round((rate - 0.5) * 2 ** 32), 2 ** 31 - 1);
    const dropped = less(randomIntegers(x, source), threshold);
    return multiply(x, where(dropped, scalarLike(x, 0), 1 / (1 - rate)));
  });
}

/**
 * An int32 for each element of `x`, uniform over all int32: the product, modulo 2^32, of an odd random
 * number for its row and a random number for its column. That is multiply-shift hashing (Dietzfelbinger et
 * al., https://doi.org/10.1006/jagm.1997.0873) and takes one pass over the elements, where mixing each
 * index by itself takes eight.
 */
function randomIntegers(x: Value, source: RandomSource): Value {
  const columns = x.shape.at(-1) ?? 1;
  const leading = x.shape.slice(0, -1);
  const key = drawKey(x.graph, source);
  const rowWords = randomWords(multiplyDimensions(leading), key);
  const oddRowWords = combine('BitwiseOr', 'dropout', rowWords, 1);
  const columnWords = randomWords(columns, mix(key));
  // int32, because its products wrap the same way and take a fifth of the time of uint32's.
  return multiply(
    reshape(cast(oddRowWords, 'int32'), x.rank === 0 ? [] : [...leading, 1]),
    reshape(cast(columnWords, 'int32'), x.rank === 0 ? [] : [columns]),
  );
}

/** One uint32 out of seed, step and site. */
function drawKey(graph: GraphBuilder, { seed, step, site }: RandomSource): Value {
  const parts = [seed, divide(seed, 2 ** 32), step].map((part) => cast(part, 'uint32'));
  return [...parts, graph.scalar('uint32', site)].reduce(
    (key, part) => mix(exclusiveOr(key, part)),
    graph.scalar('uint32', 0x9e3779b9),
  );
}

/** `count` uint32 values, a function of their index and `key`. */
function randomWords(count: Dimension, key: Value): Value {
  const indices = cast(range(key.graph, count), 'uint32');
  return mix(exclusiveOr(mix(exclusiveOr(indices, key)), mix(key)));
}

/** A bijection of uint32 in which each bit of the result depends on all: the mixer lowbias32, https://nullprogram.com/blog/2018/07/31/ */
function mix(word: Value): Value {
  const first = multiply(foldDown(word, 16), 0x7feb352d);
  return foldDown(multiply(foldDown(first, 15), 0x846ca68b), 16);
}

function foldDown(word: Value, bits: number): Value {
  const high = apply('BitShift', [word, scalarLike(word, bits)], word, { direction: 'RIGHT' });
  return exclusiveOr(word, high);
}

function exclusiveOr(left: Value, right: Value): Value {
  return combine('BitwiseXor', 'dropout', left, right);
}
