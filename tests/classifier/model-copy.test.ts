// The compact form of a model: what is in it, how near its scores are, and what becomes of thresholds.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeModelFolder } from '../../src/classifier/model-folder.js';
import { MultiLabelClassifier } from '../../src/classifier/multi-label-classifier.js';
import type { LoadOptions } from '../../src/classifier/classifier-options.js';
import { openSafetensors } from '../../src/weights/index.js';
import { contentsOf, filesOf } from './support/folder-contents.js';
import { randomOutcome } from './support/random-outcome.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';

const root = temporaryFolder();
const whole = join(root, 'whole');
const compact = join(root, 'compact');
const texts = ['you are a bird', 'the cat sat on the mat and looked at me', ''];

async function withModel<Result>(
  folder: string,
  use: (classifier: MultiLabelClassifier) => Promise<Result>,
  options: LoadOptions = {},
): Promise<Result> {
  const classifier = await MultiLabelClassifier.load(folder, { workers: 1, ...options });
  try {
    return await use(classifier);
  } finally {
    await classifier.close();
  }
}

function largestDifference(left: Float32Array, right: Float32Array): number {
  expect(left).toHaveLength(right.length);
  return left.reduce((most, value, at) => Math.max(most, Math.abs(value - right[at])), 0);
}

const scoresOf = async (folder: string, options: LoadOptions = {}): Promise<Float32Array> =>
  withModel(folder, async (model) => (await model.predictMatrix(texts)).values, options);

beforeAll(async () => {
  const tiny = resolve('tests/fixtures/tf-bert-tiny');
  await writeModelFolder(whole, await randomOutcome({ folder: tiny, hiddenSize: 32 }));
  await withModel(whole, (model) => model.save(compact, { compact: true }));
});

describe('a compact model folder', () => {
  it('holds weights in half precision but for the head, and no ONNX files', async () => {
    const left = filesOf(whole).filter((path) => !path.startsWith('onnx/'));
    expect(filesOf(compact)).toEqual(left);
    const file = await openSafetensors(join(compact, 'model.safetensors'));
    const types = new Map(file.names().map((name) => [name, file.info(name).type]));
    await file.close();
    for (const [name, type] of types) {
      expect([name, type]).toEqual([name, name.startsWith('classifier.') ? 'float32' : 'float16']);
    }
    expect(types.size).toBeGreaterThan(20);
  });

  it('scores as the whole model does, but for the rounding of weights', async () => {
    const difference = largestDifference(await scoresOf(whole), await scoresOf(compact));
    expect(difference).toBeLessThan(2e-3);
    expect(difference).toBeGreaterThan(0);
  });

  it('is run in int8 as the whole model is', async () => {
    const rounded = await scoresOf(whole, { precision: 'int8' });
    const difference = largestDifference(rounded, await scoresOf(compact, { precision: 'int8' }));
    expect(difference).toBeLessThan(2e-2);
  });

  it('is copied as it is, byte by byte', async () => {
    const again = join(root, 'again');
    await withModel(compact, (model) => model.save(again));
    expect(contentsOf(again)).toEqual(contentsOf(compact));
  });

  it('takes thresholds along that were stored since', async () => {
    const changed = join(root, 'changed');
    const smaller = join(root, 'smaller');
    await withModel(whole, (model) => model.save(changed));
    await withModel(changed, async (model) => {
      await model.storeThresholds({ toxic: 0.25 }, 'a test');
      await model.save(smaller, { compact: true });
    });
    const thresholds = await withModel(smaller, (model) => Promise.resolve(model.storedThresholds));
    expect(thresholds.version).toBe(2);
    expect(thresholds.values[0]).toBe(0.25);
  });

  it('says in its card that it is compact', () => {
    const card = readFileSync(join(compact, 'README.md'), 'utf8');
    expect(card).toContain('The folder is compact');
    expect(card).not.toContain('onnx/model.onnx');
  });

  it('carries notes in its card, and is whole with them', async () => {
    const noted = join(root, 'noted');
    await withModel(whole, (model) => model.save(noted, { notes: '## Meant for\nTests.' }));
    const card = readFileSync(join(noted, 'README.md'), 'utf8');
    expect(card.startsWith(readFileSync(join(whole, 'README.md'), 'utf8'))).toBe(true);
    expect(card.endsWith('\n\n## Meant for\nTests.\n')).toBe(true);
    expect(await scoresOf(noted)).toEqual(await scoresOf(whole));
  });

  it('is refused when a byte of its weights changes', async () => {
    const damaged = join(root, 'damaged');
    await withModel(compact, (model) => model.save(damaged));
    const path = join(damaged, 'model.safetensors');
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(path, bytes);
    await expectRefusal(
      MultiLabelClassifier.load(damaged),
      'MODEL_FILE_CHANGED',
      'model.safetensors',
    );
  });
});
