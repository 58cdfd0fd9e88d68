// Measures of yes-or-no predictions: precision, recall, F1, Matthews correlation and F1's averages.
import { checkCells, type LabelCounts, type Scores } from './matrix.js';
import { type MacroMeasure, type Measure, macroMean, ratioOf } from './measure.js';

/** Known rows by label and prediction. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** Why a measure is undefined that needs predicted rows. */
export const WHY_NONE_PREDICTED = 'no row is predicted to be positive';
/** Why recall is undefined. */
export const WHY_NO_POSITIVES = 'no positive rows';
/** Why F1 is undefined. */
export const WHY_NO_F1 = 'no positive rows, and none predicted';

/**
 * Counts the rows of one label by label and prediction; a row is predicted to be positive where its
 * score is at least `threshold`. Rows of unknown label are left out.
 * @throws RangeError if lengths differ, a label is not 1, 0 or -1, or a score is NaN
 */
export function confusionAt(labels: Int8Array, scores: Scores, threshold: number): Confusion {
  checkCells(labels, scores);
  // [label][prediction]
  const counts = [
    [0, 0],
    [0, 0],
  ];
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] >= 0) counts[labels[row]][scores[row] >= threshold ? 1 : 0]++;
  }
  const [[trueNegatives, falsePositives], [falseNegatives, truePositives]] = counts;
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/** The confusion of `truePositives` and `falsePositives` among rows of which `counts` are known. */
export function confusionOf(
  truePositives: number,
  falsePositives: number,
  { positives, negatives }: Omit<LabelCounts, 'unknown'>,
): Confusion {
  return {
    truePositives,
    falsePositives,
    falseNegatives: positives - truePositives,
    trueNegatives: negatives - falsePositives,
  };
}

/** The counts of several labels together. */
export function sumConfusions(confusions: readonly Confusion[]): Confusion {
  const sum = (count: (confusion: Confusion) => number) =>
    confusions.reduce((total, confusion) => total + count(confusion), 0);
  return {
    truePositives: sum((confusion) => confusion.truePositives),
    falsePositives: sum((confusion) => confusion.falsePositives),
    falseNegatives: sum((confusion) => confusion.falseNegatives),
    trueNegatives: sum((confusion) => confusion.trueNegatives),
  };
}

/** The share of rows predicted to be positive that are; undefined where none is predicted. */
export function precision({ truePositives, falsePositives }: Confusion): Measure {
  return ratioOf(truePositives, truePositives + falsePositives, WHY_NONE_PREDICTED);
}

/** The share of positive rows that are predicted to be; undefined without positive rows. */
export function recall({ truePositives, falseNegatives }: Confusion): Measure {
  return ratioOf(truePositives, truePositives + falseNegatives, WHY_NO_POSITIVES);
}

/**
 * The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN). Undefined only where there is
 * neither a positive nor a predicted row; 0 where rows are predicted but none is positive.
 */
export function f1({ truePositives, falsePositives, falseNegatives }: Confusion): Measure {
  return ratioOf(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives, WHY_NO_F1);
}

/**
 * The Matthews correlation coefficient, from -1 to 1: the correlation of label and prediction
 * (B. W. Matthews, 1975). Undefined where labels or predictions are all alike.
 */
export function matthewsCorrelation(confusion: Confusion): Measure {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = confusion;
  const spread =
    Math.sqrt(truePositives + falsePositives) *
    Math.sqrt(truePositives + falseNegatives) *
    Math.sqrt(trueNegatives + falsePositives) *
    Math.sqrt(trueNegatives + falseNegatives);
  const covariance = truePositives * trueNegatives - falsePositives * falseNegatives;
  return ratioOf(covariance, spread, 'labels or predictions are all alike');
}

/** F1 of all cells together (micro). */
export function microF1(confusions: readonly Confusion[]): Measure {
  return f1(sumConfusions(confusions));
}

/** The mean F1 over the labels for which it is defined (macro). */
export function macroF1(confusions: readonly Confusion[]): MacroMeasure {
  return macroMean(confusions.map(f1));
}

/** The mean F1 over labels, each weighted by its positive rows; undefined without any. */
export function weightedF1(confusions: readonly Confusion[]): Measure {
  let sum = 0;
  let positives = 0;
  for (const confusion of confusions) {
    const support = confusion.truePositives + confusion.falseNegatives;
    sum += support * (f1(confusion).value ?? 0);
    positives += support;
  }
  return ratioOf(sum, positives, WHY_NO_POSITIVES);
}
