// Batches across requests: what many callers ask for at the same time runs together, and each gets its own back.
import { checkCount } from '../counts.js';
import type { RunOptions } from '../pool/pool-task.js';
import type { NamedTensors } from '../tensors.js';
import { asError } from '../thrown.js';
import type { BatchRunner, BatchWork } from './batch-mapping.js';
import { type BatchSize, type Lane, WaitingItems } from './waiting-items.js';

/** How a batcher cuts batches. */
export interface RequestBatcherOptions {
  /** Tokens of a batch at most, padding included. Default 512, see `mapInBatches`. */
  readonly tokenBudget?: number | undefined;
  /** Rows of a batch at most. Default: no limit. */
  readonly maxRows?: number | undefined;
  /** Told of each batch that a worker has taken: its items and their tokens, padding left out. */
  readonly onBatch?: ((items: number, tokens: number) => void) | undefined;
}

/** How a request is served. */
export interface RequestOptions extends RunOptions {
  /** Requests of one asker take turns with those of others as one. Default: each for itself. */
  readonly asker?: unknown;
  /** Called once, when a worker takes the first of its items. */
  readonly onStart?: (() => void) | undefined;
}

/** One call of `run`. */
interface Request<Item, Result> {
  readonly lane: Lane<Item>;
  readonly results: Result[];
  missing: number;
  /** To be called when a worker takes the first item; undefined from then on. */
  onStart: (() => void) | undefined;
  readonly settle: (failure?: Error) => void;
}

type Entry<Item> = Lane<Item>['items'][number];

/**
 * Gathers the items of all requests that wait and runs them in batches of like length. Nothing waits for
 * company: a batch starts as soon as a worker is there for it, with what there is. Askers take turns by
 * the tokens that they have had, so a large request leaves room between its batches for small ones.
 */
export class RequestBatcher<Item, Result> {
  readonly #pool: BatchRunner;
  readonly #work: BatchWork<Item, Result>;
  readonly #size: BatchSize;
  readonly #onBatch: RequestBatcherOptions['onBatch'];
  readonly #waiting = new WaitingItems<Item>();
  readonly #requests = new Map<Lane<Item>, Request<Item, Result>>();
  /** Batches under way, by priority. */
  readonly #running = new Map<number, number>();
  #isScheduled = false;

  /** @throws PolytagError OPTION_INVALID */
  constructor(
    pool: BatchRunner,
    work: BatchWork<Item, Result>,
    { tokenBudget = 512, maxRows = Number.MAX_SAFE_INTEGER, onBatch }: RequestBatcherOptions = {},
  ) {
    checkCount('tokenBudget', tokenBudget);
    checkCount('maxRows', maxRows);
    this.#pool = pool;
    this.#work = work;
    this.#size = { tokenBudget, maxRows };
    this.#onBatch = onBatch;
  }

  /** Items that wait for a batch. */
  get waiting(): number {
    return this.#waiting.waiting;
  }

  /**
   * Resolves to one result for each item, in their order.
   * @throws what the pool and `work` throw; the signal's reason
   */
  run(
    items: readonly Item[],
    { signal, priority = 0, asker = Symbol('asker'), onStart }: RequestOptions = {},
  ): Promise<Result[]> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const lengths = items.map((item) => this.#work.lengthOf(item));
      const lane = this.#waiting.add(items, lengths, priority, asker);
      const results: Result[] = [];
      const abort = (): void => {
        settle(asError(signal?.reason));
      };
      const settle = (failure?: Error): void => {
        if (!this.#requests.delete(lane)) return;
        signal?.removeEventListener('abort', abort);
        this.#waiting.remove(lane, asker);
        if (failure === undefined) resolve(results);
        else reject(failure);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#requests.set(lane, { lane, results, missing: items.length, onStart, settle });
      if (items.length === 0) settle();
      else this.#schedule();
    });
  }

  /** Not at once: requests that arrive in the same turn of the event loop shall share a batch. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#startBatches();
    });
  }

  /** Two batches for each worker, so that one is always waiting; those of lower priority do not count. */
  #startBatches(): void {
    for (;;) {
      const priority = this.#waiting.highestPriority;
      if (priority === undefined) return;
      let running = 0;
      for (const [other, count] of this.#running) if (other >= priority) running += count;
      if (running >= 2 * this.#pool.workers) return;
      void this.#runBatch(this.#waiting.takeBatch(this.#size), priority);
    }
  }

  /** Runs a batch and hands its results out; never rejects. */
  async #runBatch(batch: readonly Entry<Item>[], priority: number): Promise<void> {
    this.#running.set(priority, (this.#running.get(priority) ?? 0) + 1);
    try {
      await this.#complete(batch, priority);
    } catch (error) {
      await this.#retryApart(batch, priority, asError(error));
    }
    this.#running.set(priority, (this.#running.get(priority) ?? 1) - 1);
    this.#startBatches();
  }

  /** A batch that failed fails those whose items are at fault: each request's items run once more alone. */
  async #retryApart(
    batch: readonly Entry<Item>[],
    priority: number,
    failure: Error,
  ): Promise<void> {
    const lanes = [...new Set(batch.map(({ lane }) => lane))];
    if (lanes.length === 1) {
      this.#requests.get(lanes[0])?.settle(failure);
      return;
    }
    for (const lane of lanes) {
      try {
        const own = batch.filter((entry) => entry.lane === lane);
        await this.#complete(own, priority);
      } catch (error) {
        this.#requests.get(lane)?.settle(asError(error));
      }
    }
  }

  #start(lane: Lane<Item>): void {
    const request = this.#requests.get(lane);
    if (request?.onStart === undefined) return;
    const { onStart } = request;
    request.onStart = undefined;
    onStart();
  }

  async #complete(batch: readonly Entry<Item>[], priority: number): Promise<void> {
    const items = batch.map(({ item }) => item);
    const makeFeeds = (): NamedTensors => {
      for (const { lane } of batch) this.#start(lane);
      return this.#work.makeFeeds(items);
    };
    const outputs = await this.#pool.run(makeFeeds, { priority });
    this.#onBatch?.(
      batch.length,
      batch.reduce((sum, { length }) => sum + length, 0),
    );
    const values = this.#work.takeResults(outputs, items);
    if (values.length !== batch.length) {
      throw new Error(`${values.length} results were taken from a batch of ${batch.length}`);
    }
    batch.forEach(({ lane, position }, row) => {
      const request = this.#requests.get(lane);
      if (request === undefined) return;
      request.results[position] = values[row];
      request.missing -= 1;
      if (request.missing === 0) request.settle();
    });
  }
}
