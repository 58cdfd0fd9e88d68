// A blended model: its scores by hand, its folder, and what other programs see of it.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileOf } from '../../src/classifier/model-file.js';
import { sealJson } from '../../src/classifier/sealed-json.js';
import { TextScorer } from '../../src/classifier/text-scorer.js';
import { openTrainedFolder } from '../../src/classifier/trained-folder.js';
import { MultiLabelClassifier, type TrainOptions } from '../../src/index.js';
import { loadLinearBaseline } from '../../src/linear/index.js';
import { startService } from '../training/service/running-service.js';
import { contentsOf } from './support/folder-contents.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { writeToxicRows } from './support/toxic-rows.js';

const root = temporaryFolder();
const table = join(root, 'rows.csv');
const held = join(root, 'held.csv');
const out = join(root, 'blended');
const options: TrainOptions = {
  table,
  out,
  validation: held,
  encoder: resolve('tests/fixtures/tf-bert-tiny'),
  maxLength: 24,
  head: { epochs: 2, hiddenUnits: 8 },
  cache: false,
  workers: 1,
  blend: true,
};
let texts: string[] = [];
let classifier: MultiLabelClassifier;

beforeAll(async () => {
  texts = await writeToxicRows(table, 300);
  await writeToxicRows(held, 90);
  classifier = await MultiLabelClassifier.train(options);
});
afterAll(() => classifier.close());

/** What the model's ONNX file and the baseline come to by the stored weights. */
async function scoreByHand(folder: string, model: string): Promise<number[]> {
  const limits = { maxLength: 24, truncation: 'head' } as const;
  const scorer = await TextScorer.open({
    folder,
    model: fileOf(folder, model),
    ...limits,
    workers: 1,
  });
  const baseline = await loadLinearBaseline(join(folder, 'baseline/linear.safetensors'));
  const { weights } = weightsOf(folder);
  const scores: number[] = [];
  let row = 0;
  for await (const { logits } of scorer.logitStream(texts)) {
    const theirs = baseline.scoreLogits([texts[row++]]);
    weights.forEach(({ model: ours, baseline: added, offset }, label) => {
      const logit = ours * logits[label] + added * theirs[label] + offset;
      scores.push(1 / (1 + Math.exp(-logit)));
    });
  }
  await scorer.close();
  return scores;
}

function weightsOf(folder: string) {
  const record = JSON.parse(readFileSync(join(folder, 'polytag.json'), 'utf8')) as {
    blend: { weights: { model: number; baseline: number; offset: number }[] };
  };
  return record.blend;
}

function expectClose(values: ArrayLike<number>, expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  const largest = expected.reduce(
    (most, value, at) => Math.max(most, Math.abs(value - values[at])),
    0,
  );
  expect(largest).toBeLessThan(1e-6);
}

