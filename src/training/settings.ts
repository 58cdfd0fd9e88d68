// Every knob of a training run, with its default and its range; what is not said is filled in here and nowhere else.
import { polytagError } from '../errors/index.js';
import { type SelectionMetric, selectionMetrics } from './selection-metric.js';

/** Which loss, with its parameters; formulas and sources stand in losses.ts. */
export type LossSettings =
  | { readonly kind: 'bce' }
  | { readonly kind: 'weighted' }
  | { readonly kind: 'normalized' }
  | { readonly kind: 'focal'; readonly alpha: number; readonly gamma: number }
  | {
      readonly kind: 'asymmetric';
      readonly gammaPositive: number;
      readonly gammaNegative: number;
      readonly clip: number;
    };

/** The names of the losses. */
export const lossKinds = ['normalized', 'bce', 'weighted', 'focal', 'asymmetric'] as const;

/** How the dense head is built and trained. */
export interface HeadSettings {
  /** Units of the hidden relu layer, 0 to 4096; 0 trains a linear head. */
  readonly hiddenUnits: number;
  /** Share of hidden units switched off in each step, 0 <= rate < 1. */
  readonly dropout: number;
  /** Whether features are brought to mean 0 and deviation 1 first (folded into the first layer afterwards). */
  readonly standardize: boolean;
  readonly loss: LossSettings;
  /** Peak learning rate of AdamW (betas 0.9, 0.999, epsilon 1e-8), above 0. */
  readonly learningRate: number;
  /** `linear` falls to 0 at the last epoch; `constant` stays. */
  readonly schedule: 'linear' | 'constant';
  /** Decoupled weight decay on weight matrices, not on biases; 0 makes AdamW plain Adam. */
  readonly weightDecay: number;
  /** Rows a step, at least 1. */
  readonly batchSize: number;
  /** Passes over the training rows, at most; at least 1. */
  readonly epochs: number;
  /** The figure on validation rows that judges epochs, in fine-tuning too. */
  readonly metric: SelectionMetric;
  /** Epochs without a better validation figure after which training stops. */
  readonly patience: number;
  /** Decides the split, the first weights, the order of rows, and what dropout drops. 0 to 2^31 - 1. */
  readonly seed: number;
}

/** What trains best on frozen encodings, by measurement; see docs/training.md. */
export const defaultHeadSettings: HeadSettings = {
  hiddenUnits: 128,
  dropout: 0.5,
  standardize: true,
  loss: { kind: 'normalized' },
  learningRate: 1e-3,
  schedule: 'linear',
  weightDecay: 0.1,
  batchSize: 128,
  epochs: 12,
  metric: 'macro-roc-auc',
  patience: 4,
  seed: 1,
};

/** The dense head of the 2019 project: 128 relu, dropout 0.8, focal loss, Adam, batches of 128. */
export const recipe2019: HeadSettings = {
  ...defaultHeadSettings,
  dropout: 0.8,
  standardize: false,
  loss: { kind: 'focal', alpha: 0.1, gamma: 2 },
  schedule: 'constant',
  weightDecay: 0,
  epochs: 30,
  patience: 30,
};

/** The parameters that a loss has when only its name is given. */
export function defaultLoss(kind: LossSettings['kind']): LossSettings {
  switch (kind) {
    case 'focal':
      return { kind, alpha: 0.1, gamma: 2 };
    case 'asymmetric':
      return { kind, gammaPositive: 0, gammaNegative: 4, clip: 0.05 };
    case 'bce':
    case 'weighted':
    case 'normalized':
      return { kind };
  }
}

const ranges: readonly [
  keyof HeadSettings,
  isValid: (value: number) => boolean,
  expected: string,
][] = [
  ['hiddenUnits', (n) => Number.isInteger(n) && n >= 0 && n <= 4096, 'a whole number, 0 to 4096'],
  ['dropout', (n) => n >= 0 && n < 1, 'a number from 0 to below 1'],
  ['learningRate', (n) => n > 0 && n <= 10, 'a number above 0, at most 10'],
  ['weightDecay', (n) => n >= 0 && n <= 10, 'a number from 0 to 10'],
  ['batchSize', (n) => Number.isInteger(n) && n >= 1 && n <= 65536, 'a whole number, 1 to 65536'],
  ['epochs', (n) => Number.isInteger(n) && n >= 1 && n <= 100_000, 'a whole number, 1 to 100000'],
  ['patience', (n) => Number.isInteger(n) && n >= 1, 'a whole number, at least 1'],
  ['seed', (n) => Number.isInteger(n) && n >= 0 && n < 2 ** 31, 'a whole number, 0 to 2147483647'],
];

/**
 * Checks every number against its range.
 *
 * @throws PolytagError OPTION_INVALID naming the setting
 */
export function checkHeadSettings(settings: HeadSettings): void {
  for (const [name, isValid, expected] of ranges) {
    const value = Number(settings[name]);
    if (!isValid(value))
      throw polytagError('OPTION_INVALID', { option: name, value: String(value), expected });
  }
  if (!selectionMetrics.includes(settings.metric)) {
    const expected = selectionMetrics.join(', ');
    throw polytagError('OPTION_INVALID', { option: 'metric', value: settings.metric, expected });
  }
  checkLoss(settings.loss);
}

function checkLoss(loss: LossSettings): void {
  const { kind, ...parameters } = loss;
  for (const [name, value] of Object.entries(parameters)) {
    const isShare = name === 'alpha' || name === 'clip';
    if (!(value >= 0 && value <= (isShare ? 1 : 100))) {
      throw polytagError('OPTION_INVALID', {
        option: `${name} of the ${kind} loss`,
        value: String(value),
        expected: isShare ? 'a number from 0 to 1' : 'a number from 0 to 100',
      });
    }
  }
}
