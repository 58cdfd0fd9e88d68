// Texts to vectors: the public encoder, over a tokenizer and a pool of worker threads.
//
//   const encoder = await Encoder.load('all-MiniLM-L6-v2', { pooling: 'mean', layers: [-1] });
//   const { data, shape } = await encoder.encode(['hello world', ['a', 'pair']]);
//   console.log(shape); // [2, 384]
//   await encoder.close();
import { createHash } from 'node:crypto';
import { polytagError } from '../errors/index.js';
import {
  type BatchWork,
  type IntakeOptions,
  mapInBatches,
  RequestBatcher,
  RequestIntake,
  type WorkerPool,
} from '../runtime/index.js';
import { type ModelFolder, openModelFolder, resolveReference } from '../weights/index.js';
import { type BertConfig, parseBertConfig } from './config.js';
import { type EncodedText, makeFeeds, takeTexts } from './encoder-batches.js';
import { startModel } from './encoder-loading.js';
import { type EncoderOptions, type ResolvedSettings, resolveSettings } from './encoder-options.js';
import type { TemporaryModel } from './temporary-model.js';
import { type Encoding, WordPieceTokenizer } from './tokenizer.js';

/** Numbers of token vectors that are held at a time, about: 64 MB. */
const windowNumbers = 2 ** 24;

/** Texts of requests that are admitted at a time, see `maxWaitingTexts`. */
const DEFAULT_WAITING_TEXTS = 65_536;

/** Changes when the same settings and model give other numbers than before. */
const numericVersion = 1;

/** A text that somebody else has cut into word pieces, or a pair of such. */
export interface TokenizedInput {
  /** Word pieces of the encoder's vocabulary (`##ing`); any other becomes `[UNK]`. Nothing is normalised. */
  readonly tokens: readonly string[];
  /** The second text of a pair; an empty list is none. */
  readonly pairTokens?: readonly string[] | undefined;
}

/** A text, a pair of texts that make one sequence, or word pieces. */
export type EncoderInput = string | readonly [first: string, second: string] | TokenizedInput;

/** How one call of `encode` goes about it. */
export interface EncodeCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of texts that are done, as each batch is: ahead of a stream's vectors, which come in order. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** The priority among calls that run at the same time; higher goes first. Default 0. */
  readonly priority?: number | undefined;
}

/** Vectors of several texts. */
export interface Encodings {
  /** Row-major, in the order of the texts. */
  readonly data: Float32Array;
  /** [texts, width]; for the pooling `none` [texts, longest, width], zero after a text's last token. */
  readonly shape: readonly number[];
  /** Tokens of each text, special tokens included. */
  readonly lengths: Int32Array;
  /** Texts that were longer than the maximal length. */
  readonly truncatedTexts: number;
}

/** A loaded encoder. Calls may overlap; they share the workers. */
export class Encoder {
  /** Columns of a vector. */
  readonly width: number;
  private readonly requests: RequestIntake<EncoderInput, Encoding, EncodedText, EncodedText>;

  private constructor(
    /** Absolute path of the model's folder. */
    readonly folder: string,
    readonly config: BertConfig,
    readonly tokenizer: WordPieceTokenizer,
    readonly settings: ResolvedSettings,
    private readonly model: ModelFolder,
    private readonly pool: WorkerPool,
    private readonly file: TemporaryModel,
    private readonly options: EncoderOptions,
  ) {
    this.width = settings.width;
    const { tokenBudget, maxRows, maxWaitingTexts = DEFAULT_WAITING_TEXTS } = options;
    const batcher = new RequestBatcher(pool, this.work, { tokenBudget, maxRows });
    const work = { cut: (text: EncoderInput) => [this.tokenize(text)], join: takeOnly };
    this.requests = new RequestIntake(batcher, work, maxWaitingTexts);
  }

  /**
   * Loads an encoder.
   * @param reference a bundled name, a folder, a .zip, or a hub id `owner/name[@revision]`
   * @throws PolytagError OPTION_INVALID, MAX_LENGTH_TOO_LARGE, POOLER_MISSING, CLASSIFIER_HEAD_MISSING, those of `resolveReference`,
   * `openModelFolder`, `WordPieceTokenizer.load` and `WorkerPool.open`; the signal's reason
   */
  static async load(reference: string, options: EncoderOptions = {}): Promise<Encoder> {
    const folder = await resolveReference(reference, options);
    const model = await openModelFolder(folder, options);
    try {
      const config = parseBertConfig(model.config, model.configFile);
      const settings = await resolveSettings(config, model, options);
      const tokenizer = await WordPieceTokenizer.load(folder, options.tokenizer);
      checkVocabulary(config, tokenizer, folder);
      const { pool, file } = await startModel(model, config, settings, options);
      return new Encoder(folder, config, tokenizer, settings, model, pool, file, options);
    } finally {
      await model.close();
    }
  }

  /**
   * Encodes texts. The same texts give the same bytes, whatever the number of workers.
   * @throws PolytagError as `WorkerPool.run`; the signal's reason
   */
  async encode(
    texts: readonly EncoderInput[],
    options: EncodeCallOptions = {},
  ): Promise<Encodings> {
    if (this.givesTokens) return this.encodeTokens(texts, options);
    const data = new Float32Array(texts.length * this.width);
    const lengths = new Int32Array(texts.length);
    let truncatedTexts = 0;
    let row = 0;
    for await (const { vector, tokens } of this.encodeStream(texts, options)) {
      data.set(vector, row * this.width);
      lengths[row] = tokens.ids.length;
      if (tokens.truncated > 0) truncatedTexts++;
      row++;
    }
    return { data, shape: [texts.length, this.width], lengths, truncatedTexts };
  }

