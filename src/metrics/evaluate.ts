// Evaluating a classifier on labelled rows: every figure, with the reason where there is none.
import {
  type BootstrapOptions,
  bootstrap,
  INTERVAL_LEVEL,
  type Interval,
  percentileInterval,
} from './bootstrap.js';
import { confusionAt, matthewsCorrelation, weightedF1 } from './confusion.js';
import {
  FIGURES,
  type Figure,
  measureLabels,
  prepareLabels,
  whyUndefined,
} from './label-figures.js';
import { labelRankingFigures } from './label-ranking.js';
import {
  compareRows,
  f1BySample,
  hammingLoss,
  jaccardBySample,
  subsetAccuracy,
} from './label-sets.js';
import {
  checkMatrices,
  countLabels,
  type LabelCounts,
  type LabelMatrix,
  labelColumn,
  type ScoreMatrix,
  scoreColumn,
} from './matrix.js';
import { type MacroMeasure, type Measure, macroMean, measureOf } from './measure.js';
import { calibrationError } from './probability-measures.js';
import { unitWeights } from './ranking-measures.js';
import type {
  EvaluationReport,
  LabelReport,
  MacroReport,
  MeasureWithInterval,
  RowReport,
} from './report.js';

/** What is evaluated. */
export interface Evaluated {
  readonly labels: LabelMatrix;
  /** Probabilities, from 0 to 1. */
  readonly scores: ScoreMatrix;
  /** One a column. */
  readonly labelNames: readonly string[];
  /** One a column: scores of at least this are predictions of the label. */
  readonly thresholds: ArrayLike<number>;
  /** For 95 % intervals; without it there are none. */
  readonly bootstrap?: BootstrapOptions | undefined;
}

/**
 * A label's percentile intervals come out too narrow with few rows of either class (with one
 * positive row they hold the true AUC one time in ten, with ten 80 to 90 times in 100), so below
 * this number there are none.
 */
const ROWS_FOR_INTERVAL = 10;

/** The figures as measured, `[labels + 2, FIGURES.length]`, and in each resample, if any. */
interface Measured {
  readonly values: Float64Array;
  readonly resampled: readonly Float64Array[];
}

/**
 * Measures probabilities against labels: per label, macro, micro and by row. Figures that are
 * undefined say why. Cells of unknown label are left out throughout.
 *
 * Intervals take time in proportion to cells x resamples; the thread gives way to other work
 * meanwhile.
 * @throws RangeError if shapes differ, a label is not 1, 0 or -1, a score is not from 0 to 1, or the
 *   bootstrap options are out of range
 */
export async function evaluate(evaluated: Evaluated): Promise<EvaluationReport> {
  const { labels, scores, labelNames, thresholds, bootstrap: options } = evaluated;
  checkMatrices(labels, scores);
  if (labelNames.length !== labels.columns || thresholds.length !== labels.columns) {
    throw new RangeError(
      `${labelNames.length} names and ${thresholds.length} thresholds for ${labels.columns} labels`,
    );
  }
  const prepared = prepareLabels(labels, scores, thresholds);
  const measure = (weights: Int32Array) => measureLabels(prepared, weights);
  const measured = {
    values: measure(unitWeights(labels.rows)),
    resampled: options === undefined ? [] : await bootstrap(labels.rows, measure, options),
  };
  const reports = labelNames.map((_, column) => reportLabel(evaluated, measured, column));
  const confusions = reports.map(({ confusion }) => confusion);
  const together = countLabels(labels.values);
  return {
    rows: labels.rows,
    labels: reports.map(({ report }) => report),
    macro: reportMacro(
      reports.map(({ report }) => report),
      measured,
    ),
    micro: figureRow(measured, labels.columns + 1, together),
    weightedF1: weightedF1(confusions),
    byRow: reportRows(evaluated),
    bootstrap:
      options === undefined
        ? null
        : { resamples: options.resamples, seed: options.seed, level: INTERVAL_LEVEL },
  };
}

function reportLabel(evaluated: Evaluated, measured: Measured, column: number) {
  const values = labelColumn(evaluated.labels, column);
  const scores = scoreColumn(evaluated.scores, column);
  const threshold = evaluated.thresholds[column];
  const counts = countLabels(values);
  const confusion = confusionAt(values, scores, threshold);
  const report: LabelReport = {
    label: evaluated.labelNames[column],
    ...counts,
    threshold,
    ...figureRow(measured, column, counts),
    matthews: matthewsCorrelation(confusion),
    calibrationError: calibrationError(values, scores),
  };
  return { report, confusion };
}

function reportMacro(labels: readonly LabelReport[], measured: Measured): MacroReport {
  const mean = (figure: Figure): MacroMeasure & MeasureWithInterval => {
    const without = labels.filter(
      (label) => label[figure].value !== null && whyNoInterval(label) !== null,
    );
    const why = without.length === 0 ? null : whyNoMacroInterval(without.length, labels.length);
    const measure = macroMean(labels.map((label) => label[figure]));
    return withInterval(measure, resamplesAt(measured, labels.length, figure), why);
  };
  return {
    ...forEachFigure(mean),
    matthews: macroMean(labels.map(({ matthews }) => matthews)),
    calibrationError: macroMean(labels.map((label) => label.calibrationError)),
  };
}

function reportRows({ labels, scores, thresholds }: Evaluated): RowReport {
  const agreement = compareRows(labels, scores, thresholds);
  return {
    f1: f1BySample(agreement),
    jaccard: jaccardBySample(agreement),
    subsetAccuracy: subsetAccuracy(agreement),
    hammingLoss: hammingLoss(agreement),
    ...labelRankingFigures(labels, scores),
  };
}

/** One row of the table of figures, for cells of such labels. */
function figureRow(
  measured: Measured,
  row: number,
  counts: LabelCounts,
): Record<Figure, MeasureWithInterval> {
  return forEachFigure((figure) => {
    const value = measured.values[row * FIGURES.length + FIGURES.indexOf(figure)];
    return withInterval(
      measureOf(value, whyUndefined(figure, counts)),
      resamplesAt(measured, row, figure),
      whyNoInterval(counts),
    );
  });
}

function forEachFigure<Made>(make: (figure: Figure) => Made): Record<Figure, Made> {
  return {
    rocAuc: make('rocAuc'),
    averagePrecision: make('averagePrecision'),
    precision: make('precision'),
    recall: make('recall'),
    f1: make('f1'),
    logLoss: make('logLoss'),
    brier: make('brier'),
  };
}

function resamplesAt(
  { resampled }: Measured,
  row: number,
  figure: Figure,
): Float64Array | undefined {
  return resampled.at(row * FIGURES.length + FIGURES.indexOf(figure));
}

function withInterval<Kind extends Measure>(
  measure: Kind,
  resamples: Float64Array | undefined,
  whyNone: string | null,
): Kind & { readonly interval?: Interval } {
  if (resamples === undefined || measure.value === null) return measure;
  const interval =
    whyNone === null ? percentileInterval(resamples) : { low: null, high: null, reason: whyNone };
  return { ...measure, interval };
}

function whyNoInterval({ positives, negatives }: LabelCounts): string | null {
  const few = Math.min(positives, negatives);
  if (few >= ROWS_FOR_INTERVAL) return null;
  const kind = few === positives ? 'positive' : 'negative';
  return `only ${few} ${kind} row${few === 1 ? '' : 's'}; an interval needs ${ROWS_FOR_INTERVAL}`;
}

function whyNoMacroInterval(without: number, labels: number): string {
  return `${without} of ${labels} labels ${without === 1 ? 'has' : 'have'} too few rows of a class`;
}
