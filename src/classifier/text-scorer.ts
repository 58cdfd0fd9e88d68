// Scores texts by an ONNX file of a model folder: tokenizer, worker pool, sigmoid.
import { join } from 'node:path';
import {
  type BertConfig,
  type Encoding,
  makeFeeds,
  parseBertConfig,
  type Truncation,
  WordPieceTokenizer,
} from '../bert/index.js';
import {
  type BatchWork,
  mapInBatches,
  type NamedTensors,
  type PoolOptions,
  WorkerPool,
} from '../runtime/index.js';
import { readJsonFile } from '../weights/index.js';
import { fileNames } from './model-record.js';

/** The output of a model: raw logits, float32 [batch_size, labels]. */
export const logitsName = 'logits';

/** What scores texts, in their order. Calls may overlap. */
export interface Scorer {
  /** @throws what `texts` throws, and what the scorer's own says; the signal's reason */
  scoreStream(
    texts: Iterable<string> | AsyncIterable<string>,
    options?: ScoreOptions,
  ): AsyncGenerator<TextScores, void, undefined>;
  /** Waits for what is under way, then ends what works for it. */
  close(): Promise<void>;
}

/** The scores of one text. */
export interface TextScores {
  /** Probabilities from 0 to 1, the sigmoids of the logits; one a label. */
  readonly scores: Float32Array;
  /** Tokens that were left out to keep to the maximal length; 0 for most texts. Null: a service did not say. */
  readonly truncated: number | null;
}

/** What a scorer is made from. */
export interface ScorerOptions extends Pick<PoolOptions, 'workers' | 'threadsPerWorker'> {
  /** The model folder; the tokenizer and the configuration are read from it. */
  readonly folder: string;
  /** The ONNX file in it. */
  readonly model: string;
  readonly maxLength: number;
  readonly truncation: Truncation;
}

/** How one stream of texts is scored. */
export interface ScoreOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of texts that are done; scores, which come in order, may come later. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** A tokenizer and a pool of workers. Calls may overlap. */
export class TextScorer implements Scorer {
  private constructor(
    private readonly tokenizer: WordPieceTokenizer,
    private readonly config: BertConfig,
    private readonly pool: WorkerPool,
    private readonly options: ScorerOptions,
  ) {}

  /** @throws PolytagError as `WordPieceTokenizer.load` and `WorkerPool.open` */
  static async open(options: ScorerOptions): Promise<TextScorer> {
    const { folder, model, workers, threadsPerWorker } = options;
    const configFile = join(folder, fileNames.config);
    const config = parseBertConfig(await readJsonFile(configFile), configFile);
    const tokenizer = await WordPieceTokenizer.load(folder);
    const pool = await WorkerPool.open(join(folder, model), { workers, threadsPerWorker });
    return new TextScorer(tokenizer, config, pool, options);
  }

  /**
   * Scores of texts in their order, in constant memory. The same texts give the same bytes, whatever the
   * number of workers.
   *
   * @throws what `texts` throws; PolytagError as `WorkerPool.run`; the signal's reason
   */
  async *scoreStream(
    texts: Iterable<string> | AsyncIterable<string>,
    { signal, onProgress }: ScoreOptions = {},
  ): AsyncGenerator<TextScores, void, undefined> {
    const { config, pool, tokenizer } = this;
    const feedSettings = { config, paddingId: tokenizer.paddingId, maskSpecialTokens: false };
    const work: BatchWork<Encoding, TextScores> = {
      lengthOf: ({ ids }) => ids.length,
      makeFeeds: (batch) => makeFeeds(batch, feedSettings),
      takeResults: takeScores,
    };
    let done = 0;
    const onBatch = (items: number): void => onProgress?.((done += items));
    yield* mapInBatches(this.tokenizeEach(texts), work, pool, { signal, onBatch });
  }

  /** Waits for what is under way, then ends the workers. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  private async *tokenizeEach(
    texts: Iterable<string> | AsyncIterable<string>,
  ): AsyncGenerator<Encoding, void, undefined> {
    const { maxLength, truncation } = this.options;
    for await (const text of texts) yield this.tokenizer.encode(text, { maxLength, truncation });
  }
}

function takeScores(outputs: NamedTensors, batch: readonly Encoding[]): TextScores[] {
  return rowsOfScores(outputs).map((scores, row) => ({ scores, truncated: batch[row].truncated }));
}

/** The scores in a model's outputs, one array a text. */
export function rowsOfScores(outputs: NamedTensors): Float32Array[] {
  const { data, shape } = outputs[logitsName];
  if (!(data instanceof Float32Array)) throw new TypeError('logits are float32');
  const [rows, width] = shape;
  return Array.from({ length: rows }, (_, row) =>
    data.slice(row * width, (row + 1) * width).map(sigmoid),
  );
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
