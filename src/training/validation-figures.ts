// Thresholds chosen on the validation rows, and the figures there.
import {
  chooseThresholds,
  evaluate,
  type ScoreMatrix,
  type ThresholdChoice,
} from '../metrics/index.js';
import type { EvaluationReport } from '../metrics/index.js';
import type { SplitTable } from './table-split.js';
import { gatherLabels } from './training-labels.js';

/** What scores come to on the rows that chose the thresholds. */
export interface ValidationFigures {
  /** One a label, for the best F1. */
  readonly thresholds: readonly ThresholdChoice[];
  /** At these thresholds, without intervals: the rows chose them or the epoch, so the figures flatter. */
  readonly validation: EvaluationReport;
}

/** Probabilities from logits [rows, labels]. */
export function scoresOf(
  logits: Float32Array,
  columns: number,
): ScoreMatrix & { readonly values: Float32Array } {
  const values = logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  return { rows: logits.length / columns, columns, values };
}

/**
 * @param scores probabilities of the validation rows, in their order
 * @param chosen thresholds that other rows have chosen; default: these rows choose
 */
export async function measureOnValidation(
  { labels, labelNames, validation: rows }: SplitTable,
  scores: ScoreMatrix,
  chosen?: readonly ThresholdChoice[],
): Promise<ValidationFigures> {
  const truth = gatherLabels(labels, rows);
  const thresholds = chosen ?? chooseThresholds(truth, scores);
  const validation = await evaluate({
    labels: truth,
    scores,
    labelNames,
    thresholds: thresholds.map(({ threshold }) => threshold),
  });
  return { thresholds, validation };
}
