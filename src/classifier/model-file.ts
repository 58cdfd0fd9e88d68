// The ONNX file that a trained model is run from: the folder's own, or, of a compact folder, one made for the time of its use.
import { join } from 'node:path';
import { buildClassifierModel, TemporaryModel } from '../bert/index.js';
import { type GraphBuilder, quantizeModel } from '../graph/index.js';
import { fileNames } from './model-record.js';
import type { TrainedFolder } from './trained-folder.js';
import { readTrainedWeights } from './trained-weights.js';

/** In which numbers a model is run. */
export type Precision = 'fp32' | 'int8';

/** The ONNX files of a folder, by precision. */
export const modelFiles = { fp32: fileNames.model, int8: fileNames.quantizedModel } as const;

/** A file to load a model from, while it is used. */
export interface ModelFile {
  readonly path: string;
  /** To be called when no worker will load it any more. */
  remove(): Promise<void>;
}

/** A file of a folder, which stays. */
export function fileOf(folder: string, name: string): ModelFile {
  return { path: join(folder, name), remove: () => Promise.resolve() };
}

/** The model with its weights rounded to int8, but for the head: a small part of the work and all of the decision. */
export function quantizeClassifier(graph: GraphBuilder): GraphBuilder {
  return quantizeModel(graph, { keep: (name) => name.startsWith('classifier.') });
}

/**
 * Finds the file, or makes it: a compact folder holds weights only.
 *
 * @throws PolytagError as `readTrainedWeights`; those of writing
 */
export async function provideModelFile(
  trained: Pick<TrainedFolder, 'folder' | 'record'>,
  precision: Precision,
): Promise<ModelFile> {
  const name = modelFiles[precision];
  if (trained.record.files.some(({ path }) => path === name)) {
    return fileOf(trained.folder, name);
  }
  const { config, features, weights, head } = await readTrainedWeights(trained);
  const graph = buildClassifierModel(config, features, weights, head);
  return TemporaryModel.write(precision === 'int8' ? quantizeClassifier(graph) : graph);
}
