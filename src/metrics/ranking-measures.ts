// Measures of how well scores put positive rows before negative ones: ROC-AUC and average precision.
import {
  type LabelMatrix,
  labelColumn,
  type ScoreMatrix,
  type Scores,
  scoreColumn,
  whyOneClass,
} from './matrix.js';
import { type MacroMeasure, type Measure, macroMean, measureOf } from './measure.js';
import { type Ranking, rankMatrix, rankRows } from './ranking.js';

/**
 * How often each row counts, by row: a bootstrap resample is the number of times that each row was
 * drawn.
 */
export type RowWeights = Int32Array;

/** Both measures of a ranking, NaN where undefined, and the weight of its cells of either class. */
export interface RankingFigures {
  readonly rocAuc: number;
  readonly averagePrecision: number;
  readonly positives: number;
  readonly negatives: number;
}

/**
 * ROC-AUC and average precision in one walk down the ranking, each row counted `weights[row]` times.
 * Both are NaN without positive or without negative weight.
 */
export function weighRanking(ranking: Ranking, weights: RowWeights): RankingFigures {
  const { rows, positive, endsTie } = ranking;
  let truePositives = 0;
  let falsePositives = 0;
  let tiePositives = 0;
  let tieNegatives = 0;
  // Twice the number of pairs in order, a tied pair counting half: an integer, so exact below 2^53.
  let orderedPairs = 0;
  let precisionSum = 0;
  for (let rank = 0; rank < rows.length; rank++) {
    const weight = weights[rows[rank]];
    if (positive[rank] === 1) tiePositives += weight;
    else tieNegatives += weight;
    if (endsTie[rank] === 0) continue;
    orderedPairs += tieNegatives * (2 * truePositives + tiePositives);
    truePositives += tiePositives;
    falsePositives += tieNegatives;
    if (tiePositives > 0) {
      precisionSum += tiePositives * (truePositives / (truePositives + falsePositives));
    }
    tiePositives = 0;
    tieNegatives = 0;
  }
  const isOneClass = truePositives === 0 || falsePositives === 0;
  return {
    rocAuc: isOneClass ? NaN : orderedPairs / (2 * truePositives * falsePositives),
    averagePrecision: isOneClass ? NaN : precisionSum / truePositives,
    positives: truePositives,
    negatives: falsePositives,
  };
}

/** Weights that count every row once. */
export function unitWeights(rows: number): RowWeights {
  return new Int32Array(rows).fill(1);
}

/**
 * The area under the receiver operating characteristic: the chance that a positive row scores above
 * a negative one, a tie counting half (T. Fawcett, "An introduction to ROC analysis", 2006).
 *
 * Undefined with one class only. Rows of unknown label are left out.
 *
 * ```ts
 * rocAuc(Int8Array.of(0, 0, 1, 1), Float64Array.of(0.1, 0.4, 0.35, 0.8)); // { value: 0.75 }
 * ```
 * @param labels 1, 0 or -1 (unknown), one a row
 * @param scores one a row, finite or infinite
 * @throws RangeError if lengths differ, a label is not 1, 0 or -1, or a score is NaN
 */
export function rocAuc(labels: Int8Array, scores: Scores): Measure {
  const ranking = rankRows(labels, scores);
  const figures = weighRanking(ranking, unitWeights(ranking.rowCount));
  return measureOf(figures.rocAuc, whyOneClass(ranking));
}

/**
 * Average precision: the mean, over positive rows, of the precision among the rows that score at
 * least as high. It is the area under the precision-recall curve as a step function, not
 * interpolated, as in scikit-learn.
 *
 * Undefined with one class only. Rows of unknown label are left out.
 *
 * ```ts
 * averagePrecision(Int8Array.of(0, 0, 1, 1), Float64Array.of(0.1, 0.4, 0.35, 0.8)); // 0.8333...
 * ```
 * @throws RangeError as {@link rocAuc}
 */
export function averagePrecision(labels: Int8Array, scores: Scores): Measure {
  const ranking = rankRows(labels, scores);
  const figures = weighRanking(ranking, unitWeights(ranking.rowCount));
  return measureOf(figures.averagePrecision, whyOneClass(ranking));
}

/**
 * The mean ROC-AUC over the labels for which it is defined (Kaggle's "mean column-wise ROC AUC").
 * @throws RangeError if shapes differ, a label is not 1, 0 or -1, or a score is NaN
 */
export function macroRocAuc(labels: LabelMatrix, scores: ScoreMatrix): MacroMeasure {
  return macroMean(measureColumns(labels, scores, rocAuc));
}

/** The mean average precision over the labels for which it is defined. */
export function macroAveragePrecision(labels: LabelMatrix, scores: ScoreMatrix): MacroMeasure {
  return macroMean(measureColumns(labels, scores, averagePrecision));
}

/** ROC-AUC over all known cells together, labels not told apart. */
export function microRocAuc(labels: LabelMatrix, scores: ScoreMatrix): Measure {
  const ranking = rankMatrix(labels, scores);
  const figures = weighRanking(ranking, unitWeights(ranking.rowCount));
  return measureOf(figures.rocAuc, whyOneClass(ranking));
}

function measureColumns(
  labels: LabelMatrix,
  scores: ScoreMatrix,
  measure: (labels: Int8Array, scores: Scores) => Measure,
): Measure[] {
  return Array.from({ length: labels.columns }, (_, column) =>
    measure(labelColumn(labels, column), scoreColumn(scores, column)),
  );
}
