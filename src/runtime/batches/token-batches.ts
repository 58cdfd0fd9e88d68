// Cuts a set of sequences into batches that hold a number of tokens at most, padding included.
import { checkCount } from '../counts.js';

/** How large a batch may be. */
export interface BatchLimits {
  /**
   * Tokens of a batch at most, rows times the longest row: what a run computes, padding included. A
   * sequence that is longer by itself makes a batch alone.
   */
  readonly tokenBudget: number;
  /** Rows of a batch at most. Default: no limit. */
  readonly maxRows?: number | undefined;
}

/**
 * Groups sequences of like length. Returns the batches as indices into `lengths`, longest sequences
 * first, equal ones in their order; every index is in exactly one batch. A pure function: the same
 * lengths make the same batches.
 *
 * A batch's padding is what its rows lack to the longest; the next batch begins below its shortest. So
 * with no single length over the budget the padding of all batches together is at most
 * `tokenBudget * (1 + ln(longest / shortest))`, however many sequences there are.
 *
 * @throws PolytagError OPTION_INVALID for limits that are no whole numbers of at least 1
 */
export function batchByTokenBudget(
  lengths: ArrayLike<number>,
  { tokenBudget, maxRows = Number.MAX_SAFE_INTEGER }: BatchLimits,
): number[][] {
  checkCount('tokenBudget', tokenBudget);
  checkCount('maxRows', maxRows);
  const order = Array.from(lengths, (_, index) => index);
  // The sort is stable, so equal lengths stay in their order.
  order.sort((left, right) => lengths[right] - lengths[left]);
  const batches: number[][] = [];
  for (let start = 0; start < order.length; ) {
    // Sorted downwards, the first row is the one that all others are padded to. A row costs one token
    // at least, so that empty sequences do not all end in one batch.
    const longest = Math.max(1, lengths[order[start]]);
    const rows = Math.max(1, Math.min(maxRows, Math.floor(tokenBudget / longest)));
    batches.push(order.slice(start, start + rows));
    start += rows;
  }
  return batches;
}
