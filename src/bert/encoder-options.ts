// What can be chosen when an encoder is loaded, its defaults, and what a model can do of it.
import { polytagError } from '../errors/index.js';
import type { PoolOptions } from '../runtime/index.js';
import type { FolderOptions, ModelFolder, ResolveOptions } from '../weights/index.js';
import {
  featuresOfClassifier,
  isClassifierOutput,
  type ResolvedClassifier,
  resolveClassifier,
} from './classifier-outputs.js';
import type { BertConfig } from './config.js';
import {
  classifierOutputs,
  type Feature,
  type Pooling,
  poolings,
  resolveFeatures,
  type ResolvedFeatures,
} from './pooling.js';
import type { TokenizerOptions } from './tokenizer-settings.js';
import { type Truncation, truncations } from './tokenizer-truncation.js';

/** Precisions of weights and arithmetic. */
const precisions = ['fp32'] as const;

/** How texts become vectors. */
export interface EncodingSettings {
  /** How a text becomes a vector; see `FeaturePooling` and `ClassifierOutput`. Default: `mean`. */
  readonly pooling?: Pooling | undefined;
  /**
   * Layers whose vectors are concatenated before pooling: k the output of layer k, 0 the embeddings, -1
   * the last. Default: [-2], the last but one, which knows less of the task of pre-training than the last.
   */
  readonly layers?: readonly number[] | undefined;
  /** Several poolings of one pass, concatenated in order; instead of `pooling` and `layers`. */
  readonly features?: readonly Feature[] | undefined;
  /** Most tokens of a sequence, special tokens included. Default: all the encoder's positions. */
  readonly maxLength?: number | undefined;
  /** What stays of texts that are longer. Default: `head`. */
  readonly truncation?: Truncation | undefined;
  /** Give an odd token of a shortened pair to its first text, as BERT's original code does. Default: false. */
  readonly oddToFirst?: boolean | undefined;
  /** Mask `[CLS]` and `[SEP]` out of attention and pooling, as bert-as-service's -mask_cls_sep. Default: false. */
  readonly maskSpecialTokens?: boolean | undefined;
  /** Settings of the tokenizer against those of the model's files: `lowercase` for a Google checkpoint, say. */
  readonly tokenizer?: TokenizerOptions | undefined;
  /**
   * Put `[CLS]` and `[SEP]` around single inputs of word pieces (`TokenizedInput` without a pair); texts and
   * pairs have them always, as with bert-as-service's -no_special_token. Default: true. Without them an
   * empty input has no token at all; its vector is zero.
   */
  readonly addSpecialTokens?: boolean | undefined;
  /**
   * Add position embeddings. Default: true; false is bert-as-service's -no_position_embeddings, and takes
   * away the upper limit of `maxLength`.
   */
  readonly positionEmbeddings?: boolean | undefined;
  /** Precision of weights and arithmetic. Default: `fp32`, the only one so far. */
  readonly precision?: (typeof precisions)[number] | undefined;
}

/** How an encoder is loaded. */
export interface EncoderOptions
  extends EncodingSettings,
    ResolveOptions,
    FolderOptions,
    Pick<PoolOptions, 'workers' | 'threadsPerWorker'> {
  /**
   * Keep the converted model for the next start, in the folder named or, with `true`, in polytag's cache
   * (`models`, the four used last). Default: for TensorFlow checkpoints of 64 MB and more. With safetensors it
   * gains nothing: to know them again takes as long as to convert them.
   */
  readonly modelCache?: boolean | string | undefined;
  /** Tokens of a batch at most, padding included. Default 512. */
  readonly tokenBudget?: number | undefined;
  /** Texts of a batch at most. Default: no limit. */
  readonly maxRows?: number | undefined;
  /**
   * Texts of requests (`encodeRequest`) under way at a time, above which no other is admitted. Default 65,536. The
   * one that goes over it is admitted whole, so that a large request can be served at all.
   */
  readonly maxWaitingTexts?: number | undefined;
}

/** `EncodingSettings` with their defaults, checked against a model. */
export interface ResolvedSettings {
  readonly features: ResolvedFeatures;
  /** Applied to the features, if there. */
  readonly classifier?: ResolvedClassifier | undefined;
  /** Columns of a vector. */
  readonly width: number;
  readonly maxLength: number;
  readonly truncation: Truncation;
  readonly oddToFirst: boolean;
  readonly maskSpecialTokens: boolean;
  readonly addSpecialTokens: boolean;
  readonly positionEmbeddings: boolean;
}

/**
 * Settings for an encoder.
 * @throws PolytagError OPTION_INVALID, MAX_LENGTH_TOO_LARGE, CLASSIFIER_HEAD_MISSING
 */
export async function resolveSettings(
  config: BertConfig,
  model: ModelFolder,
  options: EncoderOptions,
): Promise<ResolvedSettings> {
  const { maxLength = config.positions, truncation = 'head' } = options;
  const { oddToFirst = false, maskSpecialTokens = false } = options;
  const { addSpecialTokens = true, positionEmbeddings = true } = options;
  checkOptions(options);
  if (positionEmbeddings && maxLength > config.positions) {
    throw polytagError('MAX_LENGTH_TOO_LARGE', { maxLength, positions: config.positions });
  }
  return {
    ...(await resolveColumns(config, model, options)),
    maxLength,
    truncation,
    oddToFirst,
    maskSpecialTokens,
    addSpecialTokens,
    positionEmbeddings,
  };
}

async function resolveColumns(
  config: BertConfig,
  model: ModelFolder,
  { pooling = 'mean', layers = [-2], features }: EncoderOptions,
): Promise<Pick<ResolvedSettings, 'features' | 'classifier' | 'width'>> {
  if (features !== undefined) return withWidth(resolveFeatures(config, features));
  if (!isClassifierOutput(pooling))
    return withWidth(resolveFeatures(config, [{ pooling, layers }]));
  const classifier = await resolveClassifier(pooling, model);
  return { features: featuresOfClassifier(config), classifier, width: classifier.labels };
}

function withWidth(features: ResolvedFeatures): Pick<ResolvedSettings, 'features' | 'width'> {
  return { features, width: features.width };
}

function checkOptions({ maxLength = 3, truncation = 'head', ...others }: EncoderOptions): void {
  const { pooling = 'mean' } = others;
  const known: readonly string[] = [...poolings, ...classifierOutputs];
  check('pooling', pooling, known.includes(pooling), known.join(', '));
  // Two tokens go around a text and three around a pair; with fewer there is nothing to encode.
  const isLength = Number.isInteger(maxLength) && maxLength >= 3;
  check('maxLength', maxLength, isLength, 'a whole number of at least 3');
  const { tokenBudget = 1, maxRows = 1, maxWaitingTexts = 1, precision = 'fp32' } = others;
  for (const [option, count] of Object.entries({ tokenBudget, maxRows, maxWaitingTexts })) {
    const isCount = Number.isInteger(count) && count >= 1;
    check(option, count, isCount, 'a whole number of at least 1');
  }
  check('truncation', truncation, truncations.includes(truncation), truncations.join(', '));
  check('precision', precision, precisions.includes(precision), precisions.join(', '));
}

function check(option: string, value: string | number, isValid: boolean, expected: string): void {
  if (!isValid) throw polytagError('OPTION_INVALID', { option, value: String(value), expected });
}
