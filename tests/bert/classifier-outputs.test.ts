// DistilBERT's classifier, computed a second time the slow way: dense, relu, dense, softmax.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  bertTensors,
  distilConfig,
  distilName,
  randomTensor,
  renamed,
  type Tensors,
  vocabulary,
  writeHuggingFaceFolder,
} from '../weights/support/tiny-models.js';
import { encodeOnce, largestDifference } from './support/encoding.js';
import { temporaryFolder } from './support/temporary-folder.js';

const folder = join(temporaryFolder(), 'distil');
const encoder = renamed(bertTensors(), distilName);
const head: Tensors = new Map([
  ['pre_classifier.weight', randomTensor(4, 4)],
  ['pre_classifier.bias', randomTensor(4)],
  ['classifier.weight', randomTensor(3, 4)],
  ['classifier.bias', randomTensor(3)],
]);
const files = { 'config.json': distilConfig, 'vocab.txt': vocabulary };
const texts = ['the fox', 'foxes .', ''];

function dense(name: string, inputs: readonly number[]): number[] {
  const weight = head.get(`${name}.weight`)?.data ?? new Float32Array();
  const bias = head.get(`${name}.bias`)?.data ?? new Float32Array();
  return Array.from(bias, (start, row) =>
    inputs.reduce(
      (sum, input, column) => sum + input * weight[row * inputs.length + column],
      start,
    ),
  );
}

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map(Math.exp);
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

describe('the classifier of a DistilBERT', () => {
  beforeAll(() => writeHuggingFaceFolder(folder, new Map([...encoder, ...head]), files));

  it('is a layer with relu and one with softmax over the first token', async () => {
    const { data: first } = await encodeOnce(folder, texts, { pooling: 'first', layers: [-1] });
    const expected = texts.flatMap((_, row) => {
      const token = Array.from(first.subarray(4 * row, 4 * row + 4));
      const hidden = dense('pre_classifier', token).map((value) => Math.max(0, value));
      return softmax(dense('classifier', hidden));
    });
    const { data, shape } = await encodeOnce(folder, texts, { pooling: 'classification' });
    expect(shape).toEqual([3, 3]);
    expect(largestDifference(data, expected)).toBeLessThan(1e-6);
  });

  it('is missed by name', async () => {
    const bare = `${folder}-bare`;
    const output = [...head].filter(([name]) => name.startsWith('classifier.'));
    await writeHuggingFaceFolder(bare, new Map([...encoder, ...output]), files);
    await expect(encodeOnce(bare, texts, { pooling: 'classification' })).rejects.toMatchObject({
      code: 'CLASSIFIER_HEAD_MISSING',
      message: expect.stringContaining('pre_classifier.weight') as string,
    });
  });
});
