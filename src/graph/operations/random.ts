// Dropout whose mask is a pure function of seed, step, place in the network and element: a resumed run draws what a straight one would have drawn.
import type { Value } from '../graph-builder.js';
import { type Dimension, multiplyDimensions } from '../shape.js';
import { apply, cast, combine, scalarLike } from './apply.js';
import { divide, multiply } from './elementwise.js';
import { range } from './indexing.js';
import { greaterOrEqual } from './logic.js';
import { reshape } from './shaping.js';

/** What a mask depends on. */
export interface RandomSource {
  /** The run's seed: an int64 scalar. */
  readonly seed: Value;
  /** The number of the training step: an int64 scalar. */
  readonly step: Value;
  /** The place in the network: an integer from 0 to 2^31 - 1; each dropout of a graph takes another. */
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
    const kept = greaterOrEqual(randomIntegers(x, source), threshold);
    // A conversion and a product: Where takes twice as long as the two.
    return multiply(x, multiply(cast(kept, x.type), 1 / (1 - rate)));
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
  const rowWords = randomWords(multiplyDimensions(leading), source, 0);
  const oddRowWords = combine('BitwiseOr', 'dropout', rowWords, 1);
  const columnWords = randomWords(columns, source, 1);
  // int32, because its products wrap the same way and take a fifth of the time of uint32's.
  return multiply(
    reshape(cast(oddRowWords, 'int32'), x.rank === 0 ? [] : [...leading, 1]),
    reshape(cast(columnWords, 'int32'), x.rank === 0 ? [] : [columns]),
  );
}

/**
 * `count` uint32 values, a function of their index, seed, step, site and side (0 or 1). What sites have in common is
 * computed first, and so only once: nodes over few elements cost as much as their number.
 */
function randomWords(count: Dimension, { seed, step, site }: RandomSource, side: 0 | 1): Value {
  const { graph } = seed;
  const key = [seed, divide(seed, 2 ** 32), step]
    .map((part) => cast(part, 'uint32'))
    .reduce((mixed, part) => mix(exclusiveOr(mixed, part)), graph.scalar('uint32', 0x9e3779b9));
  const indices = cast(range(graph, count), 'uint32');
  const words = mix(exclusiveOr(mix(exclusiveOr(indices, key)), mix(key)));
  return mix(exclusiveOr(words, graph.scalar('uint32', 2 * site + side)));
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
