// Same text, same vector, whatever it was batched with: within 2e-6 for each pooling, in single precision.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Encoder, type EncoderInput } from '../../src/bert/encoder.js';
import type { EncoderOptions } from '../../src/bert/encoder-options.js';
import { poolings } from '../../src/bert/pooling.js';
import { openTensorFlowCheckpoint } from '../../src/weights/checkpoint/reader.js';
import type { Tensor } from '../../src/graph/index.js';
import { writeCheckpoint } from '../weights/support/checkpoint-writer.js';
import { randomTensor } from '../weights/support/tiny-models.js';
import { fuzzedText, randomNumbers } from './fuzzed-texts.js';
import { largestDifference } from './support/encoding.js';
import { temporaryFolder } from './support/temporary-folder.js';

/** How far a vector may move when a text's company changes: rounding in sums of another order. */
const tolerance = 2e-6;

const random = randomNumbers(8);
const texts: EncoderInput[] = [
  'Please stop vandalizing the article.',
  'you',
  '',
  ['Thank you', 'You are welcome, I think!'],
  { tokens: ['please', '##ing', 'stop'] },
  'word '.repeat(300),
  ...Array.from({ length: 20 }, () => fuzzedText(random)),
];

/** All poolings that give one vector, side by side: what holds for their columns together holds for each. */
const features = poolings
  .filter((pooling) => pooling !== 'none')
  .map((pooling) => ({ pooling, layers: [-2] }));

async function expectInvariance(reference: string, options: EncoderOptions): Promise<void> {
  const encoder = await Encoder.load(reference, { workers: 1, ...options });
  try {
    const alone: Float32Array[] = [];
    for (const text of texts) {
      const [{ vector }] = await encoder.encodeRequest([text]);
      alone.push(vector);
    }
    // Backwards and in twos: every text has other company than in the first batch, and other padding.
    const orders = [texts, texts.toReversed(), texts.slice(0, 2), texts.slice(4, 6)];
    for (const order of orders) {
      let row = 0;
      for await (const { vector } of encoder.encodeStream(order)) {
        const index = texts.indexOf(order[row++]);
        expect(largestDifference(vector, alone[index])).toBeLessThan(tolerance);
      }
      expect(row).toBe(order.length);
    }
  } finally {
    await encoder.close();
  }
}

const tiny = 'tests/fixtures/tf-bert-tiny';

describe('bert-tiny', () => {
  it(features.map(({ pooling }) => pooling).join(', '), async () => {
    await expectInvariance(tiny, { features, tokenBudget: 1024 });
  });

  it('none', async () => {
    await expectInvariance(tiny, { pooling: 'none', tokenBudget: 1024 });
  });

  it('with special tokens masked, and without any', async () => {
    await expectInvariance(tiny, { pooling: 'mean_max', maskSpecialTokens: true });
    await expectInvariance(tiny, { pooling: 'last', addSpecialTokens: false });
  });

  describe('with a classifier', () => {
    const tunedFolder = join(temporaryFolder(), 'tuned');
    beforeAll(async () => {
      mkdirSync(tunedFolder);
      const source = await openTensorFlowCheckpoint(join(tiny, 'bert_model.ckpt'));
      const tensors: [string, Tensor][] = [];
      for (const name of source.names()) tensors.push([name, await source.read(name)]);
      await source.close();
      for (const labels of [1, 4]) {
        const head: [string, Tensor][] = [
          ['output_weights', randomTensor(labels, 32)],
          ['output_bias', randomTensor(labels)],
        ];
        await writeCheckpoint(join(tunedFolder, `model.ckpt-${labels}`), [...tensors, ...head]);
      }
    });

    it.each([
      { pooling: 'classification', checkpointName: 'model.ckpt-4' },
      { pooling: 'regression', checkpointName: 'model.ckpt-1' },
    ] as const)('$pooling', async (options) => {
      await expectInvariance(tiny, { ...options, tunedFolder });
    });
  });
});

describe('all-MiniLM-L6-v2', () => {
  const options = { maxLength: 64, tokenBudget: 1024 };

  it(features.map(({ pooling }) => pooling).join(', '), async () => {
    await expectInvariance('all-MiniLM-L6-v2', { ...options, features });
  });

  it('none', async () => {
    await expectInvariance('all-MiniLM-L6-v2', { ...options, pooling: 'none' });
  });
});
