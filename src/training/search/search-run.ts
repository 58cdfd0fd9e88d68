// A search over settings on one machine: trials rung by rung, each kept when it is done.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseBertConfig, resolveFeatures } from '../../bert/index.js';
import { PolytagError, polytagError } from '../../errors/index.js';
import { openModelFolder } from '../../weights/index.js';
import { type Fingerprint, loadCheckpoint, saveCheckpoint } from '../checkpoint.js';
import type { EncodedTable } from '../encoded-rows.js';
import { fingerprintOf, fitModel, type ModelSettings } from '../model-fit.js';
import { judgedFigure } from '../selection-metric.js';
import type { SplitTable } from '../table-split.js';
import type { TrainingRequest } from '../training-outcome.js';
import { describeReading } from '../tuning/table-states.js';
import { mostFrozen, type TuningSettings } from '../tuning/tuning-settings.js';
import type { SearchOutcome, TrialRecord } from './search-outcome.js';
import { keepBest, planRungs, type Rung } from './successive-halving.js';
import { drawSettings, type SearchSpace, shortenSettings } from './trial-settings.js';

/** The settings that train a run's model. */
export interface ChosenSettings {
  readonly settings: ModelSettings;
  /** Missing where there was no search. */
  readonly outcome?: SearchOutcome | undefined;
  /** Of the trial that had these settings and the whole budget: the model's training has been done there. */
  readonly folder?: string | undefined;
}

/** More trials than these are for more than one machine. */
const MOST_TRIALS = 1000;

/** @throws PolytagError OPTION_INVALID for a number of trials out of range */
export function checkSearch({ search }: TrainingRequest): void {
  if (search === undefined) return;
  const { trials } = search;
  if (Number.isInteger(trials) && trials >= 2 && trials <= MOST_TRIALS) return;
  const expected = `a whole number from 2 to ${MOST_TRIALS}`;
  throw polytagError('OPTION_INVALID', { option: 'search', value: String(trials), expected });
}

/** Everything that trials share. */
interface Searched {
  readonly request: TrainingRequest;
  readonly table: SplitTable;
  readonly encoded: EncodedTable;
  readonly folder: string;
  readonly space: SearchSpace;
}

/**
 * The settings as asked for, or the best of a search if one is wanted. A trial is a function of its settings, budget and seed; the run's seed draws the settings and is
 * each trial's own.
 *
 * @param base the run's own settings, which are the first trial
 * @throws PolytagError as `fitModel`, but for LOSS_NOT_FINITE, which only loses the trial; the signal's reason
 */
export async function chooseSettings(
  request: TrainingRequest,
  table: SplitTable,
  encoded: EncodedTable,
  base: ModelSettings,
): Promise<ChosenSettings> {
  if (request.search === undefined) return { settings: base };
  const { trials, keep = [] } = request.search;
  const folder = join(request.workFolder, 'search');
  await mkdir(folder, { recursive: true });
  const space: SearchSpace = { base, keep, ...(await countLayers(encoded)) };
  const searched = { request, table, encoded, folder, space };
  const rungs = planRungs(trials);
  const { done, best } = await climbRungs(searched, rungs, trials);
  return {
    settings: drawSettings(space, base.head.seed, best),
    outcome: { drawn: trials, trials: done, best },
    folder: join(folder, nameOf({ trial: best, rung: rungs.length })),
  };
}

async function climbRungs(
  searched: Searched,
  rungs: readonly Rung[],
  trials: number,
): Promise<{ done: TrialRecord[]; best: number }> {
  const { request } = searched;
  const total = rungs.reduce((sum, rung) => sum + rung.trials, 0);
  const done: TrialRecord[] = [];
  let numbers = Array.from({ length: trials }, (_, at) => at + 1);
  for (const [at, { budget }] of rungs.entries()) {
    const ofRung: TrialRecord[] = [];
    for (const trial of numbers) {
      const note = `settings ${trial} at ${Math.round(budget * 100)} % of the epochs`;
      request.onProgress?.({ phase: 'search', done: done.length, total, note });
      request.signal?.throwIfAborted();
      const place = { trial, rung: at + 1, budget, isLast: at === rungs.length - 1 };
      const record = await obtainTrial(searched, place);
      ofRung.push(record);
      done.push(record);
      if (place.isLast) await dropLosers(searched.folder, ofRung);
    }
    const kept = rungs.at(at + 1)?.trials ?? 1;
    numbers = keepBest(ofRung, kept)
      .map(({ trial }) => trial)
      .sort((left, right) => left - right);
  }
  request.onProgress?.({ phase: 'search', done: total, total });
  return { done, best: numbers[0] };
}

