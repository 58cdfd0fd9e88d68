// Cuts the work of a fit to what memory holds and threads can share.
import { RandomSource } from '../data/index.js';
import { LANES } from './logistic-regression.js';
import { defaultLimits, type Vocabulary, type VocabularyLimits } from './vocabulary.js';

/** Four bytes each: what keeps memory below 1.5 GB however many rows there are. */
const MAXIMAL_ENTRIES = 200_000_000;
/** Four bytes each: with several hundred labels, fewer n-grams are kept. */
const MAXIMAL_WEIGHTS = 2 ** 26;

/** How many n-grams are kept for a number of labels. */
export function limitsFor(labels: number): VocabularyLimits {
  const { words, characters, minimalDocuments } = defaultLimits;
  const share = Math.min(1, MAXIMAL_WEIGHTS / (labels * (words + characters)));
  return {
    minimalDocuments,
    words: Math.floor(words * share),
    characters: Math.floor(characters * share),
  };
}

/** Puts labels into blocks of up to `LANES`, as many for one thread as for the other. */
export function blocksOf(labels: readonly number[], threads: number): number[][] {
  const rounds = Math.ceil(labels.length / LANES / threads);
  const blocks = Math.min(labels.length, rounds * threads);
  return Array.from({ length: blocks }, (_, block) =>
    labels.filter((_, position) => position % blocks === block),
  );
}

/**
 * The rows to fit on: all, or as many as there is memory for, drawn at random and in order.
 *
 * @param maximalEntries n-grams of rows that may be held, four bytes each
 */
export function drawRows(
  rows: Int32Array,
  { documentCounts }: Vocabulary,
  seed: number,
  maximalEntries: number = MAXIMAL_ENTRIES,
): Int32Array {
  const entries = documentCounts.reduce((sum, count) => sum + count, 0);
  if (entries <= maximalEntries) return rows;
  const drawn = new RandomSource(seed).shuffle(rows.slice());
  return drawn.subarray(0, Math.floor((rows.length * maximalEntries) / entries)).sort();
}
