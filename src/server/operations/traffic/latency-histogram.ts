// Durations in buckets that grow by 15 % each: percentiles within that, in little memory, and sums of histograms.

/** Milliseconds at the upper end of the first bucket. */
const first = 0.1;
const growth = 1.15;
const buckets = 105;

const bounds = Array.from({ length: buckets }, (_, index) => first * growth ** index);

/** Counts by duration, from below 0.1 ms to above 200 s. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(buckets);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(milliseconds: number): void {
    const bucket = Math.ceil(Math.log(milliseconds / first) / Math.log(growth));
    // Also where the duration is 0, whose logarithm is no number to count with.
    this.#counts[Math.max(0, Math.min(buckets - 1, bucket))] += 1;
    this.#count += 1;
  }

  /** Adds another's counts. */
  addAll(other: LatencyHistogram): void {
    for (let bucket = 0; bucket < buckets; bucket++) this.#counts[bucket] += other.#counts[bucket];
    this.#count += other.#count;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
  }

  /** @param share 0 to 1 @returns milliseconds; null without durations */
  percentile(share: number): number | null {
    if (this.#count === 0) return null;
    const wanted = Math.max(1, share * this.#count);
    let below = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      const here = this.#counts[bucket];
      if (below + here >= wanted) {
        const low = bucket === 0 ? 0 : bounds[bucket - 1];
        const value = low + ((wanted - below) / here) * (bounds[bucket] - low);
        return Math.round(value * 1000) / 1000;
      }
      below += here;
    }
    return bounds[buckets - 1];
  }
}
