// Brings texts to logits by an ONNX file of a model folder: tokenizer, worker pool, windows of long texts.
import { join } from 'node:path';
import {
  type BertConfig,
  mapTextLogits,
  parseBertConfig,
  type TextLogits,
  type TextModel,
  WordPieceTokenizer,
} from '../bert/index.js';
import { type PoolOptions, WorkerPool } from '../runtime/index.js';
import { readJsonFile } from '../weights/index.js';
import type { LogitSource, ScoreOptions } from './logit-source.js';
import { fileNames } from './model-record.js';

/** What a scorer is made from. */
export interface TextScorerOptions
  extends Pick<TextModel, 'maxLength' | 'truncation' | 'windows'>,
    Pick<PoolOptions, 'workers' | 'threadsPerWorker'> {
  /** The model folder; the tokenizer and the configuration are read from it. */
  readonly folder: string;
  /** The ONNX file in it. */
  readonly model: string;
}

/** A tokenizer and a pool of workers. Calls may overlap. */
export class TextScorer implements LogitSource {
  private constructor(
    private readonly tokenizer: WordPieceTokenizer,
    private readonly config: BertConfig,
    private readonly pool: WorkerPool,
    private readonly options: TextScorerOptions,
  ) {}

  /** @throws PolytagError as `WordPieceTokenizer.load` and `WorkerPool.open` */
  static async open(options: TextScorerOptions): Promise<TextScorer> {
    const { folder, model, workers, threadsPerWorker } = options;
    const configFile = join(folder, fileNames.config);
    const config = parseBertConfig(await readJsonFile(configFile), configFile);
    const tokenizer = await WordPieceTokenizer.load(folder);
    const pool = await WorkerPool.open(join(folder, model), { workers, threadsPerWorker });
    return new TextScorer(tokenizer, config, pool, options);
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
    const { config, pool, tokenizer } = this;
    const { maxLength, truncation, windows } = this.options;
    const model = { config, pool, tokenizer, maxLength, truncation, windows };
    return mapTextLogits(texts, model, options);
  }

  /** Waits for what is under way, then ends the workers. */
  async close(): Promise<void> {
    await this.pool.close();
  }
}
