// Fits one model on one split of encoded rows: a head on the frozen encoder, then, if asked for, encoder and head together.
import { join } from 'node:path';
import { probeMachine } from '../runtime/index.js';
import type { Fingerprint } from './checkpoint.js';
import type { EncodedTable } from './encoded-rows.js';
import { type TrainedHead, trainHead } from './head-trainer.js';
import type { HeadSettings } from './settings.js';
import {
  foldHead,
  measureStandardization,
  type Standardization,
  standardizeRows,
} from './standardization.js';
import type { SplitTable } from './table-split.js';
import type { TrainingOutcome, TrainingRequest, TuningOutcome } from './training-outcome.js';
import type { PlannedRun } from './tuning/planned-run.js';
import { tuneTable } from './tuning/tuning-run.js';
import { defaultTuningSettings, type TuningSettings } from './tuning/tuning-settings.js';

/** Changes when the same data and settings give another model than before. */
const TRAINING_VERSION = 2;

/** Which rows of a table serve what, in one fit of several. */
export interface FitSplit extends SplitTable {
  /** Rows that neither learn nor choose: scored by the fitted model. */
  readonly held: Int32Array;
}

/** What a model follows from, beside the rows. */
export interface ModelSettings {
  readonly head: HeadSettings;
  /** undefined leaves the encoder as it is. */
  readonly tuning: TuningSettings | undefined;
  /** Settles the epochs of fine-tuning in a run with a budget. */
  readonly planned?: PlannedRun | undefined;
}

/** How one model is fitted. */
export interface FitSettings extends ModelSettings {
  /** Folder for the state of this fit alone; it must exist. */
  readonly workFolder: string;
  /** Go on from the state that is there. */
  readonly resume: boolean;
  /** Whether others need the encodings as they are: then they are standardised in a copy, not in place. */
  readonly keepFeatures: boolean;
}

/** A fitted model. */
export interface FittedModel extends Pick<TrainingOutcome, 'head'> {
  /** The head on the frozen encoder. */
  readonly first: TrainedHead;
  readonly tuning: TuningOutcome | undefined;
  /** [validation, labels] */
  readonly validationLogits: Float32Array;
  /** [held, labels] */
  readonly heldLogits: Float32Array;
}

/** The settings of fine-tuning that a request comes to. */
export function tuningSettingsOf({ tuning }: TrainingRequest): TuningSettings | undefined {
  return tuning && { ...defaultTuningSettings(tuning.mode), ...tuning };
}

/**
 * @param request the run's, for what does not change what is fitted; its `workFolder` holds what fits share
 * @throws PolytagError CHECKPOINT_FOREIGN and others of `trainHead` and `tuneTable`; the signal's reason
 */
export async function fitModel(
  request: TrainingRequest,
  table: FitSplit,
  encoded: EncodedTable,
  settings: FitSettings,
  time: <Result>(phase: string, work: Promise<Result>) => Promise<Result> = (_, work) => work,
): Promise<FittedModel> {
  const first = await time('training', fitHead(request, table, encoded, settings));
  return time('tuning', tuneFurther(request, table, encoded, settings, first));
}

/** A head for standardised features. */
interface FirstHead {
  readonly head: TrainedHead;
  readonly standardization: Standardization | undefined;
}

async function fitHead(
  { signal, onProgress }: TrainingRequest,
  table: FitSplit,
  { features: raw, width, made }: EncodedTable,
  { head: settings, tuning, workFolder, resume, keepFeatures }: FitSettings,
): Promise<FirstHead> {
  const { labels, soft, train, validation, held } = table;
  const standardization = settings.standardize
    ? measureStandardization(raw, width, train)
    : undefined;
  let features = raw;
  if (standardization !== undefined) {
    if (keepFeatures) {
      features = new Float32Array(new SharedArrayBuffer(raw.byteLength));
      features.set(raw);
    }
    standardizeRows(features, standardization);
  }
  const checkpoint = {
    path: join(workFolder, 'head.safetensors'),
    fingerprint: fingerprintOf(table, made.encoder.contentKey, settings),
    resume,
  };
  const head = await trainHead(
    { features, width, labels, soft, train, validation, held },
    settings,
    {
      checkpoint,
      scoresTrain: tuning?.sampleNegatives !== undefined,
      // Not the number of workers: how a sum is split among threads must not change with a flag.
      threads: probeMachine().defaultWorkers,
      signal,
      onProgress,
    },
  );
  return { head, standardization };
}

/** Fine-tunes the encoder together with its head, if that is asked for. */
async function tuneFurther(
  request: TrainingRequest,
  table: FitSplit,
  { made }: EncodedTable,
  { head: headSettings, tuning, planned, workFolder, resume }: FitSettings,
  { head: first, standardization }: FirstHead,
): Promise<FittedModel> {
  const asItIs = (): FittedModel => {
    const { layers, validationLogits, heldLogits } = first;
    const head = standardization === undefined ? layers : foldHead(layers, standardization);
    return { head, first, tuning: undefined, validationLogits, heldLogits };
  };
  if (tuning === undefined || made.encoder.service !== undefined || made.maxLength === null) {
    return asItIs();
  }
  const { texts, labels, soft, train, validation, held } = table;
  const { workFolder: statesFolder, workers, signal, onProgress } = request;
  const { folder, contentKey } = made.encoder;
  const tuned = await tuneTable({
    ...{ ...made, maxLength: made.maxLength, folder, texts, labels, soft, train, validation, held },
    ...{ settings: tuning, planned, head: first.layers, trainLogits: first.trainLogits },
    ...{ headSettings, standardization },
    ...{ workFolder, statesFolder, resume, workers, signal, onProgress },
    fingerprint: fingerprintOf(table, contentKey, headSettings),
    threads: probeMachine().defaultWorkers,
  });
  if (tuned === undefined) return asItIs();
  const { head, validationLogits, heldLogits, encoderWeights: weights } = tuned;
  const { settings, history, best } = tuned;
  return {
    head,
    first,
    tuning: { settings, history, best, weights },
    validationLogits,
    heldLogits,
  };
}

/** What a fit follows from, fact by fact. */
export function fingerprintOf(
  { dataSha256, validationFrom, soft }: SplitTable,
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
    ...(soft === undefined ? {} : { teacher: soft.key }),
  };
}
