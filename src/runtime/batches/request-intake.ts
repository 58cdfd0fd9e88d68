// Requests of many clients at a time: admitted, cut into items in slices of time, batched together, put together again.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { polytagError } from '../../errors/index.js';
import type { RequestBatcher, RequestOptions } from './request-batcher.js';

/** Items that are cut and batched at a time, about; a large request holds two such windows. */
const WINDOW_ITEMS = 512;

/** How long sources are cut without pause, in milliseconds: sockets and workers wait meanwhile. */
const SLICE = 5;

/** What a request was at, in milliseconds; added to what was there. */
export interface RequestTimings {
  /** Cutting sources into items. */
  tokenize: number;
  /** Until a worker took the first item. */
  queue: number;
  /** From then on, less what was cut meanwhile. */
  compute: number;
}

/** How a request is taken in. */
export interface IntakeOptions<Source> extends Omit<RequestOptions, 'onStart'> {
  /** Called with each source, in order, as it is cut. */
  readonly onSource?: ((source: Source) => void) | undefined;
  /** Told when the request has been answered. */
  readonly timings?: RequestTimings | undefined;
}

/** What becomes of a source. */
export interface IntakeWork<Source, Item, Result, Answer> {
  /** The items of a source, one at least. */
  readonly cut: (source: Source) => readonly Item[];
  /** One answer of the results of its items, in their order. */
  readonly join: (results: readonly Result[], items: readonly Item[]) => Answer;
}

/** The time that a request took, by stage. */
class Stages {
  readonly #begin = performance.now();
  #cutting = 0;
  #queued: number | undefined;
  #started: number | undefined;

  cut(milliseconds: number): void {
    this.#cutting += milliseconds;
  }

  readonly queue = (): void => {
    this.#queued ??= performance.now();
  };

  readonly start = (): void => {
    this.#started ??= performance.now();
  };

  addTo(timings: RequestTimings | undefined): void {
    if (timings === undefined) return;
    const now = performance.now();
    const queued = this.#queued ?? now;
    const waited = (this.#started ?? now) - queued;
    timings.tokenize += this.#cutting;
    timings.queue += waited;
    timings.compute += Math.max(0, now - this.#begin - this.#cutting - waited);
  }
}

/** Serves requests from a batcher. */
export class RequestIntake<Source, Item, Result, Answer> {
  #waiting = 0;

  /** @param maxWaiting sources of all requests at a time, above which no other request is admitted */
  constructor(
    private readonly batcher: RequestBatcher<Item, Result>,
    private readonly work: IntakeWork<Source, Item, Result, Answer>,
    private readonly maxWaiting: number,
  ) {}

  /** Sources that have been admitted and not been answered yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Answers one request: one answer for each source, in their order.
   * @throws PolytagError QUEUE_FULL, those of `RequestBatcher.run`; the signal's reason
   */
  async run(sources: readonly Source[], options: IntakeOptions<Source> = {}): Promise<Answer[]> {
    const { signal, timings, asker = Symbol('request') } = options;
    signal?.throwIfAborted();
    if (this.#waiting >= this.maxWaiting) {
      throw polytagError('QUEUE_FULL', { waiting: this.#waiting });
    }
    this.#waiting += sources.length;
    const stages = new Stages();
    const givenUp = new AbortController();
    const signals = [givenUp.signal, ...(signal === undefined ? [] : [signal])];
    try {
      return await this.#runWindows(
        sources,
        { ...options, asker, signal: AbortSignal.any(signals), onStart: stages.start },
        stages,
      );
    } catch (error) {
      givenUp.abort(error);
      throw error;
    } finally {
      this.#waiting -= sources.length;
      stages.addTo(timings);
    }
  }

  async #runWindows(
    sources: readonly Source[],
    options: IntakeOptions<Source> & RequestOptions & { readonly signal: AbortSignal },
    stages: Stages,
  ): Promise<Answer[]> {
    const answers: Answer[] = [];
    let before: Promise<Answer[]> = Promise.resolve([]);
    for (let start = 0; start < sources.length; ) {
      const window = await this.#cutWindow(sources, start, options, stages);
      options.signal.throwIfAborted();
      start += window.length;
      stages.queue();
      const answered = this.#runWindow(window, options);
      // It may fail while the window before it is awaited; whoever awaits it later still hears of it.
      answered.catch(() => undefined);
      for (const answer of await before) answers.push(answer);
      before = answered;
    }
    for (const answer of await before) answers.push(answer);
    return answers;
  }

  async #runWindow(
    window: readonly (readonly Item[])[],
    options: RequestOptions,
  ): Promise<Answer[]> {
    const results = await this.batcher.run(window.flat(), options);
    let start = 0;
    return window.map((items) => {
      const own = results.slice(start, start + items.length);
      start += items.length;
      return this.work.join(own, items);
    });
  }

  /** The items of each of the next sources, until there are enough. */
  async #cutWindow(
    sources: readonly Source[],
    start: number,
    { onSource, signal }: Pick<IntakeOptions<Source>, 'onSource' | 'signal'>,
    stages: Stages,
  ): Promise<(readonly Item[])[]> {
    const window: (readonly Item[])[] = [];
    let items = 0;
    let began = performance.now();
    for (let at = start; at < sources.length && items < WINDOW_ITEMS; at++) {
      const own = this.work.cut(sources[at]);
      onSource?.(sources[at]);
      window.push(own);
      items += own.length;
      const spent = performance.now() - began;
      if (spent < SLICE) continue;
      stages.cut(spent);
      await nextTurn();
      signal?.throwIfAborted();
      began = performance.now();
    }
    stages.cut(performance.now() - began);
    return window;
  }
}
