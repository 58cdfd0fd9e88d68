// A pool of worker threads with one session each, all of the same model, behind one queue.
import { setTimeout as wait } from 'node:timers/promises';
import { type PolytagError, polytagError } from '../../errors/index.js';
import { checkCount } from '../counts.js';
import { defaultWorkers } from '../machine.js';
import { loadError, type ModelSource } from '../model-source.js';
import type { ModelFace } from '../session.js';
import { type Feeds, type NamedTensors, type Shipment, shipFeeds } from '../tensors.js';
import { ThreadEnded, ThreadFailure } from '../threads/thread.js';
import { asError, messageOf } from '../thrown.js';
import { makeRecipe, type PoolOptions } from './pool-options.js';
import { PoolTask, type RunOptions } from './pool-task.js';
import { PoolWorker, type WorkerRecipe } from './pool-worker.js';
import { TaskQueue } from './task-queue.js';

/** Times that a batch is given to a worker: the second is for a death that was not its own fault. */
const MAX_ATTEMPTS = 2;

/** Times in a row that a replacement may fail to load before its place is given up. */
const MAX_LOADS = 5;

/** Before a replacement is started: the first wait in milliseconds, doubled with each death in a row, and the longest. */
const FIRST_DELAY = 10;
const LONGEST_DELAY = 2_000;

/**
 * Sessions in worker threads. The threads keep the process alive only while a caller waits for a result.
 * A thread that dies is replaced, and what it was at is done once more by another.
 */
export class WorkerPool {
  readonly #recipe: WorkerRecipe;
  readonly #workers: PoolWorker[];
  readonly #queue: TaskQueue<PoolTask>;
  readonly #running = new Map<PoolWorker, PoolTask>();
  /** Tasks whose callers wait: those in the queue and those running, less the ones given up. */
  readonly #pending = new Set<PoolTask>();
  readonly #stopped = new AbortController();
  #placesLost = 0;
  #restarts = 0;
  #isKeptAlive = false;
  #broken: PolytagError | undefined;
  #closing: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;
  #face: ModelFace = { inputs: [], outputs: [] };

