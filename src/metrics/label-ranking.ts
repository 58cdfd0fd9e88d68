// Measures of how well scores put a row's true labels before its others, row by row.
import { checkMatrices, type LabelMatrix, type ScoreMatrix, UNKNOWN } from './matrix.js';
import { type Measure, ratioOf } from './measure.js';

/** Three views of one ranking of labels, each the mean over rows that have a known label. */
export interface LabelRankingFigures {
  /**
   * Label ranking average precision (LRAP): the mean, over a row's true labels, of the share of true
   * ones among the labels that score at least as high. 1 for a row whose known labels are all true
   * or all false. 1 is best.
   */
  readonly labelRankingAveragePrecision: Measure;
  /**
   * How many labels, from the highest score down and ties included, it takes to cover all true ones;
   * 0 for a row without any. The mean number of true labels is best.
   */
  readonly coverageError: Measure;
  /**
   * The share of pairs of a true and a false label that are in the wrong order, a tie counting as
   * wrong; 0 for a row without such pairs. 0 is best.
   */
  readonly rankingLoss: Measure;
}

/** The same figures of one row. */
interface RowRanking {
  readonly labelRankingAveragePrecision: number;
  readonly coverageError: number;
  readonly rankingLoss: number;
}

/**
 * Label ranking average precision, coverage error and ranking loss, as in scikit-learn (Tsoumakas,
 * Katakis and Vlahavas, "Mining multi-label data", 2010). Unknown labels are left out of their row's
 * ranking; rows without a known label are left out. Takes time in rows x labels x true labels a row.
 * @throws RangeError if shapes differ, a label is not 1, 0 or -1, or a score is NaN
 */
export function labelRankingFigures(labels: LabelMatrix, scores: ScoreMatrix): LabelRankingFigures {
  checkMatrices(labels, scores);
  const { rows, columns } = labels;
  const sums = { labelRankingAveragePrecision: 0, coverageError: 0, rankingLoss: 0 };
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    const rowLabels = labels.values.subarray(from, from + columns);
    if (rowLabels.every((label) => label === UNKNOWN)) continue;
    const figures = rankRow(rowLabels, scores.values.subarray(from, from + columns));
    sums.labelRankingAveragePrecision += figures.labelRankingAveragePrecision;
    sums.coverageError += figures.coverageError;
    sums.rankingLoss += figures.rankingLoss;
    count++;
  }
  const mean = (sum: number) => ratioOf(sum, count, 'no row with a known label');
  return {
    labelRankingAveragePrecision: mean(sums.labelRankingAveragePrecision),
    coverageError: mean(sums.coverageError),
    rankingLoss: mean(sums.rankingLoss),
  };
}

function rankRow(labels: Int8Array, scores: ArrayLike<number>): RowRanking {
  let trueLabels = 0;
  let falseLabels = 0;
  let precisionSum = 0;
  let wrongPairs = 0;
  let coverage = 0;
  for (let label = 0; label < labels.length; label++) {
    if (labels[label] === 0) falseLabels++;
    if (labels[label] !== 1) continue;
    const above = countAtLeast(labels, scores, scores[label]);
    trueLabels++;
    precisionSum += above.trueLabels / (above.trueLabels + above.falseLabels);
    wrongPairs += above.falseLabels;
    coverage = Math.max(coverage, above.trueLabels + above.falseLabels);
  }
  const hasPairs = trueLabels > 0 && falseLabels > 0;
  return {
    labelRankingAveragePrecision: hasPairs ? precisionSum / trueLabels : 1,
    coverageError: coverage,
    rankingLoss: hasPairs ? wrongPairs / (trueLabels * falseLabels) : 0,
  };
}

/** How many true and false labels score at least `score`. */
function countAtLeast(labels: Int8Array, scores: ArrayLike<number>, score: number) {
  let trueLabels = 0;
  let falseLabels = 0;
  for (let label = 0; label < labels.length; label++) {
    if (labels[label] === UNKNOWN || scores[label] < score) continue;
    if (labels[label] === 1) trueLabels++;
    else falseLabels++;
  }
  return { trueLabels, falseLabels };
}
