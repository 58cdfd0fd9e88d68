// A whole training run: tables, split, encodings, head, baseline, thresholds, figures.
import { basename, join } from 'node:path';
import type { ScoreMatrix } from '../metrics/index.js';
import { probeMachine } from '../runtime/index.js';
import { trainBaseline } from './baseline.js';
import type { Fingerprint } from './checkpoint.js';
import type { EncodedTable } from './encoded-rows.js';
import { encodeTable } from './encoded-table.js';
import { type TrainedHead, trainHead } from './head-trainer.js';
import { PhaseClock } from './phase-clock.js';
import { checkServiceRequest } from './service/service-table.js';
import { checkHeadSettings, defaultHeadSettings, type HeadSettings } from './settings.js';
import {
  foldHead,
  measureStandardization,
  type Standardization,
  standardizeRows,
} from './standardization.js';
import { readSplitTable, type SplitTable } from './table-split.js';
import type {
  TrainingOutcome,
  TrainingRequest,
  TrainingRows,
  TuningOutcome,
} from './training-outcome.js';
import { tuneTable } from './tuning/tuning-run.js';
import { defaultTuningSettings } from './tuning/tuning-settings.js';
import { measureOnValidation } from './validation-figures.js';

/** Changes when the same data and settings give another model than before. */
const TRAINING_VERSION = 1;

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
  const first = await clock.time('training', trainTableHead(request, table, encoded, settings));
  const model = await clock.time('tuning', tuneFurther(request, table, encoded, first, settings));
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
    history: first.head.history,
    bestEpoch: first.head.best.epoch,
    tuning: model.tuning,
    ...(baseline === undefined ? {} : { baseline }),
    seconds: clock.seconds,
  };
}

/** A head for standardised features. */
interface FirstHead {
  readonly head: TrainedHead;
  readonly standardization: Standardization | undefined;
}

async function trainTableHead(
  { workFolder, resume = false, signal, onProgress }: TrainingRequest,
  table: SplitTable,
  { features, width, made }: EncodedTable,
  settings: HeadSettings,
): Promise<FirstHead> {
  const { labels, train, validation } = table;
  const standardization = settings.standardize
    ? measureStandardization(features, width, train)
    : undefined;
  if (standardization !== undefined) standardizeRows(features, standardization);
  const checkpoint = {
    path: join(workFolder, 'head.safetensors'),
    fingerprint: fingerprintOf(table, made.encoder.contentKey, settings),
    resume,
  };
  const head = await trainHead({ features, width, labels, train, validation }, settings, {
    checkpoint,
    // Not the number of workers: how a sum is split among threads must not change with a flag.
    threads: probeMachine().defaultWorkers,
    signal,
    onProgress,
  });
  return { head, standardization };
}

/** What a run ends with: head and validation logits, and what became of the encoder. */
interface FinalModel extends Pick<TrainingOutcome, 'head'> {
  readonly validationLogits: Float32Array;
  readonly tuning: TuningOutcome | undefined;
}

/** Fine-tunes the encoder together with its head, if that is asked for. */
async function tuneFurther(
  request: TrainingRequest,
  { texts, labels, train, validation, ...table }: SplitTable,
  { made }: EncodedTable,
  { head, standardization }: FirstHead,
  headSettings: HeadSettings,
): Promise<FinalModel> {
  const { tuning, workFolder, resume = false, workers, signal, onProgress } = request;
  if (tuning === undefined || made.encoder.service !== undefined || made.maxLength === null) {
    const layers =
      standardization === undefined ? head.layers : foldHead(head.layers, standardization);
    return { head: layers, validationLogits: head.validationLogits, tuning: undefined };
  }
  const settings = { ...defaultTuningSettings(tuning.mode), ...tuning };
  const { folder, contentKey } = made.encoder;
  const tuned = await tuneTable({
    ...{ ...made, maxLength: made.maxLength, folder, texts, labels, train, validation, settings },
    ...{ head: head.layers, headSettings, standardization, workFolder, resume, workers },
    fingerprint: fingerprintOf(
      { ...table, validation, texts, labels, train },
      contentKey,
      headSettings,
    ),
    threads: probeMachine().defaultWorkers,
    signal,
    onProgress,
  });
  const { history, best, encoderWeights: weights } = tuned;
  return {
    head: tuned.head,
    validationLogits: tuned.validationLogits,
    tuning: { settings, history, best, weights },
  };
}

function fingerprintOf(
  { dataSha256, validationFrom }: SplitTable,
  contentKey: string,
  settings: HeadSettings,
): Fingerprint {
  const facts = Object.entries(settings).map(([name, value]): [string, string] => [
    name,
    JSON.stringify(value),
  ]);
  return {
    ...Object.fromEntries(facts),
    version: String(TRAINING_VERSION),
    data: dataSha256,
    validation: validationFrom,
    encoder: contentKey,
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
