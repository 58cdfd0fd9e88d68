// A batch given to a worker pool, settled exactly once whatever happens to it.
import type { Feeds, NamedTensors } from '../tensors.js';
import { asError } from '../thrown.js';
import type { Prioritized } from './task-queue.js';

/** How a run is asked for. */
export interface RunOptions {
  /** Gives the run up: it is not started any more, or its result is dropped. */
  readonly signal?: AbortSignal | undefined;
  /** Higher goes before lower; equal goes in order. Default 0. */
  readonly priority?: number | undefined;
}

export class PoolTask implements Prioritized {
  readonly priority: number;
  /** Times it was given to a worker. */
  attempts = 0;
  #isSettled = false;
  readonly #signal: AbortSignal | undefined;
  readonly #onSettled: (task: PoolTask, outcome: NamedTensors | Error) => void;
  readonly #abort = (): void => {
    this.fail(asError(this.#signal?.reason));
  };

  /** `onSettled` is told once. */
  constructor(
    readonly feeds: Feeds,
    { signal, priority = 0 }: RunOptions,
    onSettled: (task: PoolTask, outcome: NamedTensors | Error) => void,
  ) {
    this.priority = priority;
    this.#signal = signal;
    this.#onSettled = onSettled;
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Whether its caller has been answered; what comes later is dropped. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  succeed(outputs: NamedTensors): void {
    this.#settle(outputs);
  }

  fail(error: Error): void {
    this.#settle(error);
  }

  #settle(outcome: NamedTensors | Error): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    // A signal may outlive thousands of runs; it must not keep them all.
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#onSettled(this, outcome);
  }
}
