// The classifier as users have it: trained, loaded, asked, measured, saved; and what happens to its folder.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLabelledTable } from '../../src/data/index.js';
import { MultiLabelClassifier, type TrainOptions } from '../../src/index.js';
import { contentsOf } from './support/folder-contents.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { writeToxicRows } from './support/toxic-rows.js';

const root = temporaryFolder();
const table = join(root, 'rows.csv');
const out = join(root, 'models', 'first');
const options: TrainOptions = {
  table,
  out,
  encoder: resolve('tests/fixtures/tf-bert-tiny'),
  maxLength: 32,
  truncation: 'head+tail',
  head: { epochs: 2, hiddenUnits: 8 },
  cache: false,
  workers: 1,
};
let texts: string[] = [];
let classifier: MultiLabelClassifier;
const phases = new Set<string>();

beforeAll(async () => {
  texts = await writeToxicRows(table, 300);
  classifier = await MultiLabelClassifier.train({
    ...options,
    // The baseline has phases of its own.
    onProgress: ({ phase }) => phases.add(phase.replace(/-.*/, '')),
  });
});
afterAll(() => classifier.close());

async function* stream(items: readonly string[]): AsyncGenerator<string> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

describe('MultiLabelClassifier.train', () => {
  it('leaves a model folder and nothing else, and tells how far it is', () => {
    expect(readdirSync(join(root, 'models'))).toEqual(['first']);
    expect([...phases]).toEqual([
      'reading',
      'encoding',
      'baseline',
      'training',
      'evaluating',
      'saving',
    ]);
  });

  it('gives the same bytes in a second run, training.json apart', async () => {
    const second = join(root, 'second run');
    await (await MultiLabelClassifier.train({ ...options, out: second })).close();
    const [ours, theirs] = [out, second].map(contentsOf);
    for (const contents of [ours, theirs]) contents.delete('training.json');
    expect(theirs).toEqual(ours);
  });

  it('refuses a folder that holds a model, and leaves it as it is', async () => {
    const before = contentsOf(out);
    await expectRefusal(MultiLabelClassifier.train(options), 'OUTPUT_EXISTS', out);
    expect(contentsOf(out)).toEqual(before);
    expect(existsSync(`${out}.training`)).toBe(false);
  });

  it('refuses to overwrite what is no model', async () => {
    const sources = join(root, 'sources');
    mkdirSync(sources);
    writeFileSync(join(sources, 'main.c'), 'int main;');
    const attempt = MultiLabelClassifier.train({ ...options, out: sources, overwrite: true });
    await expectRefusal(attempt, 'OUTPUT_FOREIGN', sources);
    expect(readdirSync(sources)).toEqual(['main.c']);
  });

  it('refuses to delete a folder beside that no run made', async () => {
    const target = join(root, 'third');
    mkdirSync(`${target}.training`);
    writeFileSync(join(`${target}.training`, 'notes.txt'), 'mine');
    const attempt = MultiLabelClassifier.train({ ...options, out: target });
    await expectRefusal(attempt, 'OUTPUT_FOREIGN', '.training');
    expect(readdirSync(`${target}.training`)).toEqual(['notes.txt']);
  });

  it('lets one run at a time write to a folder', async () => {
    const target = join(root, 'contested');
    const few = { ...options, out: target, baseline: false, head: { epochs: 1 } };
    const runs = await Promise.allSettled([
      MultiLabelClassifier.train(few),
      MultiLabelClassifier.train(few),
    ]);
    const statuses = runs.map(({ status }) => status);
    expect(statuses.sort()).toEqual(['fulfilled', 'rejected']);
    expect(runs).toContainEqual(
      expect.objectContaining({
        reason: expect.objectContaining({ code: 'RUN_LOCKED' }) as unknown,
      }),
    );
    for (const run of runs) if (run.status === 'fulfilled') await run.value.close();
  });

  it('keeps the old model when the run that would replace it fails', async () => {
    const before = contentsOf(out);
    const stopped = new AbortController();
    const attempt = MultiLabelClassifier.train({
      ...options,
      baseline: false,
      overwrite: true,
      signal: stopped.signal,
      onProgress: ({ phase, done }) => {
        if (phase === 'saving' && done > 0) stopped.abort(new Error('enough'));
      },
    });
    await expect(attempt).rejects.toThrow('enough');
    expect(contentsOf(out)).toEqual(before);
  });

  it('replaces the old model when asked to', async () => {
    const target = join(root, 'replaced');
    const few = { ...options, out: target, baseline: false };
    await (await MultiLabelClassifier.train(few)).close();
    const again = { ...few, overwrite: true, head: { epochs: 1 } };
    const replaced = await MultiLabelClassifier.train(again);
    expect(replaced.info.history).toHaveLength(1);
    expect(replaced.info.baseline).toBeNull();
    await replaced.close();
  });
});

