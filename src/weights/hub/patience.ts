// Decides whether to try again after a failure that may pass, and how long to wait before.
import { setTimeout as sleep } from 'node:timers/promises';
import { polytagError } from '../../errors/index.js';
import { type HubAnswer, PassingFailure } from './request.js';

/** How often to try again, and how slowly. */
export interface RetryPolicy {
  /** Further attempts after one that brought nothing; default 5. */
  readonly retries: number;
  /** Milliseconds before the first of them, doubled each time up to 16-fold; default 500. */
  readonly delay: number;
}

export const defaultRetries: RetryPolicy = { retries: 5, delay: 500 };

// Longer than this nobody waits at a terminal; the error says how long it would be.
const longestWait = 5 * 60_000;
// A server that hands out one byte an answer would otherwise keep us for ever.
const mostAttempts = 200;

/** Counts failures of one piece of work, and waits between them. */
export class Patience {
  private fruitless = 0;
  private attempts = 0;

  constructor(
    private readonly address: string,
    private readonly policy: RetryPolicy,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Something arrived: the count of fruitless attempts starts anew. */
  renew(): void {
    this.fruitless = 0;
  }

  /**
   * Waits until the next attempt is due: as long as the server asks, else longer each time.
   *
   * @throws PolytagError HUB_UNREACHABLE when patience is at its end, or the signal's reason
   */
  async spend(failure: PassingFailure): Promise<void> {
    this.fruitless++;
    this.attempts++;
    const wait = failure.wait ?? this.backOff();
    if (wait > longestWait) {
      const seconds = Math.ceil(wait / 1000);
      throw this.giveUp(`${failure.message}; it asks to wait ${seconds} s`, failure);
    }
    if (this.fruitless > this.policy.retries || this.attempts > mostAttempts) {
      const times = this.attempts > 1 ? ` (tried ${this.attempts} times)` : '';
      throw this.giveUp(failure.message + times, failure);
    }
    try {
      await sleep(wait, undefined, this.signal === undefined ? {} : { signal: this.signal });
    } catch (error) {
      this.signal?.throwIfAborted();
      throw error;
    }
  }

  private backOff(): number {
    // A random quarter keeps clients that failed together from coming back together.
    return this.policy.delay * Math.min(2 ** (this.fruitless - 1), 16) * (1 + Math.random() / 4);
  }

  private giveUp(reason: string, failure: PassingFailure): Error {
    const cause = new PassingFailure(reason, failure.wait, { cause: failure });
    return polytagError('HUB_UNREACHABLE', { address: this.address, reason }, { cause });
  }
}

/** Throws what may pass by itself: 408, 425, 429 and all from 500. */
export function throwIfPassing(answer: HubAnswer): void {
  if ([408, 425, 429].includes(answer.status) || answer.status >= 500) {
    answer.discard();
    throw new PassingFailure(`HTTP ${answer.status}`, requestedWait(answer));
  }
}

/**
 * Runs `attempt` until it returns or throws anything but a PassingFailure.
 *
 * @throws PolytagError HUB_UNREACHABLE when patience is at its end
 */
export async function persist<Result>(
  patience: Patience,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PassingFailure)) {
        throw error;
      }
      await patience.spend(error);
    }
  }
}

/**
 * Milliseconds to wait: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), else the hub's own
 * `RateLimit: "api";r=0;t=55` (draft-ietf-httpapi-ratelimit-headers-09).
 */
function requestedWait(answer: HubAnswer): number | null {
  const after = answer.headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(after)) {
    return Number(after) * 1000;
  }
  const date = Date.parse(after);
  if (!Number.isNaN(date)) {
    return Math.max(0, date - Date.now());
  }
  const limit = /"\w+"\s*;\s*r\s*=\s*0\s*;\s*t\s*=\s*(\d{1,9})/.exec(
    answer.headers.get('ratelimit') ?? '',
  );
  return limit === null ? null : Number(limit[1]) * 1000;
}
