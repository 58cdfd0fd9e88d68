// What cross-validation comes to: each figure's mean and spread over folds, and the figures of all rows together.
import {
  evaluate,
  type EvaluationReport,
  type LabelMatrix,
  type ScoreMatrix,
  type ThresholdChoice,
} from '../../metrics/index.js';
import { gatherLabels } from '../training-labels.js';
import type { FoldPlan } from './fold-split.js';
import type { CrossValidation, FoldFigure, Spread } from './folds-outcome.js';

/** What is measured. */
export interface ScoredFolds {
  readonly plan: FoldPlan;
  /** Of all rows of the table itself. */
  readonly labels: LabelMatrix;
  readonly labelNames: readonly string[];
  /** Probabilities, out of fold. */
  readonly scores: ScoreMatrix;
  /** [folds][labels], chosen by each fold's validation rows. */
  readonly foldThresholds: readonly (readonly number[])[];
  /** Chosen on all rows. */
  readonly thresholds: readonly ThresholdChoice[];
  readonly signal?: AbortSignal | undefined;
}

/** For the intervals of the figures of all rows. */
const bootstrap = { resamples: 1000, seed: 1 };

/** Measures every fold, and all together. */
export async function measureFolds(scored: ScoredFolds): Promise<CrossValidation> {
  const { plan, labels, labelNames, scores, foldThresholds, thresholds, signal } = scored;
  const reports: EvaluationReport[] = [];
  for (const [fold, { held }] of plan.splits.entries()) {
    reports.push(
      await evaluate({
        labels: gatherLabels(labels, held),
        scores: gatherScores(scores, held),
        labelNames,
        thresholds: foldThresholds[fold],
      }),
    );
  }
  const folds = reports.map((report) => ({ rows: report.rows, ...macroOf(report, plan) }));
  const pooled = await evaluate({
    labels: hideIncomplete(labels, plan),
    scores,
    labelNames,
    thresholds: thresholds.map(({ threshold }) => threshold),
    bootstrap: { ...bootstrap, signal },
  });
  return {
    folds,
    macro: forEachFigure((figure) => spreadOf(folds.map((fold) => fold[figure]))),
    labels: labelNames.map((label, column) => ({
      label,
      ...forEachFigure((figure) =>
        spreadOf(reports.map((report) => report.labels[column][figure].value)),
      ),
    })),
    pooled,
  };
}

/** Mean and standard deviation of the values there are. */
export function spreadOf(values: readonly (number | null)[]): Spread {
  const known = values.filter((value) => value !== null);
  const folds = known.length;
  if (folds === 0) return { mean: null, deviation: null, folds };
  const mean = known.reduce((sum, value) => sum + value, 0) / folds;
  if (folds === 1) return { mean, deviation: null, folds };
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (folds - 1)), folds };
}

/** Rows of a matrix of scores, in the order given. */
function gatherScores({ columns, values }: ScoreMatrix, rows: Int32Array): ScoreMatrix {
  const gathered = new Float32Array(rows.length * columns);
  rows.forEach((row, place) => {
    for (let column = 0; column < columns; column += 1) {
      gathered[place * columns + column] = values[row * columns + column];
    }
  });
  return { rows: rows.length, columns, values: gathered };
}

function macroOf(
  { labels }: EvaluationReport,
  { isComplete }: FoldPlan,
): Record<FoldFigure, number | null> {
  const counted = labels.filter((_, column) => isComplete[column]);
  return forEachFigure((figure) => spreadOf(counted.map((label) => label[figure].value)).mean);
}

/** The labels with those unknown that some fold does not hold both classes of. */
function hideIncomplete(labels: LabelMatrix, { isComplete }: FoldPlan): LabelMatrix {
  const values = labels.values.map((value, at) => (isComplete[at % labels.columns] ? value : -1));
  return { ...labels, values };
}

function forEachFigure<Made>(make: (figure: FoldFigure) => Made): Record<FoldFigure, Made> {
  return { rocAuc: make('rocAuc'), averagePrecision: make('averagePrecision'), f1: make('f1') };
}
