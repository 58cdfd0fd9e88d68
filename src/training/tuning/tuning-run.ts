// Fine-tunes on a table: from a head trained on frozen encodings to an encoder and a head that have learnt together.
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Encoding,
  type Feature,
  headLayersOf,
  type HeadLayers,
  type Truncation,
  type WindowSettings,
  WordPieceTokenizer,
} from '../../bert/index.js';
import type { Tensor } from '../../graph/index.js';
import type { LabelMatrix } from '../../metrics/index.js';
import type { Fingerprint } from '../checkpoint.js';
import { findDistinctTexts } from '../distinct-texts.js';
import type { ProgressListener } from '../progress.js';
import type { SoftTargets } from '../distillation/soft-targets.js';
import type { HeadSettings } from '../settings.js';
import { foldHead, type Standardization } from '../standardization.js';
import { measureBaseRates } from '../training-labels.js';
import { type EncoderSource, readSource } from './encoder-source.js';
import { LayerStates } from './layer-states.js';
import { NegativeDraws } from './negative-draws.js';
import { longestPieces, RowWindows } from './row-windows.js';
import { cutText, describeReading, passTable, statesPath, type TextCut } from './table-states.js';
import { TuningCheckpoints, type ValidationRecord } from './tuning-checkpoint.js';
import type { TuningTask } from './tuning-graphs.js';
import { feedStates, feedTokens, type RowInputs } from './tuning-inputs.js';
import { chooseParameters, mergeParameters } from './tuning-parameters.js';
import { checkTuningSettings, firstLayer, type TuningSettings } from './tuning-settings.js';
import type { PlannedRun } from './planned-run.js';
import { measurePace } from './tuning-pace.js';
import { type TunedTable, tuneEncoder } from './tuning-trainer.js';