describe('a loaded classifier', () => {
  it('knows its labels, thresholds and origin', () => {
    expect(classifier.labels).toEqual([
      'toxic',
      'severe_toxic',
      'obscene',
      'threat',
      'insult',
      'identity_hate',
    ]);
    expect(classifier.thresholds).toEqual(
      classifier.info.validation.labels.map(({ threshold }) => threshold),
    );
    expect(classifier.info).toMatchObject({
      maxLength: 32,
      truncation: 'head+tail',
      encoder: { reference: 'tf-bert-tiny' },
      rows: { table: 'rows.csv', textColumn: 'comment_text', train: 270, validation: 30 },
    });
  });

  it('gives the same scores to the last bit after loading, on any number of workers', async () => {
    const ours = await classifier.predictMatrix(texts);
    expect([ours.rows, ours.columns]).toEqual([300, 6]);
    expect(ours.truncated).toBeGreaterThan(0);
    const loaded = await MultiLabelClassifier.load(out, { workers: 2 });
    expect(await loaded.predictMatrix(texts)).toEqual(ours);
    await loaded.close();
  });

  it('gives records, a matrix and a stream of the same numbers', async () => {
    const few = texts.slice(0, 20);
    const { values, columns } = await classifier.predictMatrix(few);
    const records = await classifier.predict(few);
    let row = 0;
    for await (const { scores } of classifier.predictStream(stream(few))) {
      expect(scores).toEqual(values.slice(row * columns, (row + 1) * columns));
      expect(Object.values(records[row])).toEqual([...scores]);
      expect(Object.keys(records[row])).toEqual(classifier.labels);
      row++;
    }
    expect(row).toBe(20);
  });

  it('reads no more of an endless stream than it must', async () => {
    let read = 0;
    function* endless(): Generator<string> {
      for (;;) {
        read++;
        yield texts[read % texts.length];
      }
    }
    let taken = 0;
    for await (const { scores } of classifier.predictStream(endless())) {
      expect(scores).toHaveLength(6);
      taken++;
      if (taken === 5) break;
    }
    expect(read).toBeLessThan(10_000);
  });

  it('stops at the signal', async () => {
    const stopped = new AbortController();
    stopped.abort(new Error('enough'));
    const attempt = classifier.predict(texts, { signal: stopped.signal });
    await expect(attempt).rejects.toThrow('enough');
  });

  it('scores close to float32 in int8', async () => {
    const rounded = await MultiLabelClassifier.load(out, { workers: 1, precision: 'int8' });
    const exact = await classifier.predictMatrix(texts);
    const { values } = await rounded.predictMatrix(texts);
    const changes = exact.values.map((score, cell) => Math.abs(score - values[cell]));
    expect(Math.max(...changes)).toBeGreaterThan(0);
    expect(Math.max(...changes)).toBeLessThan(0.2);
    expect(classifier.info.quantization?.largestScoreChange).toBeLessThan(0.2);
    await rounded.close();
  });

  it('refuses an unknown precision', async () => {
    const precision = 'int4' as 'int8';
    await expectRefusal(MultiLabelClassifier.load(out, { precision }), 'OPTION_INVALID', 'int4');
  });
});

