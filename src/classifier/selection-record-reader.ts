// Reads what polytag.json says of cross-validation and of the search over settings.
import {
  type CrossValidation,
  type FoldFigure,
  lossKinds,
  type SearchOutcome,
  type Spread,
} from '../training/index.js';
import { isEvaluationReport } from './evaluation-report-check.js';
import type { FoldsRecord } from './folds-record.js';
import type { RecordReader } from './record-reader.js';

/** @param record the reader of the whole file; most say nothing of folds */
export function readFolds(
  record: RecordReader,
  labels: readonly string[],
): FoldsRecord | undefined {
  if (record.value('folds') === undefined) return undefined;
  const folds = record.object('folds');
  return {
    count: folds.count('count', 2),
    share: folds.number('share', 0, 1),
    leftOut: folds.texts('leftOut'),
    model: readCrossValidation(folds.object('model'), labels),
    baseline:
      folds.value('baseline') === null
        ? null
        : readCrossValidation(folds.object('baseline'), labels),
  };
}

/** @param record the reader of the whole file; most say nothing of a search */
export function readSearch(record: RecordReader): SearchOutcome | undefined {
  if (record.value('search') === undefined) return undefined;
  const search = record.object('search');
  return {
    drawn: search.count('drawn', 1),
    trials: search.objects('trials').map(readTrial),
    best: search.count('best', 1),
  };
}

function readTrial(trial: RecordReader): SearchOutcome['trials'][number] {
  const tuning = trial.value('tuning') === null ? undefined : trial.object('tuning');
  return {
    trial: trial.count('trial', 1),
    rung: trial.count('rung', 1),
    budget: trial.number('budget', 0, 1),
    mode: trial.text('mode'),
    loss: trial.choice('loss', lossKinds),
    learningRate: trial.number('learningRate', 0),
    epochs: trial.number('epochs', 0),
    tuning:
      tuning === undefined
        ? null
        : {
            learningRate: tuning.number('learningRate', 0),
            headLearningRate: tuning.number('headLearningRate', 0),
            epochs: tuning.number('epochs', 0),
          },
    figure: readFigure(trial, 'figure'),
  };
}

function readCrossValidation(reader: RecordReader, labels: readonly string[]): CrossValidation {
  const pooled: unknown = reader.value('pooled');
  if (!isEvaluationReport(pooled, labels)) {
    throw reader.problem('pooled', 'a report with all figures of all labels');
  }
  const spreads = reader.objects('labels').map((label) => ({
    label: label.text('label'),
    ...forEachFigure((figure) => readSpread(label.object(figure))),
  }));
  if (spreads.length !== labels.length || spreads.some(({ label }, at) => label !== labels[at])) {
    throw reader.problem('labels', `${labels.length} labels, those of the model`);
  }
  const macro = reader.object('macro');
  return {
    folds: reader.objects('folds').map((fold) => ({
      rows: fold.count('rows'),
      ...forEachFigure((figure) => readFigure(fold, figure)),
    })),
    macro: forEachFigure((figure) => readSpread(macro.object(figure))),
    labels: spreads,
    pooled,
  };
}

function readSpread(spread: RecordReader): Spread {
  return {
    mean: readFigure(spread, 'mean'),
    deviation: readFigure(spread, 'deviation'),
    folds: spread.count('folds'),
  };
}

function readFigure(reader: RecordReader, key: string): number | null {
  return reader.value(key) === null ? null : reader.number(key, 0, 1);
}

function forEachFigure<Read>(read: (figure: FoldFigure) => Read): Record<FoldFigure, Read> {
  return { rocAuc: read('rocAuc'), averagePrecision: read('averagePrecision'), f1: read('f1') };
}
