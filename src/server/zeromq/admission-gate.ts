// Bounds what is taken in: while too much is in work, nothing more is received, and clients' sends wait.

/** What may be in work before no more is received. */
export interface GateLimits {
  readonly requests: number;
  /** Of messages, as they were received. */
  readonly bytes: number;
}

/** Counts the requests in work. */
export class AdmissionGate {
  readonly #limits: GateLimits;
  readonly #waiting: (() => void)[] = [];
  #requests = 0;
  #bytes = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /** Requests in work. */
  get requests(): number {
    return this.#requests;
  }

  /** Resolves when there is room for a message; of what size is known only when it has come. */
  async opened(): Promise<void> {
    while (this.#isFull) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Takes a request of `bytes` in; the result lets it out. */
  enter(bytes: number): () => void {
    this.#requests += 1;
    this.#bytes += bytes;
    return () => {
      this.#requests -= 1;
      this.#bytes -= bytes;
      if (this.#isFull) return;
      for (const resolve of this.#waiting.splice(0)) resolve();
    };
  }

  get #isFull(): boolean {
    return this.#requests >= this.#limits.requests || this.#bytes >= this.#limits.bytes;
  }
}