  /**
   * Encodes a stream of any length in constant memory, vectors in the order of the texts.
   * @throws what `texts` throws; PolytagError as `WorkerPool.run`; the signal's reason
   */
  async *encodeStream(
    texts: Iterable<EncoderInput> | AsyncIterable<EncoderInput>,
    { signal, onProgress, priority }: EncodeCallOptions = {},
  ): AsyncGenerator<EncodedText, void, undefined> {
    let done = 0;
    const options = {
      signal,
      priority,
      onBatch: (items: number): void => onProgress?.((done += items)),
      tokenBudget: this.options.tokenBudget,
      maxRows: this.options.maxRows,
      windowTokens: this.givesTokens ? Math.ceil(windowNumbers / this.width) : undefined,
    };
    yield* mapInBatches(this.tokenizeEach(texts), this.work, this.pool, options);
  }

  /**
   * Encodes the texts of one request among many. Requests under way at the same time share batches and take
   * turns, so that a small one need not wait for the end of a large one. The last bits of a vector
   * (differences of 1e-6) depend on the texts that it shared a batch with.
   * @throws PolytagError QUEUE_FULL when `maxWaitingTexts` wait, those of `WorkerPool.run`; the signal's reason
   */
  encodeRequest(
    texts: readonly EncoderInput[],
    options: IntakeOptions<EncoderInput> = {},
  ): Promise<EncodedText[]> {
    return this.requests.run(texts, options);
  }

  /** Texts of requests that have been admitted and not been answered yet. */
  get waitingTexts(): number {
    return this.requests.waiting;
  }

  /** Worker threads. */
  get workers(): number {
    return this.pool.workers;
  }

  /** Worker threads that died and were replaced. */
  get workerRestarts(): number {
    return this.pool.restarts;
  }

  /** The tokens of a text as `encode` sees them. */
  tokenize(text: EncoderInput): Encoding {
    const { maxLength, truncation, oddToFirst } = this.settings;
    const options = { maxLength, truncation, oddToFirst };
    if (typeof text === 'string') return this.tokenizer.encode(text, options);
    if (!('tokens' in text)) return this.tokenizer.encode(text[0], { ...options, pair: text[1] });
    const { tokens, pairTokens = [] } = text;
    const addSpecialTokens = this.settings.addSpecialTokens || pairTokens.length > 0;
    return this.tokenizer.encodePieces(tokens, { ...options, pair: pairTokens, addSpecialTokens });
  }

  /** SHA-256, hexadecimal, of all that vectors depend on beside the text: the model's files and the settings. */
  async contentKey(): Promise<string> {
    // The vocabulary is among the model's files.
    const tokenizer = { ...this.tokenizer.settings, vocabulary: undefined };
    const hash = createHash('sha256').update(await this.model.contentKey());
    return hash.update(JSON.stringify([numericVersion, this.settings, tokenizer])).digest('hex');
  }

  /** Waits for calls under way, then ends the workers and removes temporary files. */
  async close(): Promise<void> {
    await this.pool.close();
    await this.file.remove();
  }

  private get work(): BatchWork<Encoding, EncodedText> {
    const feedSettings = {
      config: this.config,
      paddingId: this.tokenizer.paddingId,
      maskSpecialTokens: this.settings.maskSpecialTokens,
    };
    return {
      lengthOf: (tokens) => tokens.ids.length,
      makeFeeds: (batch) => makeFeeds(batch, feedSettings),
      takeResults: (outputs, batch) => takeTexts(outputs, batch, feedSettings),
    };
  }

  private get givesTokens(): boolean {
    return this.settings.features.features[0].pooling === 'none';
  }

  private async encodeTokens(
    texts: readonly EncoderInput[],
    options: EncodeCallOptions,
  ): Promise<Encodings> {
    const rows: EncodedText[] = [];
    for await (const row of this.encodeStream(texts, options)) rows.push(row);
    const lengths = Int32Array.from(rows, ({ tokens }) => tokens.ids.length);
    const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
    const data = new Float32Array(rows.length * longest * this.width);
    rows.forEach(({ vector }, row) => {
      data.set(vector, row * longest * this.width);
    });
    const truncatedTexts = rows.filter(({ tokens }) => tokens.truncated > 0).length;
    return { data, shape: [rows.length, longest, this.width], lengths, truncatedTexts };
  }

  private async *tokenizeEach(
    texts: Iterable<EncoderInput> | AsyncIterable<EncoderInput>,
  ): AsyncGenerator<Encoding, void, undefined> {
    for await (const text of texts) yield this.tokenize(text);
  }
}

/** A text is one sequence. */
function takeOnly([vector]: readonly EncodedText[]): EncodedText {
  return vector;
}

function checkVocabulary(config: BertConfig, tokenizer: WordPieceTokenizer, folder: string): void {
  const { largestId } = tokenizer;
  if (largestId < config.vocabularySize) return;
  const problem = `it has a token of id ${largestId} for ${config.vocabularySize} word embeddings`;
  throw polytagError('TOKENIZER_INVALID', { file: folder, problem });
}
