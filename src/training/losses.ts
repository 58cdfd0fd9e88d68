// Losses of multi-label training as graph nodes: per cell from logits, then the mean over known cells.
import {
  add,
  divide,
  exp,
  log,
  logSigmoid,
  maximum,
  multiply,
  negate,
  power,
  reduceSum,
  sigmoid,
  softplus,
  subtract,
  tensorOf,
  type Value,
} from '../graph/index.js';
import type { BaseRates } from './training-labels.js';
import type { DistillationSettings } from './distillation/teacher.js';
import type { LossSettings } from './settings.js';

/** A loss, and what a teacher makes of it. */
export type TrainingLoss = LossSettings & {
  /** Targets are those of `mixTargets`; for `bce` and `normalized` only. */
  readonly distillation?: DistillationSettings | undefined;
};

/**
 * The loss of a batch: the mean over cells whose label is known.
 *
 * @param logits float [batch, labels]
 * @param targets float [batch, labels]: 1 positive, 0 negative; anything in unknown cells
 * @param known float [batch, labels]: 1 known, 0 unknown, which then has neither loss nor gradient
 * @param baseRates needed by `weighted` and `normalized`
 */
export function multiLabelLoss(
  logits: Value,
  targets: Value,
  known: Value,
  settings: TrainingLoss,
  baseRates: BaseRates,
): Value {
  const cells = multiply(cellLosses(logits, targets, settings, baseRates), known);
  return divide(reduceSum(cells), maximum(reduceSum(known), 1));
}

/** The loss of each cell, float [batch, labels]; the parameters are those of {@link multiLabelLoss}. */
export function cellLosses(
  logits: Value,
  targets: Value,
  settings: TrainingLoss,
  baseRates: BaseRates,
): Value {
  const { distillation } = settings;
  if (distillation !== undefined) {
    const cells = distilledCrossEntropy(logits, targets, distillation);
    if (settings.kind === 'bce') return cells;
    if (settings.kind !== 'normalized') throw new Error(`${settings.kind} takes no soft targets`);
    return multiply(cells, perLabel(logits, entropyWeights(baseRates)));
  }
  switch (settings.kind) {
    case 'bce':
      return binaryCrossEntropy(logits, targets);
    case 'weighted':
      return weightedCrossEntropy(logits, targets, baseRates);
    case 'normalized':
      return normalizedCrossEntropy(logits, targets, baseRates);
    case 'focal':
      return focalLoss(logits, targets, settings.alpha, settings.gamma);
    case 'asymmetric':
      return asymmetricLoss(logits, targets, settings);
  }
}

/** log(1 + exp(x)) - x y: cross-entropy from logits without overflow. */
function binaryCrossEntropy(logits: Value, targets: Value): Value {
  return subtract(softplus(logits), multiply(logits, targets));
}

/** Cross-entropy whose positive cells count (1 - r) / r times, r being the label's base rate. */
function weightedCrossEntropy(logits: Value, targets: Value, baseRates: BaseRates): Value {
  const extra = baseRates.map((rate) => (1 - rate) / rate - 1);
  const weights = add(multiply(targets, perLabel(logits, extra)), 1);
  return multiply(binaryCrossEntropy(logits, targets), weights);
}

/**
 * Cross-entropy divided by the entropy of the label's base rate, so that rare labels weigh as much as
 * common ones: a model that knows only the base rates has a loss of 1 on every label.
 */
function normalizedCrossEntropy(logits: Value, targets: Value, baseRates: BaseRates): Value {
  const weights = perLabel(logits, entropyWeights(baseRates));
  return multiply(binaryCrossEntropy(logits, targets), weights);
}

/** What the losses of each label's cells are multiplied by in the `normalized` loss. */
export function entropyWeights(baseRates: BaseRates): number[] {
  return baseRates.map((rate) => -1 / (rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate)));
}

/**
 * (1 - h) T^2 H(z / T, q) + h H(z, y), with H(z, t) the cross-entropy of a logit z from a probability t, q the
 * teacher's at temperature T, y the hard label and h its share (Hinton et al. 2015, arXiv 1503.02531). H is linear in
 * its target, so that one number a cell holds both: `targets` are (1 - h) T q + h y.
 */
function distilledCrossEntropy(
  logits: Value,
  targets: Value,
  { temperature, hardShare }: DistillationSettings,
): Value {
  if (temperature === 1) return binaryCrossEntropy(logits, targets);
  const soft = multiply(
    softplus(divide(logits, temperature)),
    (1 - hardShare) * temperature * temperature,
  );
  const hard = multiply(softplus(logits), hardShare);
  return subtract(add(soft, hard), multiply(logits, targets));
}

/**
 * alpha_t (1 - p_t)^gamma (-log p_t), Lin et al. 2017 (arXiv 1708.02002), with p_t the probability given
 * to the true value and alpha_t = alpha for positives, 1 - alpha for negatives. The power is taken as
 * exp(gamma log(1 - p_t)), whose gradient is finite everywhere.
 */
function focalLoss(logits: Value, targets: Value, alpha: number, gamma: number): Value {
  const margins = multiply(logits, subtract(multiply(targets, 2), 1));
  const alphas = add(multiply(targets, 2 * alpha - 1), 1 - alpha);
  const modulation = exp(multiply(logSigmoid(negate(margins)), gamma));
  return multiply(multiply(alphas, modulation), softplus(negate(margins)));
}

/**
 * Asymmetric loss, Ridnik et al. 2021 (arXiv 2009.14119): positives (1 - p)^gammaPositive (-log p),
 * negatives q^gammaNegative (-log(1 - q)) with q = max(p - clip, 0).
 */
function asymmetricLoss(
  logits: Value,
  targets: Value,
  { gammaPositive, gammaNegative, clip }: Extract<LossSettings, { kind: 'asymmetric' }>,
): Value {
  const positives = multiply(
    exp(multiply(logSigmoid(negate(logits)), gammaPositive)),
    softplus(negate(logits)),
  );
  return add(
    multiply(targets, positives),
    multiply(subtract(1, targets), asymmetricNegatives(logits, gammaNegative, clip)),
  );
}

function asymmetricNegatives(logits: Value, gamma: number, clip: number): Value {
  if (clip === 0) {
    return multiply(exp(multiply(logSigmoid(logits), gamma)), softplus(logits));
  }
  const shifted = maximum(subtract(sigmoid(logits), clip), 0);
  const surprise = negate(log(subtract(1, shifted)));
  return gamma === 0 ? surprise : multiply(power(shifted, gamma), surprise);
}

/** One number a label, as a constant of the logits' type. */
function perLabel(logits: Value, numbers: readonly number[]): Value {
  const type = logits.type === 'float64' ? 'float64' : 'float32';
  return logits.graph.constant(tensorOf(type, [numbers.length], numbers));
}
