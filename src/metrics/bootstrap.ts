// Bootstrap intervals: how far figures would move had other rows been drawn.
import { setImmediate } from 'node:timers/promises';
import { seededGenerator } from './random.js';
import type { RowWeights } from './ranking-measures.js';

/** The confidence level of every interval. */
export const INTERVAL_LEVEL = 0.95;

/** How often, from where, and how to watch and stop it. */
export interface BootstrapOptions {
  /** How many resamples, at least 2; 1,000 is usual. */
  readonly resamples: number;
  /** An integer from 0 to 2^53 - 1; the same seed gives the same intervals. */
  readonly seed: number;
  /** Stops the work; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of resamples that are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** The range that holds the figure's true value about 95 times in 100, or why there is none. */
export type Interval =
  | { readonly low: number; readonly high: number }
  | { readonly low: null; readonly high: null; readonly reason: string };

/** For how long other work on this thread is kept waiting, in milliseconds. */
const SLICE_MILLISECONDS = 25;

/**
 * Draws as many rows as there are, with replacement, again and again, and measures each time: B.
 * Efron's nonparametric bootstrap (1979). A resample is the number of times that each row was drawn,
 * so that nothing is copied or sorted anew. Gives way to other work on the thread every 25 ms.
 *
 * @param rows how many rows there are to draw from
 * @param measure gives the figures with each row counted `weights[row]` times, NaN where undefined;
 *   the weights are those of one call only
 * @returns the values of each figure, `[figures][resamples]`
 * @throws RangeError if `resamples` is not an integer of at least 2, or the seed is none
 */
export async function bootstrap(
  rows: number,
  measure: (weights: RowWeights) => ArrayLike<number>,
  { resamples, seed, signal, onProgress }: BootstrapOptions,
): Promise<Float64Array[]> {
  if (!Number.isInteger(resamples) || resamples < 2) {
    throw new RangeError(`${resamples} resamples; expected an integer of at least 2`);
  }
  signal?.throwIfAborted();
  const next = seededGenerator(seed);
  const weights = new Int32Array(rows);
  const values: Float64Array[] = [];
  let sliceStart = performance.now();
  for (let resample = 0; resample < resamples; resample++) {
    drawRows(weights, next);
    const figures = measure(weights);
    for (let figure = 0; figure < figures.length; figure++) {
      values[figure] ??= new Float64Array(resamples);
      values[figure][resample] = figures[figure];
    }
    if (performance.now() - sliceStart < SLICE_MILLISECONDS) continue;
    onProgress?.(resample + 1, resamples);
    await setImmediate();
    signal?.throwIfAborted();
    sliceStart = performance.now();
  }
  onProgress?.(resamples, resamples);
  return values;
}

/** Sets `weights` to the number of times that each row is drawn in as many draws as rows. */
export function drawRows(weights: RowWeights, next: () => number): void {
  weights.fill(0);
  const scale = weights.length / 2 ** 32;
  for (let draw = 0; draw < weights.length; draw++) weights[Math.floor(next() * scale)]++;
}

/**
 * The interval between the 2.5th and the 97.5th percentile of the resamples (Efron and Tibshirani,
 * "An Introduction to the Bootstrap", 1993, chapter 13), linearly interpolated. Resamples in which
 * the figure is undefined (NaN) are left out; there is no interval where these are the most.
 */
export function percentileInterval(values: Float64Array): Interval {
  // NaN sorts last.
  const sorted = values.slice().sort();
  let defined = sorted.length;
  while (defined > 0 && Number.isNaN(sorted[defined - 1])) defined--;
  if (2 * defined <= values.length) {
    return { low: null, high: null, reason: 'undefined in most resamples' };
  }
  const tail = (1 - INTERVAL_LEVEL) / 2;
  const known = sorted.subarray(0, defined);
  return { low: quantile(known, tail), high: quantile(known, 1 - tail) };
}

/** The quantile of ascending values, interpolated between the two nearest (as NumPy's default). */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
