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
  /** At these thresholds, without intervals: the rows chose them, so the figures flatter. */
  readonly validation: EvaluationReport;
}

/** @param scores probabilities of the validation rows, in their order */
export async function measureOnValidation(
  { labels, labelNames, validation: rows }: SplitTable,
  scores: ScoreMatrix,
): Promise<ValidationFigures> {
  const truth = gatherLabels(labels, rows);
  const thresholds = chooseThresholds(truth, scores);
  const validation = await evaluate({
    labels: truth,
    scores,
    labelNames,
    thresholds: thresholds.map(({ threshold }) => threshold),
  });
  return { thresholds, validation };
}
