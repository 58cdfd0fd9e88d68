// How long a caller waits for something, and what ends the waiting.
import { polytagError } from '../errors/index.js';

/** How long to wait. */
export interface Waiting {
  /** Milliseconds, 1 to 2,147,483,647; without it there is no limit. */
  readonly timeout?: number | undefined;
  /** Gives up when it aborts: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The longest time that Node.js can wait; a longer one would end at once. */
const longestTimeout = 2 ** 31 - 1;

/** @throws PolytagError OPTION_INVALID for a timeout that is no time */
export function checkWaiting({ timeout }: Waiting): void {
  if (timeout !== undefined && !(timeout >= 1 && timeout <= longestTimeout)) {
    throw polytagError('OPTION_INVALID', {
      option: 'timeout',
      value: String(timeout),
      expected: `milliseconds from 1 to ${longestTimeout}, or nothing to wait without limit`,
    });
  }
}

/**
 * Waits for `promise`, but no longer than `waiting` allows.
 * @param onSilence makes the error to reject with when the time is over
 * @throws the signal's reason; what `onSilence` makes
 */
export async function waitFor<Value>(
  promise: Promise<Value>,
  { timeout, signal }: Waiting,
  onSilence: (milliseconds: number) => Error,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const end = new Promise<never>((_, reject) => {
    if (timeout !== undefined) {
      timer = setTimeout(() => {
        reject(onSilence(timeout));
      }, timeout);
    }
    if (signal) {
      abort = () => {
        reject(reasonOf(signal));
      };
      signal.addEventListener('abort', abort, { once: true });
    }
  });
  try {
    signal?.throwIfAborted();
    return await Promise.race([promise, end]);
  } finally {
    clearTimeout(timer);
    if (abort) {
      signal?.removeEventListener('abort', abort);
    }
  }
}

/** A signal's reason can be anything; what is no error is told by one. */
function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
