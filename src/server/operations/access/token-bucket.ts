// So many requests a second, with a little in store for those who come in bursts.

export class TokenBucket {
  #level: number;
  #filledAt: number;

  /**
   * @param rate tokens a second, above 0
   * @param capacity most tokens in store, 1 or more
   * @param now the time in milliseconds, by a clock that never goes back
   */
  constructor(
    readonly rate: number,
    readonly capacity: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#level = capacity;
    this.#filledAt = now();
  }

  /** Takes one. @returns 0, or where there is none the seconds until there is */
  take(): number {
    const now = this.now();
    this.#level = Math.min(
      this.capacity,
      this.#level + ((now - this.#filledAt) / 1000) * this.rate,
    );
    this.#filledAt = now;
    if (this.#level >= 1) {
      this.#level -= 1;
      return 0;
    }
    return (1 - this.#level) / this.rate;
  }
}
