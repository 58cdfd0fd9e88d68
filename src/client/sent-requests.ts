// Requests that were sent without waiting, and their results until they are fetched.
import { type Deferred, defer } from './deferred.js';
import type { EncodedBatch } from './encoded-batch.js';

/** The vectors of a request that was sent. */
export interface FetchedBatch {
  /** What `send` returned. */
  readonly requestId: number;
  readonly encoded: EncodedBatch;
}

type Outcome = FetchedBatch | { readonly requestId: number; readonly error: unknown };

/** Sent requests; it grows with what is sent and not fetched. */
export class SentRequests {
  private readonly unanswered = new Set<number>();
  private readonly outcomes: Outcome[] = [];
  private change: Deferred<undefined> | undefined;
  private lastId = 0;

  /** Ids of the requests that are not answered yet. */
  get pending(): number[] {
    return [...this.unanswered];
  }

  /** Takes in a request; returns its id, counted from 1. */
  add(result: Promise<EncodedBatch>): number {
    const requestId = ++this.lastId;
    this.unanswered.add(requestId);
    result.then(
      (encoded) => {
        this.settle({ requestId, encoded });
      },
      (error: unknown) => {
        this.settle({ requestId, error });
      },
    );
    return requestId;
  }

  /** Yields results as they come, until none is awaited. Throws the error of a request that failed. */
  async *fetch(): AsyncGenerator<FetchedBatch, void, undefined> {
    while (this.unanswered.size > 0 || this.outcomes.length > 0) {
      const outcome = this.outcomes.shift();
      if (outcome) {
        yield unwrap(outcome);
      } else {
        await this.nextOutcome();
      }
    }
  }

  /**
   * Waits for all results and takes them, in the order of sending if `sort`. If a request failed, its error is
   * thrown, and the others stay to be fetched.
   */
  async takeAll(sort: boolean): Promise<FetchedBatch[]> {
    while (this.unanswered.size > 0) {
      await this.nextOutcome();
    }
    const failed = this.outcomes.findIndex((outcome) => 'error' in outcome);
    const taken = failed < 0 ? this.outcomes.splice(0) : this.outcomes.splice(failed, 1);
    const batches = taken.map(unwrap);
    return sort ? batches.sort((one, other) => one.requestId - other.requestId) : batches;
  }

  private settle(outcome: Outcome): void {
    this.unanswered.delete(outcome.requestId);
    this.outcomes.push(outcome);
    this.change?.resolve(undefined);
    this.change = undefined;
  }

  private async nextOutcome(): Promise<void> {
    this.change ??= defer();
    await this.change.promise;
  }
}

function unwrap(outcome: Outcome): FetchedBatch {
  if ('error' in outcome) {
    throw outcome.error;
  }
  return outcome;
}
