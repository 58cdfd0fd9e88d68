// The flags of polytag train about judging: by which figure, over how many folds, among how many settings.
import type { SelectionMetric } from '../training/index.js';
import { wholeNumber } from './option-parsers.js';
import { Option } from './typed-commander.js';

const metricNames = [
  'macro-roc-auc',
  'macro-average-precision',
  'macro-f1',
] as const satisfies readonly SelectionMetric[];

export const validationOptions = {
  metric: new Option(
    '--metric <name>',
    'figure on the validation rows that chooses epochs, measurements and settings (default: macro-roc-auc)',
  ).choices(metricNames),
  folds: new Option(
    '--folds <number>',
    'also cross-validate: as many models, 2 to 50, each scoring the rows that it did not see',
  ).argParser(wholeNumber(2, 50)),
  search: new Option(
    '--search <trials>',
    'first try so many settings, 2 to 1000, drawn by the seed; the best train the model',
  ).argParser(wholeNumber(2, 1000)),
};
