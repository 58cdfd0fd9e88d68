// Writes the tiny checkpoint with a classifier beside it, as Google's run_classifier.py does.
import { join } from 'node:path';
import type { Tensor } from '../../../src/graph/index.js';
import { openTensorFlowCheckpoint } from '../../../src/weights/checkpoint/reader.js';
import { writeCheckpoint } from '../../weights/support/checkpoint-writer.js';
import { tinyBert } from './run-serving.js';

/** A classifier's weights, row-major [labels, 32], and its biases. */
export interface ClassifierHead {
  readonly weight: readonly number[];
  readonly bias: readonly number[];
}

/** Writes `prefix`.index and its data. */
export async function writeTuned(prefix: string, { weight, bias }: ClassifierHead): Promise<void> {
  const source = await openTensorFlowCheckpoint(join(tinyBert, 'bert_model.ckpt'));
  const variables: [string, Tensor][] = [];
  for (const name of source.names()) variables.push([name, await source.read(name)]);
  await source.close();
  const tensor = (shape: number[], data: readonly number[]): Tensor => ({
    type: 'float32',
    shape,
    data: Float32Array.from(data),
  });
  variables.push(['output_weights', tensor([bias.length, 32], weight)]);
  variables.push(['output_bias', tensor([bias.length], bias)]);
  await writeCheckpoint(prefix, variables);
}
