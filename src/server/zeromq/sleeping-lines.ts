// Lines of replies that wait: for a client to subscribe, or for room in a socket.
import type { Line } from './outbox.js';
import { keyOf } from './subscriptions.js';

interface Sleep {
  /** In milliseconds. */
  readonly until: number;
  readonly waitsFor: 'subscription' | 'room';
}

/** Lines with the time at which each is to be tried again. */
export class SleepingLines {
  readonly #sleeps = new Map<Line, Sleep>();
  readonly #onWake: (line: Line) => void;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(onWake: (line: Line) => void) {
    this.#onWake = onWake;
  }

  has(line: Line): boolean {
    return this.#sleeps.has(line);
  }

  /** @param until in milliseconds, as performance.now() counts them */
  add(line: Line, until: number, waitsFor: Sleep['waitsFor']): void {
    this.#sleeps.set(line, { until, waitsFor });
    if (until < this.#timerAt) this.#setTimer(until);
  }

  /** Wakes those that wait for a subscription like this one. */
  wakeSubscribed(topic: string): void {
    for (const [line, { waitsFor }] of this.#sleeps) {
      if (waitsFor === 'subscription' && keyOf(line.identity).startsWith(topic)) this.#wake(line);
    }
  }

  /** Forgets all. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#sleeps.clear();
  }

  #setTimer(time: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = time;
    this.#timer = setTimeout(
      () => {
        this.#wakeDue();
      },
      Math.max(1, time - performance.now()),
    );
  }

  #wakeDue(): void {
    const now = performance.now();
    this.#timerAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const [line, { until }] of this.#sleeps) {
      if (until <= now) this.#wake(line);
      else next = Math.min(next, until);
    }
    if (next < this.#timerAt) this.#setTimer(next);
  }

  #wake(line: Line): void {
    this.#sleeps.delete(line);
    this.#onWake(line);
  }
}
