// Requests of many clients at a time: admitted, tokenized in slices, batched together.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { polytagError } from '../errors/index.js';
import type { RequestBatcher, RequestOptions } from '../runtime/index.js';
import type { EncodedText } from './encoder-batches.js';
import type { Encoding } from './tokenizer.js';

/** Texts that are tokenized and batched at a time; a large request holds two such windows. */
const WINDOW_TEXTS = 512;

/** How long texts are tokenized without pause, in milliseconds: sockets and workers wait meanwhile. */
const SLICE = 5;

/** Serves requests for an encoder. */
export class RequestEncoding<Text> {
  readonly #batcher: RequestBatcher<Encoding, EncodedText>;
  readonly #tokenize: (text: Text) => Encoding;
  readonly #maxWaiting: number;
  #waiting = 0;

  /** @param maxWaiting texts of all requests at a time, above which no other request is admitted */
  constructor(
    batcher: RequestBatcher<Encoding, EncodedText>,
    tokenize: (text: Text) => Encoding,
    maxWaiting: number,
  ) {
    this.#batcher = batcher;
    this.#tokenize = tokenize;
    this.#maxWaiting = maxWaiting;
  }

  /** Texts that have been admitted and not been answered yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Encodes the texts of one request.
   * @throws PolytagError QUEUE_FULL, those of `WorkerPool.run`; the signal's reason
   */
  async encode(
    texts: readonly Text[],
    { signal, priority, asker = Symbol('request') }: RequestOptions,
  ): Promise<EncodedText[]> {
    signal?.throwIfAborted();
    if (this.#waiting >= this.#maxWaiting) {
      throw polytagError('QUEUE_FULL', { waiting: this.#waiting });
    }
    this.#waiting += texts.length;
    const givenUp = new AbortController();
    const signals = [givenUp.signal, ...(signal === undefined ? [] : [signal])];
    const options = { priority, asker, signal: AbortSignal.any(signals) };
    try {
      return await this.#encodeWindows(texts, options);
    } catch (error) {
      givenUp.abort(error);
      throw error;
    } finally {
      this.#waiting -= texts.length;
    }
  }

  async #encodeWindows(
    texts: readonly Text[],
    options: RequestOptions & { readonly signal: AbortSignal },
  ): Promise<EncodedText[]> {
    const results: EncodedText[] = [];
    let before: Promise<EncodedText[]> = Promise.resolve([]);
    for (let start = 0; start < texts.length; start += WINDOW_TEXTS) {
      const window = await this.#tokenizeSlices(texts.slice(start, start + WINDOW_TEXTS));
      const encoded = this.#batcher.run(window, options);
      // It may fail while the window before it is awaited; whoever awaits it later still hears of it.
      encoded.catch(() => undefined);
      for (const text of await before) results.push(text);
      before = encoded;
    }
    for (const text of await before) results.push(text);
    return results;
  }

  async #tokenizeSlices(texts: readonly Text[]): Promise<Encoding[]> {
    const encodings: Encoding[] = [];
    let start = performance.now();
    for (const text of texts) {
      encodings.push(this.#tokenize(text));
      if (performance.now() - start < SLICE) continue;
      await nextTurn();
      start = performance.now();
    }
    return encodings;
  }
}
