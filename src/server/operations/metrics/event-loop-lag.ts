// How late the main thread is: what it holds up, every client feels.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two looks; the figures are of what comes on top of it. */
const resolution = 10;
/** Milliseconds after which the older half of the figures is forgotten. */
const turnMilliseconds = 10_000;

export interface LagFigures {
  readonly meanMilliseconds: number;
  readonly p99Milliseconds: number;
  readonly maxMilliseconds: number;
}

function lagOf(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - resolution) : 0;
}

/** Watches the thread that it is made on. Two histograms take turns, so that figures are always of 10 to 20 s. */
export class EventLoopLag {
  #older: IntervalHistogram;
  #newer: IntervalHistogram;
  readonly #turn: NodeJS.Timeout;

  constructor() {
    this.#older = monitorEventLoopDelay({ resolution });
    this.#newer = monitorEventLoopDelay({ resolution });
    this.#older.enable();
    this.#newer.enable();
    this.#turn = setInterval(() => {
      this.#older.reset();
      [this.#older, this.#newer] = [this.#newer, this.#older];
    }, turnMilliseconds);
    this.#turn.unref();
  }

  /** How late timers are. The older histogram holds all that the newer does. */
  figures(): LagFigures {
    const { count, mean, max } = this.#older;
    if (count === 0) return { meanMilliseconds: 0, p99Milliseconds: 0, maxMilliseconds: 0 };
    return {
      meanMilliseconds: lagOf(mean),
      p99Milliseconds: lagOf(this.#older.percentile(99)),
      maxMilliseconds: lagOf(max),
    };
  }

  close(): void {
    clearInterval(this.#turn);
    this.#older.disable();
    this.#newer.disable();
  }
}
