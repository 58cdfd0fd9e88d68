// The figure on validation rows by which epochs, validations and trials are judged.
import {
  chooseThresholds,
  type LabelMatrix,
  macroAveragePrecision,
  macroRocAuc,
  type ScoreMatrix,
} from '../metrics/index.js';

/** The names of the figures, all of them means over the labels that have both classes. */
export const selectionMetrics = ['macro-roc-auc', 'macro-average-precision', 'macro-f1'] as const;

/** `macro-f1` takes each label's best F1 over all thresholds, which the same rows choose. */
export type SelectionMetric = (typeof selectionMetrics)[number];

/** What some weights come to on the validation rows; part of what is kept of each measurement. */
export interface ValidationMeasures {
  /** Macro ROC-AUC over the validation rows; null where no label has both classes there. */
  readonly validationRocAuc: number | null;
  /** The figure that was judged by; missing where that is the ROC-AUC. */
  readonly validationFigure?: number | null | undefined;
}

/** What each figure is called in a line of progress. */
const shortNames: Readonly<Record<SelectionMetric, string>> = {
  'macro-roc-auc': 'macro AUC',
  'macro-average-precision': 'macro AP',
  'macro-f1': 'macro F1',
};

/**
 * Measures scores of the validation rows, logits or probabilities.
 *
 * @param labels the validation rows' labels
 */
export function measureSelection(
  metric: SelectionMetric,
  labels: LabelMatrix,
  scores: ScoreMatrix,
): ValidationMeasures {
  const validationRocAuc = macroRocAuc(labels, scores).value;
  switch (metric) {
    case 'macro-roc-auc':
      return { validationRocAuc };
    case 'macro-average-precision':
      return { validationRocAuc, validationFigure: macroAveragePrecision(labels, scores).value };
    case 'macro-f1':
      return { validationRocAuc, validationFigure: bestMacroF1(labels, scores) };
  }
}

/** The figure that a measurement is judged by. */
export function judgedFigure({
  validationRocAuc,
  validationFigure,
}: ValidationMeasures): number | null {
  return validationFigure === undefined ? validationRocAuc : validationFigure;
}

/**
 * The measurement with the highest figure, the earliest of equals; the last one where none has a figure.
 *
 * @param history at least one
 */
export function bestMeasured<Measured extends ValidationMeasures>(
  history: readonly Measured[],
): Measured {
  return history.reduce((best, record) => {
    const figure = judgedFigure(record);
    const highest = judgedFigure(best);
    const neitherKnown = figure === null && highest === null;
    return (figure ?? -1) > (highest ?? -1) || neitherKnown ? record : best;
  });
}

/** Such as `validation macro AUC 0.9712`. */
export function describeMeasured(metric: SelectionMetric, measured: ValidationMeasures): string {
  const figure = judgedFigure(measured)?.toFixed(4) ?? 'undefined';
  return `validation ${shortNames[metric]} ${figure}`;
}

/** Whether a parsed value has the measures of a measurement. */
export function hasMeasures(value: object): value is ValidationMeasures {
  const { validationRocAuc, validationFigure } = value as Partial<
    Record<keyof ValidationMeasures, unknown>
  >;
  const isFigure = (figure: unknown): boolean => typeof figure === 'number' || figure === null;
  return (
    isFigure(validationRocAuc) && (validationFigure === undefined || isFigure(validationFigure))
  );
}

function bestMacroF1(labels: LabelMatrix, scores: ScoreMatrix): number | null {
  const choices = chooseThresholds(labels, scores);
  const figures = choices.flatMap((choice) => (choice.chosen ? [choice.f1] : []));
  if (figures.length === 0) return null;
  return figures.reduce((sum, f1) => sum + f1, 0) / figures.length;
}
