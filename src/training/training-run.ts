// A whole training run: tables, split, encodings, head, baseline, thresholds, figures.
import { basename } from 'node:path';
import type { ScoreMatrix } from '../metrics/index.js';
import { trainBaseline } from './baseline.js';
import type { EncodedTable } from './encoded-rows.js';
import { encodeTable } from './encoded-table.js';
import { fitModel, tuningSettingsOf } from './model-fit.js';
import { PhaseClock } from './phase-clock.js';
import { checkServiceRequest } from './service/service-table.js';
import { checkHeadSettings, defaultHeadSettings, type HeadSettings } from './settings.js';
import { readSplitTable, type SplitTable } from './table-split.js';
import type { TrainingOutcome, TrainingRequest, TrainingRows } from './training-outcome.js';
import { measureOnValidation } from './validation-figures.js';

/**
 * Trains a model. What is slow is kept in `request.workFolder` and in the cache of encodings as it is
 * done: a killed run that is asked to resume ends in the same bytes as a straight one.
 *
 * @throws PolytagError for tables, encoders and settings that cannot be used, CHECKPOINT_FOREIGN; the
 *   signal's reason
 */
export async function trainModel(request: TrainingRequest): Promise<TrainingOutcome> {
  checkServiceRequest(request);
  const settings: HeadSettings = { ...defaultHeadSettings, ...request.head };
  checkHeadSettings(settings);
  const clock = new PhaseClock();
  request.onProgress?.({ phase: 'reading', done: 0, total: 1 });
  const table = await clock.time('reading', readSplitTable(request, settings.seed));
  request.onProgress?.({ phase: 'reading', done: 1, total: 1, note: describeTable(table) });
  for (const warning of table.warnings) request.onWarning?.(warning);

  const encoded = await clock.time('encoding', encodeTable(request, table.texts));
  const model = await fitModel(
    request,
    { ...table, held: new Int32Array(0) },
    encoded,
    {
      head: settings,
      tuning: tuningSettingsOf(request),
      workFolder: request.workFolder,
      resume: request.resume ?? false,
      keepFeatures: false,
    },
    (phase, work) => clock.time(phase, work),
  );
  const baseline =
    request.baseline === false
      ? undefined
      : await clock.time('baseline', trainBaseline(request, table, settings.seed));
  request.onProgress?.({ phase: 'evaluating', done: 0, total: 1 });
  const logits = model.validationLogits;
  const scores: ScoreMatrix = {
    rows: table.validation.length,
    columns: table.labelNames.length,
    values: logits.map((logit) => 1 / (1 + Math.exp(-logit))),
  };
  const figures = await clock.time('evaluating', measureOnValidation(table, scores));
  request.onProgress?.({ phase: 'evaluating', done: 1, total: 1 });
  return {
    labelNames: table.labelNames,
    ...encoded.made,
    settings,
    head: model.head,
    ...figures,
    rows: describeRows(request, table, encoded),
    history: model.first.history,
    bestEpoch: model.first.best.epoch,
    tuning: model.tuning,
    ...(baseline === undefined ? {} : { baseline }),
    seconds: clock.seconds,
  };
}

function describeTable({ labelNames, train, validation }: SplitTable): string {
  return `${train.length} rows to learn from, ${validation.length} to validate, labels ${labelNames.join(', ')}`;
}

function describeRows(
  { table: path }: TrainingRequest,
  { textColumn, dataSha256, train, validation, validationFrom }: SplitTable,
  { truncated }: EncodedTable,
): TrainingRows {
  return {
    table: basename(path),
    dataSha256,
    textColumn,
    train: train.length,
    validation: validation.length,
    validationFrom,
    truncated,
  };
}
