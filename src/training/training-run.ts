// A whole training run: tables, split, encodings, head, baseline, thresholds, figures.
import { basename } from 'node:path';
import { resolveFeatures } from '../bert/index.js';
import { polytagError } from '../errors/index.js';
import { trainBaseline } from './baseline.js';
import { readTaughtTable, type TaughtTable } from './distillation/distillation-run.js';
import type { EncodedTable } from './encoded-rows.js';
import { defaultFeatures, encodeTable, type WantedStates } from './encoded-table.js';
import { checkBlend, measureModel } from './final-figures.js';
import { crossValidate } from './folds/fold-run.js';
import type { FoldsOutcome } from './folds/folds-outcome.js';
import { readEncoderConfig } from './encoder-config.js';
import { type FittedModel, fitModel, type ModelSettings, tuningSettingsOf } from './model-fit.js';
import { PhaseClock } from './phase-clock.js';
import { checkSearch, type ChosenSettings, chooseSettings } from './search/search-run.js';
import { checkRunNeeds } from './run-needs.js';
import { isServiceReference } from './service/service-reference.js';
import { checkServiceRequest } from './service/service-table.js';
import { checkHeadSettings, defaultHeadSettings, type HeadSettings } from './settings.js';
import { DEFAULT_SHARE, readSplitTable, type SplitTable } from './table-split.js';
import type { TrainingOutcome, TrainingRequest, TrainingRows } from './training-outcome.js';
import { PlannedRun } from './tuning/planned-run.js';
import { checkTunedLayers, checkTuningSettings, firstLayer } from './tuning/tuning-settings.js';
import { scoreByWindows } from './windowed-validation.js';

/** More folds than these say little more, and each costs a whole training. */
const MOST_FOLDS = 50;

/**
 * Trains a model. What is slow is kept in `request.workFolder` and in the cache of encodings as it is
 * done: a killed run that is asked to resume ends in the same bytes as a straight one.
 *
 * @throws PolytagError for tables, encoders and settings that cannot be used, CHECKPOINT_FOREIGN; the
 *   signal's reason
 */
export async function trainModel(asRequested: TrainingRequest): Promise<TrainingOutcome> {
  const start = performance.now();
  let request = asRequested;
  const head: HeadSettings = { ...defaultHeadSettings, ...request.head };
  await checkRequest(request, head);
  const clock = new PhaseClock();
  const given: ModelSettings = { head, tuning: tuningSettingsOf(request) };
  const { table, compare } = await clock.time('reading', readTable(request, given));
  const planned = await clock.time('planning', planIfAsked(request, table, start));
  if (planned !== undefined) request = { ...request, maxLength: planned.plan.maxLength };
  const asked =
    planned === undefined ? given : { ...given, tuning: planned.plan.settings, planned };
  await checkRunNeeds(request, table, asked.tuning);
  const states = await chooseStates(request, table, asked);
  const encoded = await clock.time('encoding', encodeTable(request, table.texts, states));
  const chosen = await clock.time('search', chooseSettings(request, table, encoded, asked));
  const { settings } = chosen;
  const folds = await clock.time('folds', crossValidateIfAsked(request, table, encoded, settings));
  // Before the model: what is left of a budget must be known when its steps are counted.
  const baseline = await clock.time(
    'baseline',
    trainBaseline(request, table, head.seed, folds?.baseline?.thresholds),
  );
  const model = await fitFinally(request, table, encoded, chosen, clock);
  const scored = scoreByWindows(request, table, encoded, model);
  const { logits, windowed } = await clock.time('windows', scored);
  request.onProgress?.({ phase: 'evaluating', done: 0, total: 1 });
  // A head's folds score cut texts: where the model scores by windows their thresholds are not its own.
  const scoreAlike = encoded.made.windows === undefined || settings.tuning !== undefined;
  const chosenBy = scoreAlike ? folds : undefined;
  const final = { logits, baseline: baseline?.model, folds: chosenBy };
  const figures = await clock.time('evaluating', measureModel(request, table, final));
  request.onProgress?.({ phase: 'evaluating', done: 1, total: 1 });
  return {
    labelNames: table.labelNames,
    ...encoded.made,
    settings: settings.head,
    head: model.head,
    ...figures,
    rows: { ...describeRows(request, table, encoded), windowed },
    history: model.first.history,
    bestEpoch: model.first.best.epoch,
    tuning: model.tuning,
    search: chosen.outcome,
    folds,
    distillation: compare?.(logits, figures),
    ...(baseline === undefined ? {} : { baseline }),
    seconds: clock.seconds,
  };
}

