// Every knob of fine-tuning an encoder, with its default and its range.
import type { ResolvedFeatures } from '../../bert/index.js';
import { polytagError } from '../../errors/index.js';

/** The linear layers of an encoder that low-rank adaptation can add to. */
export const adaptableLayers = [
  'query',
  'key',
  'value',
  'attention',
  'intermediate',
  'output',
] as const;

/** One kind of linear layer: of attention (`attention` is the one behind the heads), or of the feed-forward block. */
export type AdaptableLayer = (typeof adaptableLayers)[number];

/** The share of negatives that are drawn, or `auto`: as the rows with a label suggest. */
export type NegativeShare = number | 'auto';

/** No row is drawn with less than this chance, so that none counts more than so many times as much as another. */
export const LEAST_CHANCE = 0.1;

/** What of an encoder learns. */
export type TuningMode =
  /** The upper `layers` layers. What is below runs once, and its output is kept on disk. */
  | { readonly kind: 'top'; readonly layers: number }
  /** Every layer; the embeddings too if asked for, which costs a gradient of the size of the vocabulary's matrix. */
  | { readonly kind: 'full'; readonly embeddings?: boolean | undefined }
  /**
   * Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685): beside each of the linear layers of the `targets`
   * a product of two thin matrices learns, scaled by alpha / rank, and is merged into the weights at the end.
   */
  | {
      readonly kind: 'lora';
      readonly rank: number;
      readonly alpha: number;
      readonly targets: readonly AdaptableLayer[];
    };

/** How an encoder and its head are trained together. */
export interface TuningSettings {
  readonly mode: TuningMode;
  /** Peak learning rate of the encoder's weights, above 0. */
  readonly learningRate: number;
  /** Peak learning rate of the head, above 0. */
  readonly headLearningRate: number;
  /** What each layer's rate is multiplied by for the layer below it, above 0, at most 1. */
  readonly layerDecay: number;
  /** Share of all steps over which the rate rises from 0, from 0 to below 1. */
  readonly warmup: number;
  /** How the rate falls to 0 by the last step; `constant` does not. */
  readonly schedule: 'linear' | 'cosine' | 'constant';
  /** Decoupled weight decay on matrices. */
  readonly weightDecay: number;
  /** Rows a step, at least 1. */
  readonly batchSize: number;
  /** Tokens that go through the encoder at once, padding included; a larger batch is accumulated. At least 1. */
  readonly tokenBudget: number;
  /** Passes over the training rows, above 0; 1.5 is one and a half. */
  readonly epochs: number;
  /** How often an epoch is measured on the validation rows, at least 1. */
  readonly validationsPerEpoch: number;
  /** Validations without a better figure after which training stops. */
  readonly patience: number;
  /** Dropout in the encoder, 0 <= rate < 1. */
  readonly dropout: number;
  /** Largest Euclidean norm of a step's gradients, above 0. */
  readonly maxGradientNorm: number;
  /** Targets move from 0 and 1 towards 0.5 by half of this, 0 <= share < 1. */
  readonly labelSmoothing: number;
  /**
   * The share of rows without any positive label that an epoch learns from, from 0.1 to 1, or `auto`; see
   * `NegativeDraws`. Default: all of them. Not beside a teacher.
   */
  readonly sampleNegatives?: NegativeShare | undefined;
}

/** The settings of a mode that trains best, by measurement; see docs/fine-tuning.md. */
export function defaultTuningSettings(mode: TuningMode): TuningSettings {
  return {
    mode,
    learningRate: mode.kind === 'lora' ? 4e-4 : 1e-4,
    headLearningRate: 5e-4,
    layerDecay: 1,
    warmup: 0.05,
    schedule: 'linear',
    weightDecay: 0.01,
    batchSize: 32,
    tokenBudget: 4096,
    epochs: 2,
    validationsPerEpoch: 2,
    patience: 6,
    dropout: 0.1,
    maxGradientNorm: 1,
    labelSmoothing: 0,
  };
}

/** Low-rank adaptation with the rank and targets that are common for BERT. */
export const defaultLora: Extract<TuningMode, { kind: 'lora' }> = {
  kind: 'lora',
  rank: 8,
  alpha: 16,
  targets: ['query', 'value'],
};

/**
 * Refuses settings outside their ranges.
 *
 * @param layers how many the encoder has
 * @throws PolytagError OPTION_INVALID
 */
export function checkTuningSettings(settings: TuningSettings, layers: number): void {
  const { mode } = settings;
  if (mode.kind === 'top') {
    const expected = `1 to ${layers} layers, as many as the encoder has`;
    check('tune', `top:${mode.layers}`, isCount(mode.layers) && mode.layers <= layers, expected);
  }
  if (mode.kind === 'lora') {
    check('rank', mode.rank, isCount(mode.rank), 'a whole number of at least 1');
    check('alpha', mode.alpha, mode.alpha > 0, 'a number above 0');
    check('targets', mode.targets.join(), mode.targets.length > 0, adaptableLayers.join(', '));
  }
  for (const option of ['learningRate', 'headLearningRate', 'maxGradientNorm', 'epochs'] as const) {
    const value = settings[option];
    check(option, value, value > 0 && Number.isFinite(value), 'a number above 0');
  }
  for (const option of ['batchSize', 'tokenBudget', 'validationsPerEpoch', 'patience'] as const) {
    check(option, settings[option], isCount(settings[option]), 'a whole number of at least 1');
  }
  for (const option of ['warmup', 'dropout', 'labelSmoothing'] as const) {
    const value = settings[option];
    check(option, value, value >= 0 && value < 1, 'a number from 0 to below 1');
  }
  const { layerDecay, weightDecay } = settings;
  const { sampleNegatives: share = 'auto' } = settings;
  const isShare = share === 'auto' || (share >= LEAST_CHANCE && share <= 1);
  check('sampleNegatives', share, isShare, `from ${LEAST_CHANCE} to 1, or auto`);
  check('layerDecay', layerDecay, layerDecay > 0 && layerDecay <= 1, 'above 0, at most 1');
  check('weightDecay', weightDecay, weightDecay >= 0 && weightDecay <= 10, 'from 0 to 10');
}

/** The lowest layer whose input learning needs: 0 is the output of the embeddings. */
export function firstLayer({ mode }: TuningSettings, layers: number): number {
  return mode.kind === 'top' ? layers - mode.layers : 0;
}

/** How many layers from below may be frozen: features need none below the highest of them, and some layer above it. */
export function mostFrozen({ features, lastLayer }: ResolvedFeatures): number {
  return Math.max(0, Math.min(lastLayer - 1, ...features.flatMap(({ layers }) => layers)));
}

/**
 * Refuses to begin above a layer that features need, or above all of them.
 *
 * @param layers how many the encoder has
 * @throws PolytagError OPTION_INVALID
 */
export function checkTunedLayers(
  settings: TuningSettings,
  features: ResolvedFeatures,
  layers: number,
): void {
  const start = firstLayer(settings, layers);
  const most = mostFrozen(features);
  if (settings.mode.kind !== 'top' || start <= most) return;
  const lowest = Math.min(...features.features.flatMap((feature) => feature.layers));
  const value = `top:${settings.mode.layers}`;
  const expected = `top:${layers - most} or more, full, or lora: the head sees layer ${lowest}, and ${value} begins above layer ${start}`;
  check('tune', value, false, expected);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function check(option: string, value: number | string, isValid: boolean, expected: string): void {
  if (!isValid) throw polytagError('OPTION_INVALID', { option, value: String(value), expected });
}
