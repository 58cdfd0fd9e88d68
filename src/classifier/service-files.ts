// Writes what there is of a model whose encoder is a service: its head, from vectors to logits.
import { join } from 'node:path';
import { addHeadWeights, buildHead, logitsName } from '../bert/index.js';
import { GraphBuilder, writeModel } from '../graph/index.js';
import type { TrainingOutcome } from '../training/index.js';
import { fileNames } from './model-record.js';

/** The input of a head: the services' vectors, float32 [batch_size, width]. */
export const vectorsName = 'vectors';

/** Writes head.onnx into `folder`. */
export async function writeHeadFile(
  folder: string,
  { head }: TrainingOutcome,
  width: number,
): Promise<void> {
  const graph = new GraphBuilder();
  const vectors = graph.input(vectorsName, 'float32', ['batch_size', width]);
  graph.output(logitsName, buildHead(vectors, addHeadWeights(vectors, head)));
  await writeModel(graph, join(folder, fileNames.head));
}