describe('a blended model', () => {
  it.each([
    ['fp32', 'onnx/model.onnx'],
    ['int8', 'onnx/model_quantized.onnx'],
  ] as const)('scores in %s as its file and its baseline do together', async (precision, file) => {
    const loaded = await MultiLabelClassifier.load(out, { workers: 2, precision });
    expectClose((await loaded.predictMatrix(texts)).values, await scoreByHand(out, file));
    await loaded.close();
  });

  it('has weights of which none is negative, thresholds and figures of blended scores', async () => {
    const { blend, thresholds, validation, baseline, format } = classifier.info;
    expect(format).toBe(3);
    for (const { model, baseline: added } of blend?.weights ?? []) {
      expect(Math.min(model, added)).toBeGreaterThanOrEqual(0);
      expect(model + added).toBeGreaterThan(0);
    }
    expect(thresholds).not.toEqual(blend?.alone.thresholds);
    const evaluation = await classifier.evaluate(held, { bootstrap: false });
    expect(evaluation.baseline).toEqual(baseline?.validation);
    evaluation.model.labels.forEach(({ logLoss, f1 }, column) => {
      const stored = validation.labels[column];
      expect(logLoss.value).toBeCloseTo(stored.logLoss.value ?? Number.NaN, 5);
      expect(f1).toEqual(stored.f1);
    });
  });

  it('is the model that it is without the blend, with something added', async () => {
    const target = join(root, 'alone');
    const alone = await MultiLabelClassifier.train({ ...options, out: target, blend: false });
    const { thresholds, validation } = alone.info;
    expect(alone.info.blend).toBeUndefined();
    expect(classifier.info.blend?.alone).toEqual({ thresholds, validation });
    const [ours, theirs] = [out, target].map(contentsOf);
    for (const file of ['training.json', 'polytag.json', 'README.md', 'validation-scores.json']) {
      ours.delete(file);
      theirs.delete(file);
    }
    expect(ours).toEqual(theirs);
    const unblended = await MultiLabelClassifier.load(out, { workers: 1, blend: false });
    expect(await unblended.predict(texts)).toEqual(await alone.predict(texts));
    expect(await unblended.predict(texts)).not.toEqual(await classifier.predict(texts));
    await unblended.close();
    await alone.close();
  });

  it('says in its card what its files leave out', () => {
    const card = readFileSync(join(out, 'README.md'), 'utf8');
    expect(card).toContain('## Blend');
    expect(card).toMatch(/ONNX files hold the model without it/);
    expect(card).not.toMatch(/undefined|NaN/);
  });

  it('measures int8 on blended scores', () => {
    const { largestScoreChange } = classifier.info.quantization ?? { largestScoreChange: 0 };
    expect(largestScoreChange).toBeGreaterThan(0);
    expect(largestScoreChange).toBeLessThan(0.2);
  });

  it('scores the same after a round trip, text by text or all at once', async () => {
    const copy = join(root, 'copy');
    await classifier.save(copy);
    const loaded = await MultiLabelClassifier.load(copy, { workers: 1 });
    const { values } = await classifier.predictMatrix(texts);
    expect((await loaded.predictMatrix(texts)).values).toEqual(values);
    const [first] = await loaded.predict([texts[7]]);
    expectClose(Object.values(first), [...values.slice(42, 48)]);
    await loaded.close();
  });

  it('reads no more of an endless stream than it must, and stops at the signal', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<string> {
      for (;;) {
        await Promise.resolve();
        yield texts[read++ % texts.length];
      }
    }
    let taken = 0;
    for await (const { scores } of classifier.predictStream(endless())) {
      expect(scores).toHaveLength(6);
      if (++taken === 5) break;
    }
    expect(read).toBeLessThan(10_000);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(classifier.predict(texts, { signal })).rejects.toThrow('enough');
  });

  it('needs a baseline', async () => {
    const attempt = MultiLabelClassifier.train({
      ...options,
      out: join(root, 'none'),
      baseline: false,
    });
    await expectRefusal(attempt, 'OPTION_INVALID', 'blend', 'baseline');
  });

  it.each<[problem: string, change: (record: Record<string, unknown>) => void]>([
    ['weights', ({ blend }) => Object.assign(blend as object, { weights: [] })],
    [
      '"blend.weights[0].model"',
      ({ blend }) => {
        (blend as { weights: { model: number }[] }).weights[0].model = -0.1;
      },
    ],
    ['"blend.alone', ({ blend }) => Object.assign(blend as object, { alone: {} })],
    ['without a baseline', (record) => Object.assign(record, { baseline: null })],
  ])('refuses a record with wrong %s', async (problem, change) => {
    const copy = join(root, 'damaged');
    cpSync(out, copy, { recursive: true, force: true });
    const path = join(copy, 'polytag.json');
    const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    delete record.sha256;
    change(record);
    writeFileSync(path, sealJson(record));
    await expectRefusal(openTrainedFolder(copy), 'MODEL_RECORD_INVALID', problem);
  });

  it('has weights and thresholds of the scores out of fold where there are folds', async () => {
    const target = join(root, 'folded');
    const folded = await MultiLabelClassifier.train({ ...options, out: target, folds: 2 });
    const { blend, thresholds, baseline } = folded.info;
    expect(blend?.weights).toHaveLength(6);
    expect(blend?.weights).not.toEqual(classifier.info.blend?.weights);
    expect(thresholds).not.toEqual(classifier.info.thresholds);
    expect(thresholds).not.toEqual(blend?.alone.thresholds);
    expect(thresholds).not.toEqual(baseline?.thresholds);
    await folded.close();
  });

  it('blends what a service encodes', async () => {
    const service = await startService();
    const target = join(root, 'by service');
    const { maxLength, ...others } = options;
    expect(maxLength).toBe(24);
    const byService = await MultiLabelClassifier.train({
      ...others,
      out: target,
      encoder: service.address,
    });
    const { labels, validation, blend } = byService.info;
    const evaluation = await byService.evaluate(held, { bootstrap: false });
    labels.forEach((_, column) => {
      const { value } = evaluation.model.labels[column].logLoss;
      expect(value).toBeCloseTo(validation.labels[column].logLoss.value ?? Number.NaN, 5);
    });
    expect(blend?.weights).toHaveLength(6);
    expect(blend?.alone.validation).not.toEqual(validation);
    await byService.close();
    await service.stop();
  });
});