  private constructor(recipe: WorkerRecipe, workers: number, maxQueued: number) {
    this.#recipe = recipe;
    this.#queue = new TaskQueue(maxQueued);
    this.#workers = Array.from(
      { length: workers },
      () =>
        new PoolWorker(recipe, (worker) => {
          this.#restarts += 1;
          void this.#bringUp(worker);
        }),
    );
  }

  /**
   * Opens a pool. It can be used as soon as its first worker has loaded the model; the others load one
   * after another meanwhile, so that copies made for loading do not pile up.
   * @throws PolytagError MODEL_LOAD_FAILED when ONNX Runtime refuses the model, WORKERS_LOST when the
   * thread dies over it, OPTION_INVALID
   */
  static async open(model: ModelSource, options: PoolOptions = {}): Promise<WorkerPool> {
    const { workers = defaultWorkers(), maxQueued = 1024 } = options;
    checkCount('workers', workers);
    checkCount('maxQueued', maxQueued);
    const pool = new WorkerPool(makeRecipe(model, options), workers, maxQueued);
    await pool.#loadFirst();
    return pool;
  }

  /** What the model takes and gives. */
  get face(): ModelFace {
    return this.#face;
  }

  /** Workers asked for. */
  get workers(): number {
    return this.#workers.length;
  }

  /** Workers that died and were replaced, or are being so. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Runs that wait for a worker. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Runs that a worker is at. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Runs the model on `feeds` (a record is copied; what a function makes is handed over, see `Feeds`) and
   * resolves to all its outputs, whose memory is the caller's.
   * @throws PolytagError MODEL_RUN_FAILED with ONNX Runtime's message, WORKER_DIED when a worker died
   * over it twice, QUEUE_FULL, WORKERS_LOST; the signal's reason when it is given up
   */
  async run(feeds: Feeds, options: RunOptions = {}): Promise<NamedTensors> {
    options.signal?.throwIfAborted();
    if (this.#closing !== undefined) throw new Error('the worker pool is closed');
    if (this.#broken !== undefined) throw this.#broken;
    return new Promise((resolve, reject) => {
      const task = new PoolTask(feeds, options, (settled, outcome) => {
        this.#forget(settled);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
      this.#pending.add(task);
      if (!this.#queue.add(task)) task.fail(polytagError('QUEUE_FULL', { waiting: this.queued }));
      this.#keepAlive();
      this.#dispatch();
    });
  }

  /**
   * Closes the pool: waits for all runs, or with `abort` gives them up, and ends the threads, each after
   * the run it is at. Further calls wait for the same end.
   */
  close({ abort = false }: { abort?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#finish();
    if (abort) {
      const reason = new DOMException('the worker pool was closed', 'AbortError');
      for (const task of [...this.#pending]) task.fail(reason);
    }
    return this.#closing;
  }

  async #finish(): Promise<void> {
    if (this.#pending.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve;
      });
    }
    this.#stopped.abort();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  async #loadFirst(): Promise<void> {
    const [first, ...others] = this.#workers;
    try {
      first.keepAlive(true);
      this.#face = await first.load();
      first.keepAlive(false);
    } catch (error) {
      throw loadError(error, this.#recipe.model);
    }
    void (async () => {
      for (const worker of others) await this.#bringUp(worker);
    })();
  }

  /** Loads a worker, for the first time or in place of one that died; never rejects. */
  async #bringUp(worker: PoolWorker): Promise<void> {
    let problem: unknown;
    for (let attempt = 0; attempt < MAX_LOADS; attempt += 1) {
      const troubles = attempt + worker.deathsInARow;
      if (!(await this.#pause(troubles))) return;
      try {
        await worker.load();
        this.#dispatch();
        return;
      } catch (error) {
        problem = error;
      }
    }
    this.#placesLost += 1;
    if (this.#placesLost === this.#workers.length) this.#break(problem);
  }

  /** Waits longer the more went wrong; false when the pool has been stopped. */
  async #pause(troubles: number): Promise<boolean> {
    const { signal } = this.#stopped;
    if (troubles > 0) {
      const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (troubles - 1));
      // Rejects when the pool stops in the meantime, which the next line sees.
      await wait(delay, undefined, { signal }).catch(() => undefined);
    }
    return !signal.aborted;
  }

  #break(problem: unknown): void {
    const broken = polytagError('WORKERS_LOST', { reason: messageOf(problem) });
    this.#broken = broken;
    for (const task of [...this.#pending]) task.fail(broken);
  }

  /** Gives waiting batches to free workers. */
  #dispatch(): void {
    for (const worker of this.#workers) {
      if (!worker.isLoaded || this.#running.has(worker)) continue;
      const next = this.#takeShipment();
      if (next === undefined) return;
      // Noted before the first wait: the next look at the queue must find the worker taken.
      this.#running.set(worker, next.task);
      void this.#runOn(worker, next.task, next.shipment);
    }
  }

  /** The next batch whose feeds can be made. */
  #takeShipment(): { task: PoolTask; shipment: Shipment } | undefined {
    for (let task = this.#queue.take(); task !== undefined; task = this.#queue.take()) {
      try {
        return { task, shipment: shipFeeds(task.feeds) };
      } catch (error) {
        task.fail(asError(error));
      }
    }
    return undefined;
  }

  /** Runs `task` and settles it, or puts it back; never rejects. */
  async #runOn(worker: PoolWorker, task: PoolTask, shipment: Shipment): Promise<void> {
    task.attempts += 1;
    let settle: () => void;
    try {
      const outputs = await worker.run(shipment);
      settle = () => {
        task.succeed(outputs);
      };
    } catch (error) {
      settle = () => {
        this.#handleFailure(task, error);
      };
    }
    this.#running.delete(worker);
    // Settled before the next is taken: a batch that is put back must be the first to be taken again.
    // The caller's own code runs only after both, so it cannot make the worker wait.
    settle();
    this.#dispatch();
  }

  #handleFailure(task: PoolTask, error: unknown): void {
    if (!(error instanceof ThreadEnded)) {
      task.fail(
        error instanceof ThreadFailure
          ? polytagError('MODEL_RUN_FAILED', { reason: error.message })
          : asError(error),
      );
    } else if (task.attempts >= MAX_ATTEMPTS) {
      task.fail(polytagError('WORKER_DIED', { reason: error.message }));
    } else if (!task.isSettled) {
      this.#queue.putBack(task);
    }
  }

  #forget(task: PoolTask): void {
    this.#queue.remove(task);
    this.#pending.delete(task);
    this.#keepAlive();
    if (this.#pending.size === 0) this.#onDrained?.();
  }

  #keepAlive(): void {
    const wanted = this.#pending.size > 0;
    if (wanted === this.#isKeptAlive) return;
    this.#isKeptAlive = wanted;
    for (const worker of this.#workers) worker.keepAlive(wanted);
  }
}
