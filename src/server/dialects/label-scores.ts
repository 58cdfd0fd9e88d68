// What a classifier says of a text, as the dialects that list labels write it.
import type { TextScore } from '../scoring/served-model.js';

export interface LabelScore {
  readonly label: string;
  readonly score: number;
}

/** What is done to logits before they are shown. */
export const activations = ['sigmoid', 'softmax', 'none'] as const;
export type Activation = (typeof activations)[number];

function softmax(logits: Float32Array): Float64Array {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** [labels]: `sigmoid` the model's own scores, `softmax` shares that add up to 1, `none` its logits. */
export function activate(text: TextScore, activation: Activation): ArrayLike<number> {
  if (activation === 'softmax') return softmax(text.logits);
  return activation === 'none' ? text.logits : text.scores;
}

/**
 * Labels with their values, the highest first; equal ones in the order of the labels.
 * @param most how many of them at most
 */
export function rankLabels(
  labels: readonly string[],
  values: ArrayLike<number>,
  most: number = labels.length,
): LabelScore[] {
  return labels
    .map((label, index) => ({ label, score: values[index] }))
    .sort((first, second) => second.score - first.score)
    .slice(0, most);
}

/** Scores by label. A label may have any name, also that of a member which all objects have. */
export function scoresByLabel(
  labels: readonly string[],
  values: ArrayLike<number>,
): Record<string, number> {
  return Object.fromEntries(labels.map((label, index) => [label, values[index]]));
}
