// An encoder as training takes it: configuration, features, and weights in float32.
import {
  type BertConfig,
  type Feature,
  parseBertConfig,
  readEncoderWeights,
  resolveFeatures,
  type ResolvedFeatures,
} from '../../bert/index.js';
import type { Tensor } from '../../graph/index.js';
import { openModelFolder } from '../../weights/index.js';

/** What graphs of an encoder are built from. */
export interface EncoderSource {
  readonly config: BertConfig;
  readonly features: ResolvedFeatures;
  /** By name; layers above those that features need are not there. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
}

/** @throws PolytagError those of the model's files, OPTION_INVALID for features that it cannot have */
export async function readSource(
  folder: string,
  wanted: readonly Feature[],
): Promise<EncoderSource> {
  const model = await openModelFolder(folder);
  try {
    const config = parseBertConfig(model.config, model.configFile);
    const features = resolveFeatures(config, wanted);
    return { config, features, weights: await readEncoderWeights(model.tensors, features, folder) };
  } finally {
    await model.close();
  }
}
