// A model that scores long texts by windows: its scores by hand, and the same in training, prediction and evaluation.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFeeds, parseBertConfig, WordPieceTokenizer } from '../../src/bert/index.js';
import { readLabelledTable } from '../../src/data/index.js';
import { MultiLabelClassifier, type TrainOptions } from '../../src/index.js';
import { WorkerPool } from '../../src/runtime/index.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { writeToxicRows } from './support/toxic-rows.js';

const root = temporaryFolder();
const table = join(root, 'rows.csv');
const held = join(root, 'held.csv');
const out = join(root, 'windowed');
const tiny = resolve('tests/fixtures/tf-bert-tiny');
const options: TrainOptions = {
  table,
  out,
  validation: held,
  encoder: tiny,
  maxLength: 16,
  head: { epochs: 2, hiddenUnits: 8 },
  cache: false,
  workers: 1,
  baseline: false,
  windows: { combine: 'max', stride: 9 },
};
let classifier: MultiLabelClassifier;
let tokenizer: WordPieceTokenizer;
/** Tokens that 64 windows cover, special tokens included. */
const covered = 63 * 9 + 16;
const phases = new Set<string>();

beforeAll(async () => {
  await writeToxicRows(table, 200);
  await writeToxicRows(held, 60);
  tokenizer = await WordPieceTokenizer.load(tiny);
  classifier = await MultiLabelClassifier.train({
    ...options,
    onProgress: ({ phase }) => phases.add(phase),
  });
});
afterAll(() => classifier.close());

/** The highest logits over windows of 14 tokens, each run alone. */
async function scoreByHand(text: string): Promise<number[]> {
  const pool = await WorkerPool.open(join(out, 'onnx/model.onnx'), { workers: 1 });
  const config = parseBertConfig(
    JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<string, string>,
    'config.json',
  );
  const whole = tokenizer.encode(text).ids;
  const content = [...whole.subarray(1, whole.length - 1)];
  const starts = [0];
  while ((starts.at(-1) ?? 0) + 14 < content.length) starts.push((starts.at(-1) ?? 0) + 9);
  const highest = classifier.labels.map(() => -Infinity);
  for (const start of starts) {
    const first = Math.max(0, Math.min(start, content.length - 14));
    const inside = content.slice(first, first + 14);
    const ids = Int32Array.from([whole[0], ...inside, whole[whole.length - 1]]);
    const nothing = new Int32Array(ids.length);
    const encoding = {
      ids,
      typeIds: new Uint8Array(ids.length),
      starts: nothing,
      ends: nothing,
      sources: new Int8Array(ids.length),
      truncated: 0,
    };
    const feeds = makeFeeds([encoding], { config, paddingId: 0, maskSpecialTokens: false });
    const { logits } = await pool.run(feeds);
    highest.forEach((logit, label) => {
      highest[label] = Math.max(logit, Number(logits.data[label]));
    });
  }
  await pool.close();
  return highest.map((logit) => 1 / (1 + Math.exp(-logit)));
}

describe('a model that scores by windows', () => {
  it('gives a long text the highest logits of its windows', async () => {
    const { texts } = await readLabelledTable(held);
    const isLong = (length: number): boolean => length > 16 && length <= covered;
    const long = texts.filter((text) => isLong(tokenizer.encode(text).ids.length)).slice(0, 4);
    const short = texts.filter((text) => tokenizer.encode(text).ids.length <= 16).slice(0, 2);
    for (const text of [...long, ...short]) {
      const [scores] = await classifier.predict([text]);
      const expected = await scoreByHand(text);
      Object.values(scores).forEach((score, label) => {
        expect(score).toBeCloseTo(expected[label], 5);
      });
    }
  });

  it('says how many texts that were, and how many it cut', async () => {
    const { texts } = await readLabelledTable(held);
    const long = texts.filter((text) => tokenizer.encode(text).ids.length > 16).length;
    const cut = texts.filter((text) => tokenizer.encode(text).ids.length > covered).length;
    expect(long).toBeGreaterThan(10);
    const { windowed, truncated } = await classifier.predictMatrix(texts);
    expect({ windowed, truncated }).toEqual({ windowed: long, truncated: cut });
    expect(classifier.info.rows.windowed).toBe(long);
    expect(classifier.info.rows.truncated).toBeGreaterThan(long);
    expect([...phases]).toContain('windows');
  });

  it('was measured as it scores', async () => {
    const { model, rows } = await classifier.evaluate(held, { bootstrap: false });
    const { validation, thresholds, windows, format } = classifier.info;
    expect({ windows, format }).toEqual({ windows: { combine: 'max', stride: 9 }, format: 3 });
    expect(rows.windowed).toBeGreaterThan(10);
    model.labels.forEach(({ logLoss, f1, threshold }, column) => {
      const stored = validation.labels[column];
      expect(threshold).toBe(thresholds[column].threshold);
      expect(logLoss.value).toBeCloseTo(stored.logLoss.value ?? Number.NaN, 5);
      expect(f1).toEqual(stored.f1);
    });
  });

  it('cuts a text that 64 windows do not cover, and says by how much', async () => {
    const text = 'you '.repeat(1000);
    for await (const { windows, truncated } of classifier.predictStream([text, 'you'])) {
      const isLong = windows > 1;
      expect({ windows, truncated }).toEqual(
        isLong ? { windows: 64, truncated: 1002 - covered } : { windows: 1, truncated: 0 },
      );
    }
    const matrix = await classifier.predictMatrix([text, 'you', 'you '.repeat(30)]);
    expect(matrix).toMatchObject({ truncated: 1, windowed: 2 });
  });

  it('says in its card that other programs cut', () => {
    const card = readFileSync(join(out, 'README.md'), 'utf8');
    expect(card).toMatch(/windows/);
    expect(card).not.toMatch(/undefined|NaN/);
  });

  it('scores by the encoder that learnt, with its baseline added', async () => {
    const target = join(root, 'tuned');
    const tuned = await MultiLabelClassifier.train({
      ...options,
      out: target,
      windows: { combine: 'mean' },
      baseline: true,
      blend: true,
      tuning: { mode: { kind: 'top', layers: 1 }, epochs: 2, headLearningRate: 0.002 },
    });
    expect(tuned.info.windows).toEqual({ combine: 'mean', stride: 7 });
    expect(tuned.info.tuning?.bestStep).toBeGreaterThan(0);
    const { model } = await tuned.evaluate(held, { bootstrap: false });
    model.labels.forEach(({ logLoss }, column) => {
      const stored = tuned.info.validation.labels[column].logLoss.value;
      expect(logLoss.value).toBeCloseTo(stored ?? Number.NaN, 4);
    });
    await tuned.close();
  });

  it('refuses a stride that leaves tokens out, and a service, which cuts by itself', async () => {
    const target = join(root, 'none');
    const apart = { ...options, out: target, windows: { combine: 'max', stride: 15 } } as const;
    await expectRefusal(MultiLabelClassifier.train(apart), 'OPTION_INVALID', 'stride', '1 to 14');
    const { maxLength, ...others } = options;
    expect(maxLength).toBe(16);
    const served = { ...others, out: target, encoder: 'tcp://127.0.0.1:9' };
    await expectRefusal(MultiLabelClassifier.train(served), 'OPTION_INVALID', 'windows');
  });
});
