// Brings an encoder's model into worker threads: from the cache of written models, or converted from its weights.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PolytagError } from '../errors/index.js';
import type { GraphBuilder } from '../graph/index.js';
import { packageVersion, WorkerPool } from '../runtime/index.js';
import { cacheFolder, type ModelFolder } from '../weights/index.js';
import type { BertConfig } from './config.js';
import { buildEncoderModel, readEncoderWeights } from './encoder-model.js';
import type { EncoderOptions, ResolvedSettings } from './encoder-options.js';
import { type CachedModel, ModelCache } from './model-cache.js';
import { TemporaryModel } from './temporary-model.js';

/** Smaller checkpoints are converted faster than they are looked for. */
const smallestCachedBytes = 64 * 2 ** 20;

/** Changes when the same model and settings are written in another way within one version of polytag. */
const cacheFormat = 1;

/** A model in worker threads, and the file they load it from. */
export interface RunningModel {
  readonly pool: WorkerPool;
  readonly file: TemporaryModel;
}

/**
 * Starts the workers of an encoder.
 * @throws PolytagError POOLER_MISSING, those of the model's files and of `WorkerPool.open`; the signal's reason
 */
export async function startModel(
  model: ModelFolder,
  config: BertConfig,
  settings: ResolvedSettings,
  options: EncoderOptions,
): Promise<RunningModel> {
  const convert = (): Promise<GraphBuilder> => convertModel(model, config, settings, options);
  const root = chooseCache(model, options.modelCache);
  if (root === undefined) return startFile(await TemporaryModel.write(await convert()), options);
  const cache = new ModelCache(root);
  const key = await keyOf(model, config, settings);
  const found = await cache.find(key);
  const running = found === undefined ? undefined : await startCached(found, options);
  if (running !== undefined) return running;
  const graph = await convert();
  const kept = await keepModel(cache, key, graph, options);
  return startFile(kept ?? (await TemporaryModel.write(graph)), options);
}

/** Stores a model and takes it from the cache; undefined, and a warning, where that cannot be. */
async function keepModel(
  cache: ModelCache,
  key: string,
  graph: GraphBuilder,
  { onWarning }: EncoderOptions,
): Promise<TemporaryModel | undefined> {
  let reason = 'its folder is on a file system without hard links';
  let isStored = true;
  try {
    await cache.store(key, graph);
  } catch (error) {
    if (!(error instanceof PolytagError)) throw error;
    reason = error.message;
    isStored = false;
  }
  const found = await cache.find(key);
  // Where storing failed, another process may have stored the same at this moment.
  if (found !== undefined && (isStored || (await found.isWhole()))) return found.file;
  await found?.file.remove();
  onWarning?.(`the converted model is not kept for the next start: ${reason}`);
  return undefined;
}

async function convertModel(
  model: ModelFolder,
  config: BertConfig,
  settings: ResolvedSettings,
  { signal }: EncoderOptions,
): Promise<GraphBuilder> {
  signal?.throwIfAborted();
  const { features, classifier } = settings;
  const { tensors, weightsFolder } = model;
  const needsClassifier = classifier !== undefined;
  const weights = await readEncoderWeights(tensors, features, weightsFolder, needsClassifier);
  signal?.throwIfAborted();
  return buildEncoderModel(config, features, weights, settings);
}

function chooseCache(model: ModelFolder, choice: boolean | string | undefined): string | undefined {
  if (typeof choice === 'string') return choice;
  return (choice ?? isSlowToConvert(model)) ? join(cacheFolder(), 'models') : undefined;
}

/** Checkpoints are summed up and turned around tensor by tensor; safetensors are nearly as they are needed. */
function isSlowToConvert({ format, tensors }: ModelFolder): boolean {
  if (format !== 'google') return false;
  const elements = tensors
    .names()
    .reduce(
      (sum, name) => sum + tensors.info(name).shape.reduce((product, size) => product * size, 1),
      0,
    );
  return 4 * elements >= smallestCachedBytes;
}

/** SHA-256 of all that the written model depends on. */
async function keyOf(
  model: ModelFolder,
  config: BertConfig,
  { features, classifier, positionEmbeddings }: ResolvedSettings,
): Promise<string> {
  const parts = [
    cacheFormat,
    packageVersion(),
    await model.weightsKey(),
    config,
    features,
    classifier,
    positionEmbeddings,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Reads the weights once more while the threads load them; undefined if they are not what was written. */
async function startCached(
  { file, isWhole }: CachedModel,
  options: EncoderOptions,
): Promise<RunningModel | undefined> {
  const starting = startFile(file, options);
  const [started, whole] = await Promise.allSettled([starting, isWhole()]);
  if (whole.status === 'fulfilled' && whole.value) return starting;
  if (started.status === 'fulfilled') {
    await started.value.pool.close();
    await file.remove();
  }
  return undefined;
}

async function startFile(
  file: TemporaryModel,
  { workers, threadsPerWorker, signal }: EncoderOptions,
): Promise<RunningModel> {
  try {
    signal?.throwIfAborted();
    return { pool: await WorkerPool.open(file.path, { workers, threadsPerWorker }), file };
  } catch (error) {
    await file.remove();
    throw error;
  }
}