/** Of the trials with the whole budget only the best one's state may be needed. */
async function dropLosers(folder: string, trials: readonly TrialRecord[]): Promise<void> {
  const [best] = keepBest(trials, 1);
  for (const trial of trials) {
    if (trial !== best) await rm(join(folder, nameOf(trial)), { recursive: true, force: true });
  }
}

interface TrialPlace {
  readonly trial: number;
  readonly rung: number;
  readonly budget: number;
  /** Whether it is of the last rung: its folder may become the model's. */
  readonly isLast: boolean;
}

const nameOf = ({ trial, rung }: Pick<TrialPlace, 'trial' | 'rung'>): string =>
  `trial-${trial}-rung-${rung}`;

/** Takes a finished trial from the run's folder, or runs it and puts it there. */
async function obtainTrial(searched: Searched, place: TrialPlace): Promise<TrialRecord> {
  const { request, table, encoded, space } = searched;
  const { resume = false } = request;
  const { trial, rung, budget, isLast } = place;
  const drawn = drawSettings(space, space.base.head.seed, trial);
  const settings = budget === 1 ? drawn : shortenSettings(drawn, budget, space);
  const described = describeTrial(drawn, { trial, rung, budget });
  const folder = join(searched.folder, nameOf(place));
  const path = `${folder}.safetensors`;
  const fingerprint: Fingerprint = {
    ...fingerprintOf(table, encoded.made.encoder.contentKey, settings.head),
    tuning: JSON.stringify(settings.tuning ?? null),
    ...describeReading(encoded.made),
  };
  const kept = resume ? await loadCheckpoint(path, fingerprint, isTrialResult) : undefined;
  if (kept !== undefined) return { ...described, figure: kept.record.figure };
  await mkdir(folder, { recursive: true });
  const figure = await measureTrial(searched, settings, folder, resume);
  await saveCheckpoint(path, fingerprint, { tensors: new Map(), record: { figure } });
  if (!isLast) await rm(folder, { recursive: true, force: true });
  return { ...described, figure };
}

async function measureTrial(
  { request, table, encoded }: Searched,
  settings: ModelSettings,
  workFolder: string,
  resume: boolean,
): Promise<number | null> {
  const split = { ...table, held: new Int32Array(0) };
  try {
    const fit = { ...settings, workFolder, resume, keepFeatures: true };
    const { first, tuning } = await fitModel(request, split, encoded, fit);
    return judgedFigure(tuning?.best ?? first.best);
  } catch (error) {
    // Rates that are too large are part of what is searched.
    if (error instanceof PolytagError && error.code === 'LOSS_NOT_FINITE') return null;
    throw error;
  }
}

function describeTrial(
  { head, tuning }: ModelSettings,
  place: Pick<TrialRecord, 'trial' | 'rung' | 'budget'>,
): Omit<TrialRecord, 'figure'> {
  const { learningRate, epochs, loss } = head;
  return {
    ...place,
    mode: tuning === undefined ? 'head' : describeMode(tuning),
    loss: loss.kind,
    learningRate,
    epochs,
    tuning:
      tuning === undefined
        ? null
        : {
            learningRate: tuning.learningRate,
            headLearningRate: tuning.headLearningRate,
            epochs: tuning.epochs,
          },
  };
}

function describeMode({ mode }: TuningSettings): string {
  switch (mode.kind) {
    case 'top':
      return `top:${mode.layers}`;
    case 'lora':
      return `lora:${mode.rank}`;
    case 'full':
      return 'full';
  }
}

async function countLayers({
  made,
}: EncodedTable): Promise<Pick<SearchSpace, 'layers' | 'mostFrozen'>> {
  if (made.encoder.service !== undefined) return { layers: null, mostFrozen: 0 };
  const model = await openModelFolder(made.encoder.folder);
  await model.close();
  const config = parseBertConfig(model.config, model.configFile);
  const features = resolveFeatures(config, made.features);
  return { layers: config.layers, mostFrozen: mostFrozen(features) };
}

function isTrialResult(value: unknown): value is { readonly figure: number | null } {
  if (typeof value !== 'object' || value === null || !('figure' in value)) return false;
  return typeof value.figure === 'number' || value.figure === null;
}
