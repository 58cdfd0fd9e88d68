// Scores many texts in batches, some at a time, in any order, until done or cancelled.
import { ServiceProblem } from '../../service/service-client.js';

export interface BatchScoringOptions<Result> {
  /** Texts of one request. */
  readonly batchSize: number;
  /** Requests that are under way together. */
  readonly parallel: number;
  readonly signal: AbortSignal;
  readonly score: (texts: readonly string[], signal: AbortSignal) => Promise<readonly Result[]>;
  /** Called with each batch as it comes in, and the index of its first text. */
  readonly onBatch: (first: number, results: readonly Result[]) => void;
  /** Waits before a refused batch is sent again. */
  readonly wait: (seconds: number, signal: AbortSignal) => Promise<void>;
}

/** How often a batch is sent again to a service that is too busy. */
const mostRetries = 6;

function isBusy(error: unknown): error is ServiceProblem {
  return error instanceof ServiceProblem && (error.status === 429 || error.status === 503);
}

async function scoreBatch<Result>(
  texts: readonly string[],
  { score, signal, wait }: BatchScoringOptions<Result>,
): Promise<readonly Result[]> {
  for (let retry = 0; ; retry++) {
    try {
      return await score(texts, signal);
    } catch (error) {
      if (!isBusy(error) || retry === mostRetries) throw error;
      await wait(error.retryAfterSeconds ?? 2 ** retry / 2, signal);
    }
  }
}

/** Scores all texts. Throws the first error that is not a busy service, or the reason of the signal. */
export async function scoreInBatches<Result>(
  texts: readonly string[],
  options: BatchScoringOptions<Result>,
): Promise<void> {
  const { batchSize, parallel, signal, onBatch } = options;
  // A batch that fails ends the others, too.
  const failed = new AbortController();
  const ends = { ...options, signal: AbortSignal.any([signal, failed.signal]) };
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < texts.length) {
      const first = next;
      next += batchSize;
      ends.signal.throwIfAborted();
      const results = await scoreBatch(texts.slice(first, first + batchSize), ends);
      ends.signal.throwIfAborted();
      onBatch(first, results);
    }
  };
  const workers = Array.from({ length: parallel }, () =>
    work().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(workers);
  signal.throwIfAborted();
  if (outcomes.some(({ status }) => status === 'rejected')) throw failed.signal.reason;
}

/** Waits, or ends early with the signal. */
export function waitSeconds(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener('abort', stop, { once: true });
  });
}
