// The door by weight: a request of a thousand texts takes a thousand times the place of one, and whoever is refused is
// told when to come back, from how fast the work goes just now.
import { ClientGone, Refusal } from '../http/refusal.js';

/** Seconds that Retry-After says at most: guesses about more are worth nothing. */
const longestRetry = 60;
/** How fast older work is forgotten in the rate: half of it in so many seconds. */
const halfLifeSeconds = 5;
/** Seconds of work before its rate is believed. */
const leastSeconds = 1;

export interface TextAdmissionOptions {
  /** Weight at work at a time; a single request of more gets in when it is alone. */
  readonly capacity: number;
  /** Weight in line before the door; whoever would exceed it is refused. */
  readonly line: number;
  /** Requests in line at most, whatever they weigh. */
  readonly waitingRequests: number;
  /** The longest wait, in milliseconds: the deadline for admission. */
  readonly waitMilliseconds: number;
  /** Milliseconds, by a clock that never goes back. */
  readonly now?: (() => number) | undefined;
}

interface Waiting {
  readonly weight: number;
  readonly enter: () => void;
}

/** Weight a second that leaves the door again, over the last seconds. */
class WorkRate {
  #weight = 0;
  #seconds = 0;
  #at: number;

  constructor(private readonly now: () => number) {
    this.#at = now();
  }

  /** @param wasBusy whether there was work since the last call: idle time says nothing about speed */
  add(weight: number, wasBusy: boolean): void {
    const elapsed = (this.now() - this.#at) / 1000;
    this.#at = this.now();
    const kept = 0.5 ** (elapsed / halfLifeSeconds);
    this.#weight = this.#weight * kept + weight;
    if (wasBusy) this.#seconds = this.#seconds * kept + elapsed;
  }

  /** Undefined before there was a second of work to judge by. */
  get perSecond(): number | undefined {
    return this.#seconds >= leastSeconds && this.#weight > 0
      ? this.#weight / this.#seconds
      : undefined;
  }
}

/** Hands out places by weight, in the order of arrival. */
export class TextAdmission {
  #taken = 0;
  #inside = 0;
  #lineWeight = 0;
  readonly #line = new Set<Waiting>();
  readonly #rate: WorkRate;

  constructor(private readonly options: TextAdmissionOptions) {
    this.#rate = new WorkRate(options.now ?? (() => performance.now()));
  }

  /** What waits. */
  get waiting(): { readonly requests: number; readonly texts: number } {
    return { requests: this.#line.size, texts: this.#lineWeight };
  }

  /**
   * Waits for a place.
   * @param weight texts of the request, or tokens; 1 at least
   * @returns gives the place back; to be called once, whatever happens
   * @throws Refusal TOO_BUSY when the line is full, DEADLINE when the wait is too long, both with Retry-After;
   *   ClientGone when `signal` aborts
   */
  async enter(weight: number, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw new ClientGone();
    const own = Math.max(1, weight);
    if (this.#line.size === 0 && this.#fits(own)) this.#take(own);
    else await this.#wait(own, signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave(own);
    };
  }

  /** Seconds until so much has left the door, at the present rate: 1 to 60. */
  #secondsFor(weight: number): number {
    const rate = this.#rate.perSecond;
    if (rate === undefined) return 1;
    return Math.min(longestRetry, Math.max(1, Math.ceil(weight / rate)));
  }

  #fits(weight: number): boolean {
    return this.#taken === 0 || this.#taken + weight <= this.options.capacity;
  }

  #take(weight: number): void {
    this.#rate.add(0, this.#inside > 0);
    this.#taken += weight;
    this.#inside += 1;
  }

  #refuse(code: 'TOO_BUSY' | 'DEADLINE', message: string, weightBefore: number): Refusal {
    const headers = { 'retry-after': String(this.#secondsFor(weightBefore)) };
    return new Refusal(code, message, headers);
  }

  /** Why there is no use in waiting: the line is full, or the time would be over before its turn. */
  #hopeless(weight: number): Refusal | undefined {
    const { line, waitingRequests, waitMilliseconds } = this.options;
    const before = this.#taken + this.#lineWeight;
    const work = `the service is at work on ${this.#taken} texts and ${this.#lineWeight} wait`;
    const isFull = this.#line.size > 0 && this.#lineWeight + weight > line;
    if (isFull || this.#line.size >= waitingRequests) {
      return this.#refuse('TOO_BUSY', `${work}; try again later`, before + weight - line);
    }
    const rate = this.#rate.perSecond;
    const milliseconds = rate === undefined ? 0 : (this.#lineWeight / rate) * 1000;
    if (milliseconds <= waitMilliseconds) return undefined;
    const message = `${work}, more than it does in ${waitMilliseconds} ms; try again later`;
    return this.#refuse('TOO_BUSY', message, before - (waitMilliseconds / 1000) * (rate ?? 0));
  }

  #wait(weight: number, signal: AbortSignal): Promise<void> {
    const { waitMilliseconds } = this.options;
    const hopeless = this.#hopeless(weight);
    if (hopeless !== undefined) return Promise.reject(hopeless);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#line.delete(waiting);
        this.#lineWeight -= weight;
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      };
      const waiting: Waiting = {
        weight,
        enter: () => {
          end();
          this.#take(weight);
          resolve();
        },
      };
      const giveUp = (): void => {
        end();
        reject(new ClientGone());
        // Whoever stood behind it may be light enough.
        this.#admit();
      };
      const timer = setTimeout(() => {
        end();
        const message = `no place became free within ${waitMilliseconds} ms; try again later`;
        reject(this.#refuse('DEADLINE', message, this.#taken + this.#lineWeight));
        this.#admit();
      }, waitMilliseconds);
      signal.addEventListener('abort', giveUp);
      this.#line.add(waiting);
      this.#lineWeight += weight;
    });
  }

  #leave(weight: number): void {
    this.#rate.add(weight, true);
    this.#taken -= weight;
    this.#inside -= 1;
    this.#admit();
  }

  /** In the order of arrival: a heavy one at the head is not overtaken, so that it gets its turn. */
  #admit(): void {
    for (const waiting of this.#line) {
      if (!this.#fits(waiting.weight)) return;
      waiting.enter();
    }
  }
}
