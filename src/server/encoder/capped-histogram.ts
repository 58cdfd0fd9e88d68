// Counts by client, of which only the latest clients are kept; what is forgotten still counts in the figures.

/** Figures over the counts of all keys, those forgotten included. */
export interface CountFigures {
  readonly average: number;
  readonly least: number;
  readonly most: number;
  /** Keys with the least, and with the most. */
  readonly withLeast: number;
  readonly withMost: number;
}

/**
 * The semantics of bert-as-service's CappedHistogram: at most `capacity` keys, the one set longest ago
 * forgotten first. A key that comes back after that counts as another.
 */
export class CappedHistogram {
  readonly #counts = new Map<string, number>();
  readonly #capacity: number;
  #forgotten = 0;
  #forgottenSum = 0;
  #least = { value: Number.POSITIVE_INFINITY, keys: 0 };
  #most = { value: Number.NEGATIVE_INFINITY, keys: 0 };

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  set(key: string, value: number): void {
    // Deleted first, so that it comes to the end of the order.
    this.#counts.delete(key);
    this.#counts.set(key, value);
    if (this.#counts.size <= this.#capacity) return;
    for (const [oldest, count] of this.#counts) {
      this.#counts.delete(oldest);
      this.#forget(count);
      break;
    }
  }

  /** Keys, those forgotten included. */
  get size(): number {
    return this.#forgotten + this.#counts.size;
  }

  /** Values that are kept. */
  values(): Iterable<number> {
    return this.#counts.values();
  }

  /** Undefined while there is no key. */
  figures(): CountFigures | undefined {
    if (this.#counts.size === 0) return undefined;
    let sum = this.#forgottenSum;
    let least = this.#least;
    let most = this.#most;
    for (const value of this.#counts.values()) {
      sum += value;
      least = tally(least, value, value < least.value);
      most = tally(most, value, value > most.value);
    }
    return {
      average: sum / this.size,
      least: least.value,
      most: most.value,
      withLeast: least.keys,
      withMost: most.keys,
    };
  }

  #forget(count: number): void {
    this.#forgotten += 1;
    this.#forgottenSum += count;
    this.#least = tally(this.#least, count, count < this.#least.value);
    this.#most = tally(this.#most, count, count > this.#most.value);
  }
}

interface Extreme {
  readonly value: number;
  readonly keys: number;
}

function tally(extreme: Extreme, value: number, isBeyond: boolean): Extreme {
  if (isBeyond) return { value, keys: 1 };
  return value === extreme.value ? { value, keys: extreme.keys + 1 } : extreme;
}
