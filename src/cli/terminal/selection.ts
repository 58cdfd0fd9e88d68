// Cross-validation and the search over settings, as a person reads them.
import type { ModelRecord } from '../../classifier/index.js';
import { fitToWidth, printable } from './display-text.js';
import { formatCount } from './quantities.js';
import { emphasize } from './style.js';
import { type Column, formatTable, type TableOptions } from './table.js';

type Folds = NonNullable<ModelRecord['folds']>;
type Figures = Folds['model']['macro'];

/** Label names are cut to so many terminal columns. */
const LONGEST_NAME = 40;

/** Trials that are shown at most. */
const TRIALS_SHOWN = 10;

/** Means and spreads over folds, the baseline's beside them; empty without folds. */
export function formatFolds(folds: Folds | undefined, options: TableOptions): string {
  if (folds === undefined) return '';
  const { count, model, baseline, leftOut } = folds;
  const group = (name: string): Column[] =>
    ['ROC-AUC', 'AP', 'F1'].map((header) => ({ header, align: 'right', group: name }));
  const columns: Column[] = [
    { header: 'label', align: 'left' },
    ...group('model'),
    ...(baseline === null ? [] : group('baseline')),
  ];
  const row = (name: string, figures: Figures, beside: Figures | undefined): string[] => [
    fitToWidth(printable(name), LONGEST_NAME),
    ...cellsOf(figures),
    ...(beside === undefined ? [] : cellsOf(beside)),
  ];
  const rows = [
    ...model.labels.map((label, at) => row(label.label, label, baseline?.labels[at])),
    row('macro', model.macro, baseline?.macro),
  ];
  const scored = formatCount(model.pooled.rows);
  const notes = [
    'F1 is at thresholds that each fold chose on rows apart.',
    ...(leftOut.length === 0
      ? []
      : [
          `Too few rows for ${count} folds, and left out of macro: ${leftOut.map(printable).join(', ')}.`,
        ]),
  ];
  const title = `Mean ± standard deviation over ${count} folds, ${scored} rows, each scored by a model that did not see it`;
  return `${emphasize('bold', title, options.stream)}\n\n${formatTable(columns, rows, options)}\n${notes.join('\n')}\n`;
}

function cellsOf({ rocAuc, averagePrecision, f1 }: Figures): string[] {
  return [rocAuc, averagePrecision, f1].map(({ mean, deviation }) => {
    if (mean === null) return '–';
    return deviation === null ? mean.toFixed(3) : `${mean.toFixed(3)} ±${deviation.toFixed(3)}`;
  });
}

/** The best trials of the last rungs; empty without a search. */
export function formatSearch(
  { search, settings }: Pick<ModelRecord, 'search' | 'settings'>,
  options: TableOptions,
): string {
  if (search === undefined) return '';
  const { drawn, trials, best } = search;
  const columns: Column[] = [
    { header: 'settings', align: 'right' },
    { header: 'budget', align: 'right' },
    { header: 'mode', align: 'left' },
    { header: 'loss', align: 'left' },
    { header: 'head rate', align: 'right' },
    { header: 'epochs', align: 'right' },
    { header: 'tune rate', align: 'right' },
    { header: 'epochs', align: 'right' },
    { header: settings.metric, align: 'right' },
  ];
  const shown = [...trials].sort(
    (left, right) => right.rung - left.rung || (right.figure ?? -1) - (left.figure ?? -1),
  );
  const rows = shown
    .slice(0, TRIALS_SHOWN)
    .map(({ trial, budget, mode, loss, learningRate, epochs, tuning, figure }) => [
      `${trial === best ? '* ' : ''}${trial}`,
      budget.toFixed(2),
      mode,
      loss,
      learningRate.toPrecision(2),
      String(epochs),
      tuning?.learningRate.toPrecision(2) ?? '–',
      tuning === null ? '–' : String(tuning.epochs),
      figure?.toFixed(4) ?? '–',
    ]);
  const title = `Search: settings ${best} of ${drawn} (*) train the model`;
  return `${emphasize('bold', title, options.stream)}\n\n${formatTable(columns, rows, options)}`;
}