describe('evaluate', () => {
  it('measures the model and the baseline at their own thresholds, on the same rows', async () => {
    const seen = new Set<string>();
    const evaluation = await classifier.evaluate(table, {
      bootstrap: { resamples: 20, seed: 4 },
      onProgress: ({ phase }) => seen.add(phase),
    });
    const { model, baseline, rows } = evaluation;
    expect(rows).toMatchObject({ file: table, textColumn: 'comment_text', rows: 300 });
    expect(model.labels.map(({ threshold }) => threshold)).toEqual(classifier.thresholds);
    const chosen = classifier.info.baseline?.thresholds.map(({ threshold }) => threshold);
    expect(baseline?.labels.map(({ threshold }) => threshold)).toEqual(chosen);
    expect(model.bootstrap).toMatchObject({ resamples: 20, seed: 4 });
    expect(model.labels[0].rocAuc.interval?.low).toBeLessThan(model.labels[0].rocAuc.value ?? 0);
    expect([...seen]).toEqual(['reading', 'scoring', 'measuring', 'baseline']);
    // The baseline has seen nine rows in ten, and remembers words that the tiny encoder cannot tell apart.
    expect(baseline?.macro.rocAuc.value).toBeGreaterThan(0.9);
  });

  it('comes to the stored figures on the rows that they were measured on', async () => {
    const held = join(root, 'held.csv');
    await writeToxicRows(held, 60);
    const target = join(root, 'with table');
    const trained = await MultiLabelClassifier.train({ ...options, out: target, validation: held });
    const { model, baseline } = await trained.evaluate(held, { bootstrap: false });
    expect(trained.info.rows).toMatchObject({ validation: 60, validationFrom: 'held.csv' });
    expect(baseline).toEqual(trained.info.baseline?.validation);
    // The model's own were measured before standardisation was folded into its weights.
    model.labels.forEach(({ logLoss }, column) => {
      const stored = trained.info.validation.labels[column].logLoss.value;
      expect(logLoss.value).toBeCloseTo(stored ?? Number.NaN, 5);
    });
    expect(model.bootstrap).toBeNull();
    await trained.close();
  });

  it('measures rows in memory as those of a table', async () => {
    const { texts: read, labels } = await readLabelledTable(table);
    const rows = { texts: read, labels };
    const fromMemory = await classifier.evaluate(rows, { bootstrap: false });
    const fromTable = await classifier.evaluate(table, { bootstrap: false });
    expect(fromMemory.model).toEqual(fromTable.model);
    expect(fromMemory.baseline).toEqual(fromTable.baseline);
    expect(fromMemory.rows).toMatchObject({ file: 'rows in memory', rows: 300 });
  });

  it('refuses a table without the labels', async () => {
    const other = join(root, 'other.csv');
    writeFileSync(other, 'comment_text,toxic,funny\nhello,0,1\n');
    await expectRefusal(classifier.evaluate(other), 'LABELS_MISSING', other, 'severe_toxic');
  });
});

describe('save', () => {
  it('writes a copy that scores the same', async () => {
    const copy = join(root, 'copies', 'one');
    await classifier.save(copy);
    expect(contentsOf(copy)).toEqual(contentsOf(out));
    const loaded = await MultiLabelClassifier.load(copy, { workers: 1 });
    expect(await loaded.predict(texts)).toEqual(await classifier.predict(texts));
    await loaded.close();
    await expectRefusal(classifier.save(copy), 'OUTPUT_EXISTS', copy);
    await classifier.save(copy, { overwrite: true });
    expect(contentsOf(copy)).toEqual(contentsOf(out));
  });

  it('does not copy a file that has changed since it was loaded', async () => {
    const source = join(root, 'copies', 'source');
    await classifier.save(source);
    const loaded = await MultiLabelClassifier.load(source, { workers: 1 });
    writeFileSync(join(source, 'vocab.txt'), 'other');
    const target = join(root, 'copies', 'target');
    await expectRefusal(loaded.save(target), 'MODEL_FILE_CHANGED', 'vocab.txt');
    expect(existsSync(target)).toBe(false);
    await loaded.close();
  });
});
