// Fine-tunes on a table: from a head trained on frozen encodings to an encoder and a head that have learnt together.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type BertConfig,
  Encoder,
  type EncodedText,
  type Encoding,
  type Feature,
  headLayersOf,
  type HeadLayers,
  parseBertConfig,
  readEncoderWeights,
  resolveFeatures,
  type ResolvedFeatures,
  type Truncation,
  WordPieceTokenizer,
} from '../../bert/index.js';
import type { Tensor } from '../../graph/index.js';
import type { LabelMatrix } from '../../metrics/index.js';
import { openModelFolder } from '../../weights/index.js';
import type { Fingerprint } from '../checkpoint.js';
import type { ProgressListener } from '../progress.js';
import type { SoftTargets } from '../distillation/soft-targets.js';
import type { HeadSettings } from '../settings.js';
import { foldHead, type Standardization } from '../standardization.js';
import { measureBaseRates } from '../training-labels.js';
import { LayerStates } from './layer-states.js';
import { TuningCheckpoints, type ValidationRecord } from './tuning-checkpoint.js';
import type { TuningTask } from './tuning-graphs.js';
import { feedStates, feedTokens, type RowInputs, TokenTable } from './tuning-inputs.js';
import { chooseParameters, mergeParameters } from './tuning-parameters.js';
import { checkTuningSettings, firstLayer, type TuningSettings } from './tuning-settings.js';
import { tuneEncoder } from './tuning-trainer.js';

/** What fine-tuning starts from. */
export interface TuningRequest {
  /** The encoder's folder. */
  readonly folder: string;
  readonly features: readonly Feature[];
  readonly maxLength: number;
  readonly truncation: Truncation;
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
  readonly headSettings: HeadSettings;
  readonly standardization: Standardization | undefined;
  readonly settings: TuningSettings;
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
 * @throws PolytagError OPTION_INVALID, LOSS_NOT_FINITE, CHECKPOINT_FOREIGN, those of loading and writing; the signal's reason
 */
export async function tuneTable(request: TuningRequest): Promise<TunedModel> {
  const { settings, fingerprint, workFolder, threads, signal, onProgress } = request;
  const source = await readSource(request);
  checkTuningSettings(settings, source.config.layers);
  const facts = {
    ...fingerprint,
    tuning: JSON.stringify(settings),
    tokens: describeTokens(request),
  };
  const task = makeTask(request, source);
  const inputs = await openInputs(request, source, facts);
  try {
    const table = {
      ...inputs,
      labels: request.labels,
      soft: request.soft,
      train: request.train,
      validation: request.validation,
      held: request.held,
      positions: source.config.positions,
    };
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

interface Source {
  readonly config: BertConfig;
  readonly features: ResolvedFeatures;
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
}

async function readSource({ folder, features: wanted }: TuningRequest): Promise<Source> {
  const model = await openModelFolder(folder);
  try {
    const config = parseBertConfig(model.config, model.configFile);
    const features = resolveFeatures(config, wanted);
    return { config, features, weights: await readEncoderWeights(model.tensors, features, folder) };
  } finally {
    await model.close();
  }
}

function makeTask(
  { settings, head, headSettings, standardization, labels, soft, train }: TuningRequest,
  { config, features, weights }: Source,
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

interface OpenInputs {
  readonly inputs: RowInputs;
  readonly lengths: Int32Array;
  close(): Promise<void>;
}

async function openInputs(
  request: TuningRequest,
  { config }: Source,
  facts: Fingerprint,
): Promise<OpenInputs> {
  const { settings, folder, texts, maxLength, truncation, signal, statesFolder } = request;
  const start = firstLayer(settings, config.layers);
  if (start === 0) {
    const tokenizer = await WordPieceTokenizer.load(folder);
    const encodings: Encoding[] = [];
    for (const [row, text] of texts.entries()) {
      encodings.push(tokenizer.encode(text, { maxLength, truncation }));
      if (row % TEXTS_A_TURN !== 0) continue;
      await nextTurn();
      signal?.throwIfAborted();
    }
    const tokens = new TokenTable(encodings);
    const inputs = feedTokens(tokens, config, tokenizer.paddingId);
    return { inputs, lengths: tokens.lengths, close: () => Promise.resolve() };
  }
  signal?.throwIfAborted();
  const key = createHash('sha256')
    // All that the states follow from, and nothing else: folds and trials share them.
    .update(JSON.stringify([facts.data, facts.encoder, facts.tokens, start]))
    .digest('hex');
  const path = join(statesFolder, `layer-${start}-${key.slice(0, 16)}.states`);
  const states = await LayerStates.open(path, texts.length, config.hiddenSize, () =>
    encodeStates(request, start),
  );
  return { inputs: feedStates(states), lengths: states.lengths, close: () => states.close() };
}

async function* encodeStates(
  { folder, texts, maxLength, truncation, workers, signal, onProgress }: TuningRequest,
  layer: number,
): AsyncGenerator<EncodedText, void, undefined> {
  const features = [{ pooling: 'none', layers: [layer] }] as const;
  const encoder = await Encoder.load(folder, { features, maxLength, truncation, workers, signal });
  const total = texts.length;
  try {
    let tokens = 0;
    for (const [row, text] of texts.entries()) {
      tokens += encoder.tokenize(text).ids.length;
      if (row % TEXTS_A_TURN === 0) await nextTurn();
    }
    // Said before the first is written: whoever lacks the room can stop here.
    const note = `${Math.ceil(LayerStates.size(tokens, encoder.width) / 1e6)} MB on disk until the run ends`;
    const tell = (done: number): void => onProgress?.({ phase: 'layer-states', done, total, note });
    tell(0);
    yield* encoder.encodeStream(texts, { signal, onProgress: tell });
  } finally {
    await encoder.close();
  }
}

function describeTokens({ maxLength, truncation }: TuningRequest): string {
  return `${truncation} of ${maxLength}`;
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
