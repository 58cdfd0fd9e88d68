// What README.md of a model folder says of cross-validation and of the search over settings.
import type { CrossValidation, SearchOutcome, Spread } from '../training/index.js';
import type { FoldsRecord } from './folds-record.js';
import { foldScoresPath } from './folds-record.js';
import { code } from './model-card-code.js';
import type { ModelRecord } from './model-record.js';

/** Trials that the table shows at most. */
const TRIALS_SHOWN = 30;

/** The sections; none for a model without. */
export function selectionSections({
  folds,
  search,
  settings,
  blend,
}: Omit<ModelRecord, 'files'>): string[] {
  return [
    ...(folds === undefined ? [] : [foldsSection(folds, blend !== undefined)]),
    ...(search === undefined ? [] : [searchSection(search, settings.metric)]),
  ];
}

function foldsSection(
  { count, share, leftOut, model, baseline }: FoldsRecord,
  isBlended: boolean,
): string {
  return [
    `## Cross-validation over ${count} folds`,
    `Each row of the table was scored by a model that saw neither it nor an equal text; ${share} of what its fold left ` +
      "chose that model's epoch and thresholds. Figures are means over the folds, ± their standard deviation. They are of " +
      'the settings and not of this very model, which learnt from more rows. The scores of all rows chose its thresholds' +
      ` (${code(foldScoresPath)}).`,
    foldsTable(model, baseline),
    ...(isBlended ? ['The figures are of model and baseline each alone, not of their blend.'] : []),
    ...(leftOut.length === 0
      ? []
      : [
          `Left out of the macro figures, because some fold has not both classes: ${leftOut.map(code).join(', ')}.`,
        ]),
  ].join('\n\n');
}

function foldsTable(model: CrossValidation, baseline: CrossValidation | null): string {
  const isCompared = baseline !== null;
  const cells = (row: CrossValidation['macro']): string[] =>
    [row.rocAuc, row.averagePrecision, row.f1].map(formatSpread);
  const line = (...all: string[]): string => `| ${all.join(' | ')} |`;
  const figures = ['ROC-AUC', 'average precision', 'F1'];
  const header = [
    'label',
    ...figures,
    ...(isCompared ? figures.map((figure) => `baseline: ${figure}`) : []),
  ];
  return [
    line(...header),
    `|${header.map(() => '---|').join('')}`,
    ...model.labels.map((label, at) =>
      line(code(label.label), ...cells(label), ...(isCompared ? cells(baseline.labels[at]) : [])),
    ),
    line('**macro**', ...cells(model.macro), ...(isCompared ? cells(baseline.macro) : [])),
  ].join('\n');
}

/** Such as `0.957 ± 0.004`. */
function formatSpread({ mean, deviation }: Spread): string {
  if (mean === null) return 'none';
  return deviation === null ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${deviation.toFixed(3)}`;
}

function searchSection({ drawn, trials, best }: SearchOutcome, metric: string): string {
  const shown = [...trials].sort(
    (left, right) => right.rung - left.rung || (right.figure ?? -1) - (left.figure ?? -1),
  );
  const rows = shown
    .slice(0, TRIALS_SHOWN)
    .map(
      ({ trial, budget, mode, loss, learningRate, epochs, tuning, figure }) =>
        `| ${[
          trial === best ? `**${trial}**` : String(trial),
          budget.toFixed(2),
          mode,
          loss,
          `${learningRate.toPrecision(2)} / ${epochs}`,
          tuning === null
            ? ''
            : `${tuning.learningRate.toPrecision(2)} / ${tuning.headLearningRate.toPrecision(2)} / ${tuning.epochs}`,
          figure?.toFixed(4) ?? 'none',
        ].join(' | ')} |`,
    );
  return [
    '## Search',
    `Of ${drawn} settings drawn at random, successive halving chose number ${best} by ${metric} on the validation rows, ` +
      'so that figure flatters more than others.',
    [
      `| settings | budget | mode | loss | head: rate / epochs | fine-tuning: rate / head's rate / epochs | ${metric} |`,
      '|---|---|---|---|---|---|---|',
      ...rows,
    ].join('\n'),
    ...(shown.length > TRIALS_SHOWN
      ? [`${shown.length - TRIALS_SHOWN} trials more are in the record.`]
      : []),
  ].join('\n\n');
}
