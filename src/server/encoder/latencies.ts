// How long the last requests took, and the figures of it.
import type { JsonRecord } from './encoding-service.js';

/** The durations of the last requests. */
export class Latencies {
  readonly #remembered: number;
  readonly #milliseconds: number[] = [];
  #next = 0;

  /** @param remembered requests that are remembered */
  constructor(remembered: number) {
    this.#remembered = remembered;
  }

  add(milliseconds: number): void {
    this.#milliseconds[this.#next] = milliseconds;
    this.#next = (this.#next + 1) % this.#remembered;
  }

  /** In milliseconds; percentiles by nearest rank, null while there is no request. */
  figures(): JsonRecord {
    const sorted = Float64Array.from(this.#milliseconds).sort();
    const rank = (share: number): number | null =>
      sorted.length === 0 ? null : sorted[Math.ceil(share * sorted.length) - 1];
    return {
      count: sorted.length,
      median: rank(0.5),
      p95: rank(0.95),
      p99: rank(0.99),
      max: rank(1),
    };
  }
}
