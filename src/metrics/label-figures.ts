// The figures of an evaluation that carry intervals: prepared once, then measured under any weights.
import {
  type Confusion,
  confusionOf,
  sumConfusions,
  WHY_NO_F1,
  WHY_NO_POSITIVES,
  WHY_NONE_PREDICTED,
} from './confusion.js';
import {
  type LabelMatrix,
  labelColumn,
  type LabelCounts,
  type ScoreMatrix,
  scoreColumn,
  whyNothingKnown,
  whyOneClass,
} from './matrix.js';
import { meanOfDefined } from './measure.js';
import {
  type LossSum,
  logLosses,
  type RowLosses,
  squaredErrors,
  sumLosses,
} from './probability-measures.js';
import { countAccepted, type Ranking, rankMatrix, rankRows } from './ranking.js';
import { type RankingFigures, type RowWeights, weighRanking } from './ranking-measures.js';

/** The figures that carry intervals, in the order in which a row of figures holds them. */
export const FIGURES = [
  'rocAuc',
  'averagePrecision',
  'precision',
  'recall',
  'f1',
  'logLoss',
  'brier',
] as const;

/** The name of a figure that carries an interval. */
export type Figure = (typeof FIGURES)[number];

/** One number for each figure, NaN where undefined. */
type FigureValues = Readonly<Record<Figure, number>>;

/** One label, ready to be measured. */
interface PreparedLabel {
  readonly ranking: Ranking;
  /** How many ranks score at least the label's threshold. */
  readonly accepted: number;
  readonly logLosses: RowLosses;
  readonly squaredErrors: RowLosses;
}

/** All labels, ready to be measured alone and together. */
export interface PreparedLabels {
  readonly labels: readonly PreparedLabel[];
  readonly together: Ranking;
}

/** What the figures are made of; sums of it over labels make the micro figures. */
interface LabelSums {
  readonly confusion: Confusion;
  readonly logLoss: LossSum;
  readonly squaredError: LossSum;
}

/**
 * Sorts what needs to be sorted and takes the logarithms.
 * @throws RangeError if a score is not from 0 to 1, shapes differ or a label is not 1, 0 or -1
 */
export function prepareLabels(
  labels: LabelMatrix,
  probabilities: ScoreMatrix,
  thresholds: ArrayLike<number>,
): PreparedLabels {
  const prepared = Array.from({ length: labels.columns }, (_, column) => {
    const values = labelColumn(labels, column);
    const scores = scoreColumn(probabilities, column);
    const ranking = rankRows(values, scores);
    return {
      ranking,
      accepted: countAccepted(ranking, thresholds[column]),
      logLosses: logLosses(values, scores),
      squaredErrors: squaredErrors(values, scores),
    };
  });
  return { labels: prepared, together: rankMatrix(labels, probabilities) };
}

/**
 * All figures, each row counted `weights[row]` times, as `[labels + 2, FIGURES.length]`, row-major,
 * NaN where undefined: a row for each label, then the means over the labels that define them (macro),
 * then those of all cells together (micro).
 */
export function measureLabels(
  { labels, together }: PreparedLabels,
  weights: RowWeights,
): Float64Array {
  const table = new Float64Array((labels.length + 2) * FIGURES.length);
  const rankings = labels.map(({ ranking }) => weighRanking(ranking, weights));
  const sums = labels.map((label, index) => sumLabel(label, rankings[index], weights));
  labels.forEach((_, index) => {
    writeRow(table, index, figureValues(rankings[index], sums[index]));
  });
  for (let figure = 0; figure < FIGURES.length; figure++) {
    const column = labels.map((_, index) => table[index * FIGURES.length + figure]);
    table[labels.length * FIGURES.length + figure] = meanOfDefined(column);
  }
  const micro = figureValues(weighRanking(together, weights), sumOverLabels(sums));
  writeRow(table, labels.length + 1, micro);
  return table;
}

/** Why a figure is undefined, where it is, for rows of such labels. */
export function whyUndefined(figure: Figure, counts: LabelCounts): string {
  switch (figure) {
    case 'rocAuc':
    case 'averagePrecision':
      return whyOneClass(counts);
    case 'precision':
      return WHY_NONE_PREDICTED;
    case 'recall':
      return WHY_NO_POSITIVES;
    case 'f1':
      return WHY_NO_F1;
    case 'logLoss':
    case 'brier':
      return whyNothingKnown(counts);
  }
}

function sumLabel(label: PreparedLabel, known: RankingFigures, weights: RowWeights): LabelSums {
  const { rows, positive } = label.ranking;
  let truePositives = 0;
  let falsePositives = 0;
  for (let rank = 0; rank < label.accepted; rank++) {
    const weight = weights[rows[rank]];
    if (positive[rank] === 1) truePositives += weight;
    else falsePositives += weight;
  }
  return {
    confusion: confusionOf(truePositives, falsePositives, known),
    logLoss: sumLosses(label.logLosses, weights),
    squaredError: sumLosses(label.squaredErrors, weights),
  };
}

function sumOverLabels(sums: readonly LabelSums[]): LabelSums {
  const add = (losses: readonly LossSum[]): LossSum => ({
    sum: losses.reduce((total, { sum }) => total + sum, 0),
    count: losses.reduce((total, { count }) => total + count, 0),
  });
  return {
    confusion: sumConfusions(sums.map(({ confusion }) => confusion)),
    logLoss: add(sums.map(({ logLoss }) => logLoss)),
    squaredError: add(sums.map(({ squaredError }) => squaredError)),
  };
}

function figureValues(
  { rocAuc, averagePrecision }: RankingFigures,
  { confusion, logLoss, squaredError }: LabelSums,
): FigureValues {
  const { truePositives, falsePositives, falseNegatives } = confusion;
  return {
    rocAuc,
    averagePrecision,
    precision: truePositives / (truePositives + falsePositives),
    recall: truePositives / (truePositives + falseNegatives),
    f1: (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
    logLoss: logLoss.sum / logLoss.count,
    brier: squaredError.sum / squaredError.count,
  };
}

function writeRow(table: Float64Array, row: number, values: FigureValues): void {
  FIGURES.forEach((figure, column) => {
    table[row * FIGURES.length + column] = values[figure];
  });
}
