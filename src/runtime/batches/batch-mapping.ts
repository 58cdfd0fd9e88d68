// One mapping under way: reads windows of items, keeps a bounded number of batches running, puts results in order.
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { RunOptions } from '../pool/pool-task.js';
import type { Feeds, NamedTensors } from '../tensors.js';
import { asError } from '../thrown.js';
import { batchByTokenBudget } from './token-batches.js';

/** What happens to the items: `Item` is anything with a length, `Result` anything. */
export interface BatchWork<Item, Result> {
  /** The length of an item in tokens. */
  readonly lengthOf: (item: Item) => number;
  /**
   * The model's inputs for a batch, in memory made for them: it is handed over. Called when a worker is
   * free, and again when a worker dies over the batch.
   */
  readonly makeFeeds: (batch: readonly Item[]) => NamedTensors;
  /** One result for each item of the batch, in its order, from the model's outputs. */
  readonly takeResults: (outputs: NamedTensors, batch: readonly Item[]) => ArrayLike<Result>;
}

/** What is needed of a `WorkerPool`. */
export interface BatchRunner {
  readonly workers: number;
  run(feeds: Feeds, options: RunOptions): Promise<NamedTensors>;
}

/** See `MapOptions`. */
export interface MapSettings extends RunOptions {
  readonly tokenBudget: number;
  readonly maxRows: number;
  readonly windowItems: number;
  readonly windowTokens: number;
  readonly inFlight: number;
  readonly onBatch?: ((items: number) => void) | undefined;
}

/** Items that are sorted and batched together, and the results that have arrived. */
interface Window<Item, Result> {
  readonly items: readonly Item[];
  readonly results: ({ readonly value: Result } | undefined)[];
}

/** Windows that are held: one whose results are taken, and one that is worked on meanwhile. */
const WINDOWS = 2;

/** Items read from a source without pause; more would keep the workers' answers waiting. */
const ITEMS_A_TURN = 256;

/** How long the end waits for a source that is about to give another item, in milliseconds. */
const CLOSING_PATIENCE = 200;

