// One place in a worker pool: a thread with a loaded session, or the gap that a dead one has left.
import type { ModelFace, SessionSettings, SharedModel } from '../session.js';
import type { NamedTensors, Shipment } from '../tensors.js';
import { Thread, ThreadEnded } from '../threads/thread.js';
import type { PoolCalls } from './pool-calls.js';

/** What each of a pool's threads is made from. */
export interface WorkerRecipe {
  readonly entry: URL;
  readonly model: SharedModel;
  readonly settings: SessionSettings;
}

export class PoolWorker {
  readonly #recipe: WorkerRecipe;
  readonly #onDeath: (worker: PoolWorker) => void;
  #thread: Thread<PoolCalls> | undefined;
  #isLoaded = false;
  #isKeptAlive = false;

  /** Threads that died since one last answered. */
  deathsInARow = 0;

  /** `onDeath` is told when a loaded thread ends without having been stopped. */
  constructor(recipe: WorkerRecipe, onDeath: (worker: PoolWorker) => void) {
    this.#recipe = recipe;
    this.#onDeath = onDeath;
  }

  /** Whether a run can be given to it, as far as it can know: busy it may be. */
  get isLoaded(): boolean {
    // The thread is asked itself: a run that fails with it may be handled before its end has been.
    return this.#isLoaded && this.#thread?.hasEnded === false;
  }

  /**
   * Starts a thread and loads the model in it; no thread is left when that fails.
   * @throws ThreadFailure when the model cannot be loaded, ThreadEnded when the thread died over it
   */
  async load(): Promise<ModelFace> {
    const { entry, model, settings } = this.#recipe;
    const thread = new Thread<PoolCalls>(entry);
    this.#thread = thread;
    thread.keepAlive(this.#isKeptAlive);
    try {
      const face = await thread.call('load', { model, settings });
      if (this.#thread !== thread) throw new ThreadEnded('the worker was stopped while it loaded');
      this.#isLoaded = true;
      void thread.ended.then(() => {
        if (this.#thread === thread) this.#bury();
      });
      return face;
    } catch (error) {
      if (this.#thread === thread) this.#thread = undefined;
      await thread.stop();
      throw error;
    }
  }

  /** Runs the session. @throws ThreadFailure, ThreadEnded */
  async run({ tensors, transfer }: Shipment): Promise<NamedTensors> {
    if (this.#thread === undefined) throw new Error('the worker has no thread');
    const outputs = await this.#thread.call('run', tensors, transfer);
    this.deathsInARow = 0;
    return outputs;
  }

  /** Whether the process stays alive for this worker, now and after it has been replaced. */
  keepAlive(wanted: boolean): void {
    this.#isKeptAlive = wanted;
    this.#thread?.keepAlive(wanted);
  }

  /** Ends the thread, after the run that it is at. */
  async stop(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#isLoaded = false;
    await thread?.stop();
  }

  #bury(): void {
    this.#thread = undefined;
    this.#isLoaded = false;
    this.deathsInARow += 1;
    this.#onDeath(this);
  }
}
