// Training a head: it learns, repeats itself to the last bit, resumes to the same bytes, and never learns from the unknown.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedHeadWeights } from '../../src/bert/index.js';
import { RandomSource } from '../../src/data/index.js';
import { type HeadData, type TrainedHead, trainHead } from '../../src/training/head-trainer.js';
import { defaultHeadSettings, type HeadSettings, recipe2019 } from '../../src/training/settings.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-head-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const width = 6;
const rows = 240;

/** Two labels that are linear in the features, with noise; every seventh cell of the first unknown. */
function makeData(): HeadData {
  const random = new RandomSource(5);
  const features = new Float32Array(new SharedArrayBuffer(rows * width * 4));
  const values = new Int8Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      features[row * width + column] = 2 * random.nextFloat() - 1;
    }
    const [first, second, third] = features.subarray(row * width, row * width + 3);
    values[row * 2] = row % 7 === 0 ? -1 : Number(first + 0.3 * second > 0.2);
    values[row * 2 + 1] = Number(third - first > 0.5);
  }
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  return {
    features,
    width,
    labels: { rows, columns: 2, values },
    train: all.subarray(0, 180),
    validation: all.subarray(180),
  };
}

const settings: HeadSettings = {
  ...defaultHeadSettings,
  standardize: false,
  hiddenUnits: 16,
  dropout: 0.3,
  batchSize: 32,
  learningRate: 0.02,
  epochs: 8,
  patience: 8,
};

function bytesOf({ layers }: TrainedHead): string {
  return namedHeadWeights(layers)
    .map(([name, { data }]) => `${name} ${Buffer.from(data.buffer).toString('hex')}`)
    .join('\n');
}

describe('trainHead', () => {
  it('learns what is there to learn', async () => {
    const { best, history } = await trainHead(makeData(), settings);
    expect(best.validationRocAuc).toBeGreaterThan(0.95);
    expect(history.at(-1)?.loss).toBeLessThan(history[0].loss);
  });

  it.each([
    ['a linear head', { ...settings, hiddenUnits: 0, epochs: 60, patience: 60 }],
    [
      'the 2019 recipe',
      { ...recipe2019, hiddenUnits: 16, dropout: 0.3, epochs: 60, learningRate: 0.02 },
    ],
    [
      'the asymmetric loss',
      {
        ...settings,
        loss: { kind: 'asymmetric', gammaPositive: 0, gammaNegative: 2, clip: 0.05 },
      },
    ],
    ['the weighted loss', { ...settings, loss: { kind: 'weighted' } }],
  ] satisfies [string, HeadSettings][])('learns with %s', async (_name, variant) => {
    const { best } = await trainHead(makeData(), variant);
    expect(best.validationRocAuc).toBeGreaterThan(0.9);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const first = bytesOf(await trainHead(makeData(), settings));
    expect(bytesOf(await trainHead(makeData(), settings))).toBe(first);
    expect(bytesOf(await trainHead(makeData(), { ...settings, seed: 2 }))).not.toBe(first);
  });

  it('ends in the same bytes when it is interrupted after any epoch and resumed', async () => {
    const straight = bytesOf(await trainHead(makeData(), settings));
    for (const stopAfter of [1, 4, 7]) {
      const path = join(folder, `interrupted-${stopAfter}.safetensors`);
      const checkpoint = { path, fingerprint: { data: 'same' }, resume: true };
      const interruption = new AbortController();
      const run = trainHead(makeData(), settings, {
        checkpoint,
        signal: interruption.signal,
        onProgress: ({ done }) => {
          if (done === stopAfter + 1) interruption.abort();
        },
      });
      await run.catch(() => undefined);
      const resumed = await trainHead(makeData(), settings, { checkpoint });
      expect(resumed.history).toHaveLength(settings.epochs);
      expect(bytesOf(resumed)).toBe(straight);
    }
  });

  it('refuses to resume from the checkpoint of another run, and says what differs', async () => {
    const path = join(folder, 'foreign.safetensors');
    const short = { ...settings, epochs: 1 };
    const checkpoint = { path, fingerprint: { data: 'one', seed: '1' }, resume: true };
    await trainHead(makeData(), short, { checkpoint });
    const other = { ...checkpoint, fingerprint: { data: 'two', seed: '1' } };
    await expect(trainHead(makeData(), short, { checkpoint: other })).rejects.toMatchObject({
      code: 'CHECKPOINT_FOREIGN',
      message: expect.stringContaining('data differ') as string,
    });
  });

  it('does not change by a bit with the features of rows of which nothing is known', async () => {
    const data = makeData();
    const isHidden = (row: number): boolean => row % 7 === 0;
    const values = data.labels.values.map((value, cell) =>
      isHidden(Math.floor(cell / 2)) ? -1 : value,
    );
    const hidden = { ...data, labels: { ...data.labels, values } };
    const negated = new Float32Array(new SharedArrayBuffer(data.features.byteLength));
    negated.set(
      data.features.map((value, at) => (isHidden(Math.floor(at / width)) ? -value : value)),
    );
    const before = bytesOf(await trainHead(hidden, settings));
    expect(bytesOf(await trainHead({ ...hidden, features: negated }, settings))).toBe(before);
    expect(bytesOf(await trainHead({ ...data, features: negated }, settings))).not.toBe(before);
  });

  it('trains where a label has one class only, and leaves it out of the choice of the epoch', async () => {
    const data = makeData();
    const values = data.labels.values.map((value, cell) => (cell % 2 === 0 ? 0 : value));
    const { best } = await trainHead({ ...data, labels: { ...data.labels, values } }, settings);
    expect(best.validationRocAuc).toBeGreaterThan(0.9);
  });
});