export class BatchMapping<Item, Result> {
  readonly #source: Iterator<Item> | AsyncIterator<Item>;
  readonly #work: BatchWork<Item, Result>;
  readonly #pool: BatchRunner;
  readonly #settings: MapSettings;
  readonly #windows: Window<Item, Result>[] = [];
  readonly #givenUp = new AbortController();
  /** Those who wait for something to change; each then looks for itself. */
  #waiting: (() => void)[] = [];
  #inFlight = 0;
  #isReading = false;
  /** The source has nothing more. */
  #isExhausted = false;
  /** All batches of all windows have been started. */
  #isProduced = false;
  #failure: Error | undefined;
  readonly #onAbort = (): void => {
    this.#fail(asError(this.#settings.signal?.reason));
  };

  constructor(
    items: Iterable<Item> | AsyncIterable<Item>,
    work: BatchWork<Item, Result>,
    pool: BatchRunner,
    settings: MapSettings,
  ) {
    this.#source =
      Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.#work = work;
    this.#pool = pool;
    this.#settings = settings;
    settings.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The results in the order of the items. To be called once. */
  async *results(): AsyncGenerator<Result, void, undefined> {
    void this.#produce();
    for (;;) {
      await this.#until(() => this.#windows.length > 0 || this.#isProduced);
      if (this.#windows.length === 0) return;
      const { items, results } = this.#windows[0];
      for (let index = 0; index < items.length; index += 1) {
        await this.#until(() => results[index] !== undefined);
        const result = results[index];
        // Let go of it here: a window may stay for long after most of it has been taken.
        results[index] = undefined;
        if (result !== undefined) yield result.value;
      }
      this.#windows.shift();
      this.#wakeAll();
    }
  }

  /** Gives up what is under way, if anything is, and closes the source. */
  async end(): Promise<void> {
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
    this.#fail(new DOMException('the results were no longer wanted', 'AbortError'));
    while (this.#inFlight > 0) await this.#change();
    if (this.#isExhausted) return;
    // What a source throws while it is closed says nothing about the results already given.
    const closed = Promise.resolve(this.#source.return?.()).catch(() => undefined);
    // A source that has been asked for an item is closed only when it has given it, which may take for ever.
    await (this.#isReading ? Promise.race([closed, wait(CLOSING_PATIENCE)]) : closed);
  }

  /** Reads and starts everything; never rejects. */
  async #produce(): Promise<void> {
    try {
      while (!this.#isExhausted) {
        // Before the reading, not after: what has been read is held.
        await this.#until(() => this.#windows.length < WINDOWS);
        const window = await this.#readWindow();
        if (window.items.length === 0) continue;
        this.#windows.push(window);
        this.#wakeAll();
        await this.#startBatches(window);
      }
    } catch (error) {
      this.#fail(asError(error));
    }
    this.#isProduced = true;
    this.#wakeAll();
  }

  async #readWindow(): Promise<Window<Item, Result>> {
    const { windowItems, windowTokens } = this.#settings;
    const items: Item[] = [];
    for (let tokens = 0; items.length < windowItems && tokens < windowTokens; ) {
      const item = await this.#readItem();
      if (item === undefined) break;
      items.push(item.value);
      tokens += this.#work.lengthOf(item.value);
      if (items.length % ITEMS_A_TURN === 0) await nextTurn();
      if (this.#failure !== undefined) throw this.#failure;
    }
    return { items, results: items.map(() => undefined) };
  }

  async #readItem(): Promise<{ value: Item } | undefined> {
    this.#isReading = true;
    try {
      const step = this.#source.next();
      // A synchronous source is not awaited: that would cost more than many an item.
      const answer: IteratorResult<Item, unknown> = 'then' in step ? await step : step;
      if (answer.done !== true) return { value: answer.value };
    } catch (error) {
      // A source that threw is closed already.
      this.#isExhausted = true;
      throw error;
    } finally {
      this.#isReading = false;
    }
    this.#isExhausted = true;
    return undefined;
  }

  async #startBatches({ items, results }: Window<Item, Result>): Promise<void> {
    const lengths = items.map((item) => this.#work.lengthOf(item));
    for (const indices of batchByTokenBudget(lengths, this.#settings)) {
      await this.#until(() => this.#inFlight < this.#settings.inFlight);
      this.#inFlight += 1;
      void this.#runBatch(items, indices, results);
    }
  }

  /** Runs one batch and notes its results; never rejects. */
  async #runBatch(
    items: readonly Item[],
    indices: readonly number[],
    results: Window<Item, Result>['results'],
  ): Promise<void> {
    const batch = indices.map((index) => items[index]);
    const options = { signal: this.#givenUp.signal, priority: this.#settings.priority };
    try {
      const outputs = await this.#pool.run(() => this.#work.makeFeeds(batch), options);
      const values = this.#work.takeResults(outputs, batch);
      if (values.length !== batch.length) {
        throw new Error(`${values.length} results were taken from a batch of ${batch.length}`);
      }
      indices.forEach((index, row) => {
        results[index] = { value: values[row] };
      });
      this.#settings.onBatch?.(batch.length);
    } catch (error) {
      this.#fail(asError(error));
    }
    this.#inFlight -= 1;
    this.#wakeAll();
  }

  /** The first failure counts; those that follow from giving up the rest do not. */
  #fail(error: Error): void {
    this.#failure ??= error;
    this.#givenUp.abort(this.#failure);
    this.#wakeAll();
  }

  /** @throws the failure of the mapping as soon as there is one */
  async #until(isTrue: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (isTrue()) return;
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wakeAll(): void {
    const woken = this.#waiting;
    this.#waiting = [];
    for (const wake of woken) wake();
  }
}
