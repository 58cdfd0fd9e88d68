// The door: so many requests at work, a short line before it, everybody else is told to come back.
import { ClientGone, Refusal } from './refusal.js';

export interface AdmissionOptions {
  /** Requests at work at a time. */
  readonly places: number;
  /** Requests that may wait for a place. */
  readonly line: number;
  /** The longest wait, in milliseconds. */
  readonly waitMilliseconds: number;
}

interface Waiting {
  readonly enter: () => void;
}

/** Hands out places in the order of arrival. */
export class Admission {
  private taken = 0;
  private readonly line = new Set<Waiting>();

  constructor(private readonly options: AdmissionOptions) {}

  /**
   * Waits for a place.
   * @returns gives the place back; to be called once, whatever happens
   * @throws Refusal TOO_BUSY when the line is full or the wait too long; ClientGone when `signal` aborts
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw new ClientGone();
    if (this.taken < this.options.places) this.taken += 1;
    else await this.waitInLine(signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.leave();
    };
  }

  private waitInLine(signal: AbortSignal): Promise<void> {
    if (this.line.size >= this.options.line) {
      throw new Refusal(
        'TOO_BUSY',
        `the service is at work on ${this.taken} requests and ${this.line.size} wait; try again later`,
      );
    }
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.line.delete(waiting);
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      };
      const waiting: Waiting = {
        enter: () => {
          end();
          resolve();
        },
      };
      const giveUp = (): void => {
        end();
        reject(new ClientGone());
      };
      const timer = setTimeout(() => {
        end();
        reject(
          new Refusal(
            'TOO_BUSY',
            `no place became free within ${this.options.waitMilliseconds} ms; try again later`,
          ),
        );
      }, this.options.waitMilliseconds);
      signal.addEventListener('abort', giveUp);
      this.line.add(waiting);
    });
  }

  private leave(): void {
    // The place passes on without becoming free, so that nobody who has just come overtakes the line.
    for (const waiting of this.line) {
      waiting.enter();
      return;
    }
    this.taken -= 1;
  }
}
