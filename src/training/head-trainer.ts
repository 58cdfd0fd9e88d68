// Trains a dense head on encoded rows: epochs of steps, the best one chosen on validation rows, a checkpoint after each.
import { type HeadLayers, headLayersOf } from '../bert/index.js';
import { RandomSource } from '../data/index.js';
import type { Tensor } from '../graph/index.js';
import { measureBaseRates } from './training-labels.js';
import { type Fingerprint, loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { bestEpoch, type EpochRecord, isHistory, shouldStop } from './early-stopping.js';
import { initializeHead } from './head-initialization.js';
import { type HeadRows, HeadSessions, type NamedWeights, type StepPlan } from './head-sessions.js';
import { gatherLabels } from './training-labels.js';
import type { ProgressListener } from './progress.js';
import { describeMeasured, measureSelection, type ValidationMeasures } from './selection-metric.js';
import type { HeadSettings } from './settings.js';

/** Encoded rows with their labels, and which rows serve what. */
export interface HeadData extends HeadRows {
  /** Rows that the head learns from. */
  readonly train: Int32Array;
  /** Rows that choose the epoch; never learnt from. */
  readonly validation: Int32Array;
  /** Rows that neither learn nor choose: scored at the end. Default none. */
  readonly held?: Int32Array | undefined;
}

/** Where and whether a run keeps its state between epochs. */
interface HeadCheckpointing {
  readonly path: string;
  readonly fingerprint: Fingerprint;
  /** Go on from the state at `path` if there is one. */
  readonly resume: boolean;
}

/** How {@link trainHead} goes about it. */
export interface TrainHeadOptions {
  readonly checkpoint?: HeadCheckpointing | undefined;
  /** Whether the rows that were learnt from are scored too in the end. Default false. */
  readonly scoresTrain?: boolean | undefined;
  /** Threads of the session; default 1. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** A trained head, for features as they were given to {@link trainHead}. */
export interface TrainedHead {
  /** Of the best epoch. */
  readonly layers: HeadLayers<Tensor>;
  readonly history: readonly EpochRecord[];
  readonly best: EpochRecord;
  /** Logits of the validation rows by these layers, [validation, labels]. */
  readonly validationLogits: Float32Array;
  /** The same of the rows held, [held, labels]. */
  readonly heldLogits: Float32Array;
  /** The same of the rows learnt from, [train, labels], if that was asked for; else empty. */
  readonly trainLogits: Float32Array;
}

/** What a run has come to after some epochs. */
interface RunState {
  readonly history: readonly EpochRecord[];
  readonly bestWeights: NamedWeights;
}

/** Tells the weights of the best epoch from the running state within a checkpoint. */
const BEST_PREFIX = 'best.';

/** Trains until the last epoch, or until validation has not improved for `patience` epochs. */
export async function trainHead(
  data: HeadData,
  settings: HeadSettings,
  options: TrainHeadOptions = {},
): Promise<TrainedHead> {
  const baseRates = measureBaseRates(data.labels, data.train, data.soft);
  const initial = initializeHead(data.width, settings.hiddenUnits, baseRates, settings.seed);
  const { threads = 1, checkpoint, scoresTrain = false } = options;
  const sessions = await HeadSessions.open(data, initial, settings, baseRates, threads);
  try {
    let state = await restore(sessions, checkpoint);
    const { epochs, patience } = settings;
    while (state.history.length < epochs && !shouldStop(state.history, patience)) {
      state = await trainEpoch(data, settings, sessions, state, options);
      await save(sessions, state, checkpoint);
    }
    const { history, bestWeights } = state;
    const score = async (rows?: Int32Array): Promise<Float32Array> =>
      rows === undefined || rows.length === 0
        ? new Float32Array(0)
        : sessions.scoreRows(rows, bestWeights);
    return {
      layers: headLayersOf(bestWeights),
      history,
      best: bestEpoch(history),
      validationLogits: await score(data.validation),
      heldLogits: await score(data.held),
      trainLogits: await score(scoresTrain ? data.train : undefined),
    };
  } finally {
    await sessions.close();
  }
}

async function trainEpoch(
  data: HeadData,
  settings: HeadSettings,
  sessions: HeadSessions,
  { history, bestWeights }: RunState,
  { signal, onProgress }: TrainHeadOptions,
): Promise<RunState> {
  const epoch = history.length + 1;
  const losses = await sessions.takeSteps(planEpoch(data.train, settings, epoch), signal);
  const weights = sessions.weightsOf(await sessions.readState());
  const record: EpochRecord = {
    epoch,
    loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
    ...(await measureValidation(data, settings, sessions, weights)),
  };
  const extended = [...history, record];
  const isBest = bestEpoch(extended) === record;
  const note = `loss ${record.loss.toFixed(4)}, ${describeMeasured(settings.metric, record)}`;
  onProgress?.({ phase: 'training', done: epoch, total: settings.epochs, note });
  return { history: extended, bestWeights: isBest ? weights : bestWeights };
}

async function measureValidation(
  { labels, validation }: HeadData,
  { metric }: HeadSettings,
  sessions: HeadSessions,
  weights: NamedWeights,
): Promise<ValidationMeasures> {
  const values = await sessions.scoreRows(validation, weights);
  const scores = { rows: validation.length, columns: labels.columns, values };
  return measureSelection(metric, gatherLabels(labels, validation), scores);
}

/**
 * The steps of an epoch: rows in an order that (seed, epoch) decide, so that a resumed run goes on as the
 * straight one would, and the learning rate at each step.
 */
function planEpoch(
  train: Int32Array,
  { batchSize, epochs, learningRate, schedule, seed }: HeadSettings,
  epoch: number,
): StepPlan[] {
  const order = new RandomSource(seed * 2 ** 20 + epoch).shuffle(train.slice());
  const stepsPerEpoch = Math.ceil(order.length / batchSize);
  return Array.from({ length: stepsPerEpoch }, (_, index) => {
    const stepsBefore = (epoch - 1) * stepsPerEpoch + index;
    const share = schedule === 'linear' ? 1 - stepsBefore / (stepsPerEpoch * epochs) : 1;
    return {
      rows: order.subarray(index * batchSize, (index + 1) * batchSize),
      learningRate: learningRate * share,
      step: stepsBefore + 1,
    };
  });
}

async function save(
  sessions: HeadSessions,
  { history, bestWeights }: RunState,
  checkpoint: HeadCheckpointing | undefined,
): Promise<void> {
  if (checkpoint === undefined) return;
  const best = [...bestWeights].map(([name, tensor]): [string, Tensor] => [
    `${BEST_PREFIX}${name}`,
    tensor,
  ]);
  const tensors = new Map([...(await sessions.readState()), ...best]);
  await saveCheckpoint(checkpoint.path, checkpoint.fingerprint, { tensors, record: { history } });
}

async function restore(
  sessions: HeadSessions,
  checkpoint: HeadCheckpointing | undefined,
): Promise<RunState> {
  const fresh: RunState = { history: [], bestWeights: new Map() };
  if (!checkpoint?.resume) return fresh;
  const saved = await loadCheckpoint(checkpoint.path, checkpoint.fingerprint, isHistory);
  if (saved === undefined) return fresh;
  const entries = [...saved.tensors];
  const isBest = (name: string): boolean => name.startsWith(BEST_PREFIX);
  await sessions.writeState(new Map(entries.filter(([name]) => !isBest(name))));
  const bestWeights = new Map(
    entries.flatMap(([name, tensor]): [string, Tensor][] =>
      isBest(name) ? [[name.slice(BEST_PREFIX.length), tensor]] : [],
    ),
  );
  return { history: saved.record.history, bestWeights };
}
