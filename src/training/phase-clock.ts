// How long each phase of a run takes.

/** Seconds by phase. */
export class PhaseClock {
  readonly #seconds: Record<string, number> = {};

  /** Seconds of the phases that are over, to the tenth. */
  get seconds(): Readonly<Record<string, number>> {
    return this.#seconds;
  }

  /** Waits for `work` and counts its time to `phase`. */
  async time<Result>(phase: string, work: Promise<Result>): Promise<Result> {
    const start = performance.now();
    const result = await work;
    this.#seconds[phase] = Math.round((performance.now() - start) / 100) / 10;
    return result;
  }
}
