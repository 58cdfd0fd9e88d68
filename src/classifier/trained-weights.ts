// Reads a trained model's weights from its folder: those of the encoder, and those of the head.
import { join } from 'node:path';
import {
  type BertConfig,
  headLayersOf,
  type HeadLayers,
  parseBertConfig,
  readEncoderWeights,
  type ResolvedFeatures,
  resolveFeatures,
} from '../bert/index.js';
import type { Tensor } from '../graph/index.js';
import { openModelFolder, openSafetensors, toFloat32 } from '../weights/index.js';
import { fileNames } from './model-record.js';
import type { TrainedFolder } from './trained-folder.js';

/** What the graph of a trained model is built from. */
export interface TrainedWeights {
  readonly config: BertConfig;
  readonly features: ResolvedFeatures;
  /** Those that the features need, by name without `bert.`. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  /** For raw features. */
  readonly head: HeadLayers<Tensor<'float32'>>;
}

/**
 * Reads them, in float32 whatever they are stored in.
 *
 * @param trained a model that holds its encoder
 * @throws PolytagError as `openModelFolder`, `readEncoderWeights` and `openSafetensors`
 */
export async function readTrainedWeights({
  folder,
  record,
}: Pick<TrainedFolder, 'folder' | 'record'>): Promise<TrainedWeights> {
  const model = await openModelFolder(folder);
  try {
    const config = parseBertConfig(model.config, model.configFile);
    const features = resolveFeatures(config, record.features);
    const weights = await readEncoderWeights(model.tensors, features, folder);
    return { config, features, weights, head: await readHead(folder) };
  } finally {
    await model.close();
  }
}

/** The head's layers, whose file may say [rows, 1, columns] where [rows, columns] could be mistaken. */
async function readHead(folder: string): Promise<HeadLayers<Tensor<'float32'>>> {
  const file = await openSafetensors(join(folder, fileNames.weights));
  try {
    const named = new Map<string, Tensor<'float32'>>();
    for (const name of file.names().filter((stored) => stored.startsWith('classifier.'))) {
      const tensor = toFloat32(await file.read(name));
      if (tensor === null) throw new TypeError(`${name} holds no real numbers`);
      const { shape } = tensor;
      named.set(name, shape.length === 3 ? { ...tensor, shape: [shape[0], shape[2]] } : tensor);
    }
    return headLayersOf(named);
  } finally {
    await file.close();
  }
}
