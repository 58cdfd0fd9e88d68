// Figures on labels and scores: pure functions on typed arrays.
export type { Interval } from './bootstrap.js';
export { evaluate } from './evaluate.js';
export type { LabelMatrix, ScoreMatrix } from './matrix.js';
export type { Measure } from './measure.js';
export { macroAveragePrecision, macroRocAuc } from './ranking-measures.js';
export type { EvaluationReport, LabelReport, MeasureWithInterval } from './report.js';
export { chooseThresholds, type ThresholdChoice } from './thresholds.js';
