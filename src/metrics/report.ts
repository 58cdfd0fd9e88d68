// What an evaluation says: plain data that JSON keeps as it is.
import type { Interval } from './bootstrap.js';
import type { Figure } from './label-figures.js';
import type { LabelCounts } from './matrix.js';
import type { MacroMeasure, Measure } from './measure.js';

/** A figure, with its interval where one was asked for and the figure is defined. */
export type MeasureWithInterval = Measure & { readonly interval?: Interval };

/** The figures of one label. */
export interface LabelReport extends LabelCounts, Readonly<Record<Figure, MeasureWithInterval>> {
  readonly label: string;
  /** Precision, recall, F1 and Matthews correlation count scores of at least this as predictions. */
  readonly threshold: number;
  readonly matthews: Measure;
  /** Expected calibration error over 15 bins of equal width. */
  readonly calibrationError: Measure;
}

/** Means over the labels for which each figure is defined, every label counting once. */
export interface MacroReport
  extends Readonly<Record<Figure, MacroMeasure & { readonly interval?: Interval }>> {
  readonly matthews: MacroMeasure;
  readonly calibrationError: MacroMeasure;
}

/** Means over rows; a row without a known label is left out. */
export interface RowReport {
  readonly f1: Measure;
  readonly jaccard: Measure;
  readonly subsetAccuracy: Measure;
  /** The one mean over known cells, not rows. */
  readonly hammingLoss: Measure;
  readonly labelRankingAveragePrecision: Measure;
  readonly coverageError: Measure;
  readonly rankingLoss: Measure;
}

/** How the intervals of a report were made. */
interface IntervalRecord {
  readonly resamples: number;
  readonly seed: number;
  /** The share of cases in which an interval is to hold the true value: 0.95. */
  readonly level: number;
}

/** All figures of a classifier on labelled rows. */
export interface EvaluationReport {
  readonly rows: number;
  readonly labels: readonly LabelReport[];
  readonly macro: MacroReport;
  /** All known cells together, labels not told apart. */
  readonly micro: Readonly<Record<Figure, MeasureWithInterval>>;
  /** The mean F1 over labels, weighted by their positive rows. */
  readonly weightedF1: Measure;
  readonly byRow: RowReport;
  /** null where no intervals were asked for. */
  readonly bootstrap: IntervalRecord | null;
}
