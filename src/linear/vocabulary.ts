// Which n-grams count: those of most rows, by their document counts.
import { BUCKETS, BUCKETS_OF_A_KIND } from './ngrams.js';

/** The n-grams that a baseline looks at. Words come first, each kind by falling document count. */
export interface Vocabulary {
  /** The bucket of each feature. */
  readonly buckets: Int32Array;
  /** In how many rows each feature occurred. */
  readonly documentCounts: Int32Array;
  /** Features that are words or bigrams; the rest are character n-grams. */
  readonly wordFeatures: number;
  /** Rows that were counted. */
  readonly rows: number;
}

/** How many n-grams are kept. */
export interface VocabularyLimits {
  /** Rows that an n-gram must occur in. */
  readonly minimalDocuments: number;
  readonly words: number;
  readonly characters: number;
}

/** More n-grams than these do not rank better on comments; see docs/linear-baseline.md. */
export const defaultLimits: VocabularyLimits = {
  minimalDocuments: 2,
  words: 2 ** 16,
  characters: 2 ** 17,
};

/**
 * Keeps the buckets that occurred in most rows. Of those tied at the limit, the lowest are kept.
 *
 * @param documentCounts `[BUCKETS]`: rows in which each bucket occurred
 * @param rows rows counted, fewer than 2^30
 */
export function selectFeatures(
  documentCounts: Int32Array,
  rows: number,
  limits: VocabularyLimits = defaultLimits,
): Vocabulary {
  const { minimalDocuments, words, characters } = limits;
  const middle = BUCKETS_OF_A_KIND;
  const kept = [
    mostFrequent(documentCounts, middle, BUCKETS, words, minimalDocuments),
    mostFrequent(documentCounts, 0, middle, characters, minimalDocuments),
  ];
  const buckets = new Int32Array(kept[0].length + kept[1].length);
  buckets.set(kept[0]);
  buckets.set(kept[1], kept[0].length);
  return {
    buckets,
    documentCounts: buckets.map((bucket) => documentCounts[bucket]),
    wordFeatures: kept[0].length,
    rows,
  };
}

function mostFrequent(
  counts: Int32Array,
  first: number,
  end: number,
  limit: number,
  minimum: number,
): Int32Array {
  const threshold = thresholdFor(counts.subarray(first, end), limit, minimum);
  // Sorting numbers that carry count and bucket is many times faster than sorting by a function.
  const keys = new Float64Array(limit);
  let kept = 0;
  for (const isTie of [false, true]) {
    for (let bucket = first; bucket < end && kept < limit; bucket++) {
      const count = counts[bucket];
      if (isTie ? count === threshold : count > threshold) keys[kept++] = bucket - count * BUCKETS;
    }
  }
  return Int32Array.from(keys.subarray(0, kept).sort(), (key) => {
    const remainder = key % BUCKETS;
    return remainder < 0 ? remainder + BUCKETS : remainder;
  });
}

/** The highest count, not below `minimum`, that at least `limit` buckets reach; else `minimum`. */
function thresholdFor(counts: Int32Array, limit: number, minimum: number): number {
  let highest = minimum;
  for (const count of counts) if (count > highest) highest = count;
  const bucketsWith = new Int32Array(highest + 1);
  for (const count of counts) bucketsWith[count]++;
  let reached = 0;
  for (let count = highest; count > minimum; count--) {
    reached += bucketsWith[count];
    if (reached >= limit) return count;
  }
  return minimum;
}

/**
 * How much rarer features weigh more: ln((1 + rows) / (1 + document count)) + 1, as scikit-learn's
 * TfidfVectorizer with `smooth_idf` has it.
 */
export function inverseDocumentFrequencies({ documentCounts, rows }: Vocabulary): Float64Array {
  return Float64Array.from(documentCounts, (count) => Math.log((1 + rows) / (1 + count)) + 1);
}

/**
 * Writes into `table`, `[BUCKETS]`, which feature each bucket is; -1 for those that are none.
 *
 * @returns the table
 */
export function fillFeatureTable({ buckets }: Vocabulary, table: Int32Array): Int32Array {
  table.fill(-1);
  buckets.forEach((bucket, feature) => {
    table[bucket] = feature;
  });
  return table;
}