/** @throws PolytagError those of the checks */
async function checkRequest(request: TrainingRequest, head: HeadSettings): Promise<void> {
  checkServiceRequest(request);
  checkHeadSettings(head);
  checkFolds(request);
  checkSearch(request);
  checkBlend(request);
  checkBudget(request);
  await checkTuning(request);
}

/**
 * Before anything is encoded for it.
 *
 * @throws PolytagError OPTION_INVALID, those of `readEncoderConfig`
 */
async function checkTuning(request: TrainingRequest): Promise<void> {
  const settings = tuningSettingsOf(request);
  if (settings === undefined) return;
  const { config } = await readEncoderConfig(request);
  checkTuningSettings(settings, config.layers);
  const features = resolveFeatures(config, request.features ?? defaultFeatures);
  checkTunedLayers(settings, features, config.layers);
  const { sampleNegatives } = settings;
  if (sampleNegatives === undefined || request.distillation === undefined) return;
  const expected = 'nothing beside a teacher, whose probabilities make no row negative';
  const value = String(sampleNegatives);
  throw polytagError('OPTION_INVALID', { option: 'sampleNegatives', value, expected });
}

/** The states that fine-tuning begins with; undefined where it begins with token ids, or is none. */
async function chooseStates(
  request: TrainingRequest,
  { dataSha256 }: SplitTable,
  { tuning }: ModelSettings,
): Promise<WantedStates | undefined> {
  if (tuning === undefined) return undefined;
  const { config } = await readEncoderConfig(request);
  const layer = firstLayer(tuning, config.layers);
  return layer === 0 ? undefined : { layer, dataSha256 };
}

/** The plan of a run with a budget. */
async function planIfAsked(
  request: TrainingRequest,
  table: SplitTable,
  start: number,
): Promise<PlannedRun | undefined> {
  if (request.budget === undefined) return undefined;
  return PlannedRun.open(request, table, request.budget, start);
}

/** @throws PolytagError OPTION_INVALID */
function checkBudget(request: TrainingRequest): void {
  const { budget, tuning, folds, search, distillation, encoder = '' } = request;
  if (budget === undefined) return;
  const others = Object.entries({ tuning, folds, search, distillation });
  const other = others.find(([, value]) => value !== undefined)?.[0];
  const reason = other ?? (isServiceReference(encoder) ? 'the encoder of a service' : undefined);
  if (reason === undefined) return;
  const expected = `no budget beside ${reason}`;
  throw polytagError('OPTION_INVALID', { option: 'budget', value: String(budget), expected });
}

/** Reads and splits, and tells of it. */
async function readTable(
  request: TrainingRequest,
  settings: ModelSettings,
): Promise<Omit<TaughtTable, 'compare'> & Partial<TaughtTable>> {
  request.onProgress?.({ phase: 'reading', done: 0, total: 1 });
  const read =
    request.distillation === undefined
      ? { table: await readSplitTable(request, settings.head.seed) }
      : await readTaughtTable(request, request.distillation, settings);
  const { table } = read;
  request.onProgress?.({ phase: 'reading', done: 1, total: 1, note: describeTable(table) });
  for (const warning of table.warnings) request.onWarning?.(warning);
  return read;
}

async function crossValidateIfAsked(
  request: TrainingRequest,
  table: SplitTable,
  encoded: EncodedTable,
  settings: ModelSettings,
): Promise<FoldsOutcome | undefined> {
  const { folds: count, validation } = request;
  if (count === undefined) return undefined;
  const share = typeof validation === 'number' ? validation : DEFAULT_SHARE;
  return crossValidate(request, table, encoded, { ...settings, count, share });
}

/** Fits the model that is written. */
function fitFinally(
  request: TrainingRequest,
  table: SplitTable,
  encoded: EncodedTable,
  { settings, folder }: ChosenSettings,
  clock: PhaseClock,
): Promise<FittedModel> {
  const { resume = false } = request;
  // Where a trial has trained the very same, that is taken up.
  const state =
    folder === undefined
      ? { workFolder: request.workFolder, resume }
      : { workFolder: folder, resume: true };
  const fit = { ...settings, ...state, keepFeatures: false };
  const split = { ...table, held: new Int32Array(0) };
  return fitModel(request, split, encoded, fit, (phase, work) => clock.time(phase, work));
}

function checkFolds({ folds }: TrainingRequest): void {
  if (folds === undefined || (Number.isInteger(folds) && folds >= 2 && folds <= MOST_FOLDS)) return;
  const expected = `a whole number from 2 to ${MOST_FOLDS}`;
  throw polytagError('OPTION_INVALID', { option: 'folds', value: String(folds), expected });
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