/** What fine-tuning starts from. */
export interface TuningRequest {
  /** The encoder's folder. */
  readonly folder: string;
  readonly features: readonly Feature[];
  readonly maxLength: number;
  readonly truncation: Truncation;
  /** Long texts are learnt from by one of their windows an epoch, and scored by all; left out, they are cut. */
  readonly windows?: WindowSettings | undefined;
  readonly texts: readonly string[];
  readonly labels: LabelMatrix;
  /** What is learnt from instead of the labels, which then only judge. */
  readonly soft?: SoftTargets | undefined;
  readonly train: Int32Array;
  readonly validation: Int32Array;
  /** Rows that neither learn nor choose: scored at the end. */
  readonly held: Int32Array;
  /** On standardised features. */
  readonly head: HeadLayers<Tensor>;
  /** The head's logits of the rows learnt from, where `settings.sampleNegatives` needs them: [train, labels]. */
  readonly trainLogits: Float32Array;
  readonly headSettings: HeadSettings;
  readonly standardization: Standardization | undefined;
  readonly settings: TuningSettings;
  /** Settles the epochs of a run with a budget when steps have been timed. */
  readonly planned?: PlannedRun | undefined;
  /** What the run was started with, beside these settings. */
  readonly fingerprint: Fingerprint;
  readonly workFolder: string;
  /** Where the states of the layers below are kept, for other runs on the same texts too. */
  readonly statesFolder: string;
  readonly resume: boolean;
  readonly workers?: number | undefined;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** A fine-tuned encoder and its head. */
export interface TunedModel {
  /** What came of the settings of the request. */
  readonly settings: TuningSettings;
  /** Weights of the encoder that changed, by name. */
  readonly encoderWeights: ReadonlyMap<string, Tensor<'float32'>>;
  /** For raw features: standardisation is folded in. */
  readonly head: HeadLayers<Tensor>;
  readonly history: readonly ValidationRecord[];
  readonly best: ValidationRecord;
  /** [validation, labels] */
  readonly validationLogits: Float32Array;
  /** [held, labels] */
  readonly heldLogits: Float32Array;
}

/** Texts that are tokenized without a pause. */
const TEXTS_A_TURN = 256;

/** Milliseconds between checkpoints at most. */
const CHECKPOINT_EVERY = 300_000;

/**
 * Fine-tunes.
 *
 * @returns undefined where a run with a budget has no time left for that
 * @throws PolytagError OPTION_INVALID, LOSS_NOT_FINITE, CHECKPOINT_FOREIGN, those of loading and writing; the signal's reason
 */
export async function tuneTable(request: TuningRequest): Promise<TunedModel | undefined> {
  const { fingerprint, workFolder, threads, signal, onProgress } = request;
  const source = await readSource(request.folder, request.features);
  checkTuningSettings(request.settings, source.config.layers);
  const cut = { ...fingerprint, ...describeReading(request) };
  const planned = makeTask(request, source);
  const inputs = await openInputs(request, source, cut);
  try {
    const table = {
      ...inputs,
      labels: request.labels,
      draws: planDraws(request, planned),
      soft: request.soft,
      train: request.train,
      validation: request.validation,
      held: request.held,
      positions: source.config.positions,
    };
    const settings = await settleEpochs(request, planned, table);
    if (settings === undefined) return undefined;
    const task = { ...planned, settings };
    const facts = { ...cut, tuning: JSON.stringify(settings) };
    const tuned = await tuneEncoder(task, table, {
      checkpoints: new TuningCheckpoints(workFolder, facts),
      metric: request.headSettings.metric,
      resume: request.resume,
      checkpointEvery: CHECKPOINT_EVERY,
      threads,
      signal,
      onProgress,
    });
    const head = headLayersOf(tuned.weights);
    const { standardization } = request;
    return {
      settings,
      encoderWeights: mergeParameters(source.weights, tuned.weights, settings),
      head: standardization === undefined ? head : foldHead(head, standardization),
      history: tuned.history,
      best: tuned.best,
      validationLogits: tuned.validationLogits,
      heldLogits: tuned.heldLogits,
    };
  } finally {
    await inputs.close();
  }
}

function makeTask(
  { settings, head, headSettings, standardization, labels, soft, train }: TuningRequest,
  { config, features, weights }: EncoderSource,
): TuningTask {
  const { seed } = headSettings;
  const start = firstLayer(settings, config.layers);
  return {
    config,
    features,
    weights,
    parameters: chooseParameters(weights, settings, { layers: config.layers, seed }),
    startLayer: start === 0 ? undefined : start,
    head: inFloat32(head),
    headDropout: headSettings.dropout,
    standardization,
    loss: { ...headSettings.loss, distillation: soft },
    baseRates: measureBaseRates(labels, train, soft),
    settings,
    seed,
  };
}

async function settleEpochs(
  { settings, planned, threads }: TuningRequest,
  task: TuningTask,
  table: TunedTable,
): Promise<TuningSettings | undefined> {
  if (planned === undefined) return settings;
  return planned.settle(settings, () => measurePace(task, table, threads));
}

function planDraws(
  { settings, labels, train, trainLogits: logits }: TuningRequest,
  { loss, baseRates }: TuningTask,
): NegativeDraws | undefined {
  const { sampleNegatives } = settings;
  if (sampleNegatives === undefined) return undefined;
  return NegativeDraws.plan({ labels, train, logits, loss, baseRates }, sampleNegatives);
}

interface OpenInputs {
  readonly inputs: RowInputs;
  readonly lengths: Int32Array;
  readonly windows: RowWindows | undefined;
  close(): Promise<void>;
}

async function openInputs(
  request: TuningRequest,
  source: EncoderSource,
  facts: Fingerprint,
): Promise<OpenInputs> {
  const { config } = source;
  const start = firstLayer(request.settings, config.layers);
  if (start === 0) return tokenizeRows(request, source);
  const { folder, texts, workFolder, workers, statesFolder } = request;
  const { signal, onProgress } = request;
  signal?.throwIfAborted();
  const path = statesPath(statesFolder, start, [facts.data, facts.encoder, facts.tokens]);
  const distinct = findDistinctTexts(texts);
  if (!LayerStates.isThere(path)) {
    const cut = cutOf(request);
    const pass = { folder, source, layer: start, cut, distinct, path, workFolder, workers };
    await passTable({ ...pass, signal, onProgress });
  }
  const states = await LayerStates.open(path, config.hiddenSize, distinct.textOfRow);
  const { lengths, starts } = states;
  return {
    inputs: feedStates(states),
    ...describePieces(request, lengths, starts),
    close: () => states.close(),
  };
}

function cutOf({ maxLength, truncation, windows }: TuningRequest): TextCut {
  return { maxLength, truncation, stride: windows?.stride };
}

/** @param lengths tokens of each piece */
function describePieces(
  { windows }: TuningRequest,
  lengths: Int32Array,
  starts: Int32Array,
): Pick<OpenInputs, 'lengths' | 'windows'> {
  return {
    lengths: longestPieces(lengths, starts),
    windows: windows && new RowWindows(starts, windows.combine),
  };
}

async function tokenizeRows(
  request: TuningRequest,
  { config }: EncoderSource,
): Promise<OpenInputs> {
  const { folder, texts, signal } = request;
  const tokenizer = await WordPieceTokenizer.load(folder);
  const cut = cutOf(request);
  const encodings: Encoding[] = [];
  const starts = new Int32Array(texts.length + 1);
  for (const [row, text] of texts.entries()) {
    encodings.push(...cutText(tokenizer, text, cut));
    starts[row + 1] = encodings.length;
    if (row % TEXTS_A_TURN !== 0) continue;
    await nextTurn();
    signal?.throwIfAborted();
  }
  const lengths = Int32Array.from(encodings, ({ ids }) => ids.length);
  return {
    inputs: feedTokens(encodings, config, tokenizer.paddingId),
    ...describePieces(request, lengths, starts),
    close: () => Promise.resolve(),
  };
}

function inFloat32({ hidden, output }: HeadLayers<Tensor>): HeadLayers<Tensor<'float32'>> {
  const convert = (tensor: Tensor): Tensor<'float32'> => {
    if (!(tensor.data instanceof Float32Array)) throw new TypeError('a head is trained in float32');
    return { type: 'float32', shape: tensor.shape, data: tensor.data };
  };
  const layerOf = ({
    weight,
    bias,
  }: typeof output): { weight: Tensor<'float32'>; bias: Tensor<'float32'> } => ({
    weight: convert(weight),
    bias: convert(bias),
  });
  return { hidden: hidden && layerOf(hidden), output: layerOf(output) };
}
