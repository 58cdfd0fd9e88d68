// Brings texts to logits by an ONNX file of a model folder: tokenizer, worker pool, windows of long texts.
import { join } from 'node:path';
import {
  type BertConfig,
  mapTextLogits,
  parseBertConfig,
  type RequestLogits,
  type TextLogits,
  type TextModel,
  TextRequests,
  type WindowSettings,
  WordPieceTokenizer,
} from '../bert/index.js';
import { type IntakeOptions, type PoolOptions, WorkerPool } from '../runtime/index.js';
import { readJsonFile } from '../weights/index.js';
import type { LogitSource, ScoreOptions, WorkerCounts } from './logit-source.js';
import type { ModelFile } from './model-file.js';
import { fileNames } from './model-record.js';

/** What a scorer is made from. */
export interface TextScorerOptions
  extends Pick<TextModel, 'maxLength' | 'truncation' | 'windows'>,
    Pick<PoolOptions, 'workers' | 'threadsPerWorker'> {
  /** The model folder; the tokenizer and the configuration are read from it. */
  readonly folder: string;
  /** The ONNX file, in it or made for it; removed, if it was made, when the scorer is closed. */
  readonly model: ModelFile;
  /** How requests are scored by windows where `windows` says nothing; left out, their long texts are cut. */
  readonly requestWindows?: WindowSettings | undefined;
  /** Texts of requests that may wait at a time. Default 16,384. */
  readonly maxWaitingTexts?: number | undefined;
  readonly onRequestBatch?: ((windows: number, tokens: number) => void) | undefined;
}

const defaultWaitingTexts = 16_384;

/** A tokenizer and a pool of workers. Calls may overlap. */
export class TextScorer implements LogitSource {
  readonly requestWindows: WindowSettings | undefined;
  private readonly requests: TextRequests;

  private constructor(
    readonly tokenizer: WordPieceTokenizer,
    private readonly config: BertConfig,
    private readonly pool: WorkerPool,
    private readonly options: TextScorerOptions,
  ) {
    const { maxWaitingTexts = defaultWaitingTexts, onRequestBatch } = options;
    this.requestWindows = options.windows ?? options.requestWindows;
    const model = { ...this.model, windows: this.requestWindows };
    this.requests = new TextRequests(model, maxWaitingTexts, onRequestBatch);
  }

  /** @throws PolytagError as `WordPieceTokenizer.load` and `WorkerPool.open` */
  static async open(options: TextScorerOptions): Promise<TextScorer> {
    const { folder, model, workers, threadsPerWorker } = options;
    const configFile = join(folder, fileNames.config);
    const config = parseBertConfig(await readJsonFile(configFile), configFile);
    const tokenizer = await WordPieceTokenizer.load(folder);
    try {
      const pool = await WorkerPool.open(model.path, { workers, threadsPerWorker });
      return new TextScorer(tokenizer, config, pool, options);
    } catch (error) {
      await model.remove();
      throw error;
    }
  }

  /**
   * Logits of texts in their order, in constant memory. The same texts give the same bytes, whatever the
   * number of workers.
   *
   * @throws what `texts` throws; PolytagError as `WorkerPool.run`; the signal's reason
   */
  logitStream(
    texts: Iterable<string> | AsyncIterable<string>,
    options: ScoreOptions = {},
  ): AsyncGenerator<TextLogits, void, undefined> {
    return mapTextLogits(texts, this.model, options);
  }

  /** @throws PolytagError QUEUE_FULL, those of `WorkerPool.run`; the signal's reason */
  logitRequest(
    texts: readonly string[],
    options?: IntakeOptions<string>,
  ): Promise<RequestLogits[]> {
    return this.requests.run(texts, options);
  }

  get waitingTexts(): number {
    return this.requests.waiting;
  }

  get workers(): WorkerCounts {
    return { count: this.pool.workers, restarts: this.pool.restarts };
  }

  private get model(): TextModel {
    const { config, pool, tokenizer } = this;
    const { maxLength, truncation, windows } = this.options;
    return { config, pool, tokenizer, maxLength, truncation, windows };
  }

  /** Waits for what is under way, then ends the workers. */
  async close(): Promise<void> {
    await this.pool.close();
    await this.options.model.remove();
  }
}
