// A classifier that is not in a folder yet: an encoder's folder, weights of it that have changed, and a head.
import type { Tensor } from '../graph/index.js';
import { type PoolOptions, WorkerPool } from '../runtime/index.js';
import { openModelFolder } from '../weights/index.js';
import type { HeadLayers } from './classification-head.js';
import { buildClassifierModel } from './classifier-model.js';
import { parseBertConfig } from './config.js';
import { readEncoderWeights } from './encoder-model.js';
import { type Feature, resolveFeatures } from './pooling.js';
import { TemporaryModel } from './temporary-model.js';
import { mapTextLogits, type TextLogits, type TextModel } from './text-logits.js';
import { WordPieceTokenizer } from './tokenizer.js';

/** What a classifier is made of. */
export interface TextClassifierParts
  extends Pick<TextModel, 'maxLength' | 'truncation' | 'windows'>,
    Pick<PoolOptions, 'workers'> {
  /** The encoder's folder. */
  readonly folder: string;
  readonly features: readonly Feature[];
  /** Weights that the encoder has instead of those in its folder, by their names without `bert.`. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  /** For raw features. */
  readonly head: HeadLayers<Tensor>;
}

/** Worker threads that bring texts to logits; to be closed. */
export class TextClassifier {
  private constructor(
    private readonly model: TextModel,
    private readonly pool: WorkerPool,
    private readonly file: TemporaryModel,
  ) {}

  /** @throws PolytagError as `openModelFolder`, `WordPieceTokenizer.load` and `WorkerPool.open` */
  static async open(parts: TextClassifierParts): Promise<TextClassifier> {
    const { folder, maxLength, truncation, windows, workers } = parts;
    const source = await openModelFolder(folder);
    let file: TemporaryModel | undefined;
    try {
      const config = parseBertConfig(source.config, source.configFile);
      const features = resolveFeatures(config, parts.features);
      const stored = await readEncoderWeights(source.tensors, features, folder);
      const weights = new Map(
        [...stored].map(([name, tensor]) => [name, parts.weights.get(name) ?? tensor]),
      );
      const tokenizer = await WordPieceTokenizer.load(folder);
      file = await TemporaryModel.write(
        buildClassifierModel(config, features, weights, parts.head),
      );
      const pool = await WorkerPool.open(file.path, { workers });
      const model = { tokenizer, config, pool, maxLength, truncation, windows };
      return new TextClassifier(model, pool, file);
    } catch (error) {
      await file?.remove();
      throw error;
    } finally {
      await source.close();
    }
  }

  /**
   * Logits of texts, in their order.
   *
   * @param options.onProgress called with the number of texts that are done
   * @throws PolytagError as `WorkerPool.run`; the signal's reason
   */
  score(
    texts: readonly string[],
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly onProgress?: ((done: number) => void) | undefined;
    } = {},
  ): AsyncGenerator<TextLogits, void, undefined> {
    return mapTextLogits(texts, this.model, options);
  }

  /** Ends the workers and removes the temporary file. */
  async close(): Promise<void> {
    await this.pool.close();
    await this.file.remove();
  }
}
