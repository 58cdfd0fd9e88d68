// Tells a report of figures, as the metrics write it, from any other JSON.
import type { EvaluationReport } from '../metrics/index.js';

type Fields = Readonly<Record<string, unknown>>;

const figures = ['rocAuc', 'averagePrecision', 'precision', 'recall', 'f1', 'logLoss', 'brier'];
const labelFigures = [...figures, 'matthews', 'calibrationError'];
const rowFigures = [
  'f1',
  'jaccard',
  'subsetAccuracy',
  'hammingLoss',
  'labelRankingAveragePrecision',
  'coverageError',
  'rankingLoss',
];

/** Whether `value` is a report on `labels`, every figure a number or null. */
export function isEvaluationReport(
  value: unknown,
  labels: readonly string[],
): value is EvaluationReport {
  if (!isFields(value) || !isCount(value.rows)) return false;
  const { labels: reports, macro, micro, byRow, weightedF1 } = value;
  return (
    Array.isArray(reports) &&
    reports.length === labels.length &&
    reports.every((report, column) => isLabelReport(report, labels[column])) &&
    hasMeasures(macro, labelFigures) &&
    labelFigures.every((figure) => isMacroMeasure(macro[figure])) &&
    hasMeasures(micro, figures) &&
    hasMeasures(byRow, rowFigures) &&
    isMeasure(weightedF1) &&
    (value.bootstrap === null || isFields(value.bootstrap))
  );
}

function isLabelReport(report: unknown, label: string): boolean {
  return (
    hasMeasures(report, labelFigures) &&
    report.label === label &&
    typeof report.threshold === 'number' &&
    [report.positives, report.negatives, report.unknown].every(isCount)
  );
}

function isMacroMeasure(value: unknown): boolean {
  return isFields(value) && isCount(value.labels) && isCount(value.of);
}

function hasMeasures(value: unknown, names: readonly string[]): value is Fields {
  return isFields(value) && names.every((name) => isMeasure(value[name]));
}

function isMeasure(value: unknown): boolean {
  if (!isFields(value)) return false;
  const isFigure = typeof value.value === 'number';
  return isFigure || (value.value === null && typeof value.reason === 'string');
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
