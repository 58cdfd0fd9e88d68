// A search as a model folder keeps it: in the record and in the card; after a kill; and records older than it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseModelRecord } from '../../src/classifier/model-record-parser.js';
import { MultiLabelClassifier, type TrainOptions } from '../../src/index.js';
import type { JsonObject } from '../../src/weights/index.js';
import { tinyEncoder, writeSmallTable } from '../training/support/small-tables.js';
import { contentsOf } from './support/folder-contents.js';
import { temporaryFolder } from './support/temporary-folder.js';

const root = temporaryFolder();
const table = join(root, 'rows.csv');
const program = fileURLToPath(new URL('./support/train-until-killed.mjs', import.meta.url));
const optionsFor = (name: string): TrainOptions => ({
  table,
  out: join(root, name),
  encoder: tinyEncoder,
  maxLength: 32,
  head: { epochs: 3, hiddenUnits: 8, batchSize: 32, metric: 'macro-average-precision' },
  search: { trials: 3, keep: ['mode', 'epochs'] },
  baseline: false,
  cache: false,
  workers: 1,
});

function comparable(name: string): Map<string, string> {
  const contents = contentsOf(join(root, name));
  // Durations differ.
  contents.delete('training.json');
  return contents;
}

function readRecord(): JsonObject {
  return JSON.parse(readFileSync(join(root, 'straight', 'polytag.json'), 'utf8')) as JsonObject;
}

describe('a model that was searched for', () => {
  beforeAll(async () => {
    writeSmallTable(table, { rows: 90 });
    const classifier = await MultiLabelClassifier.train(optionsFor('straight'));
    await classifier.close();
  });

  it('has every trial in the record, and the best one as its settings', () => {
    const { search, settings, history } = parseModelRecord(readRecord(), 'polytag.json');
    expect(search?.drawn).toBe(3);
    expect(search?.trials.map(({ rung }) => rung)).toEqual([1, 1, 1, 2]);
    const best = search?.trials.at(-1);
    expect(best?.trial).toBe(search?.best);
    expect(settings.learningRate).toBe(best?.learningRate);
    expect(settings.metric).toBe('macro-average-precision');
    expect(Math.max(...history.map(({ validationFigure }) => validationFigure ?? 0))).toBe(
      best?.figure,
    );
  });

  it('shows them in its card, the best one in bold', () => {
    const card = readFileSync(join(root, 'straight', 'README.md'), 'utf8');
    expect(card).toMatch(/## Search\n\nOf 3 settings .* by macro-average-precision/);
    expect(card).toMatch(/\| \*\*\d\*\* \| 1\.00 \| head \|/);
  });

  it('ends in the same bytes when it was killed in its third trial', async () => {
    const argument = JSON.stringify({ ...optionsFor('killed'), killAfter: 1, trainingsBefore: 2 });
    expect(spawnSync(process.execPath, [program, argument]).signal).toBe('SIGKILL');
    await (await MultiLabelClassifier.train({ ...optionsFor('killed'), resume: true })).close();
    expect(comparable('killed')).toEqual(comparable('straight'));
  });

  it('has a record that says what is wrong with it', () => {
    const { search, ...record } = readRecord();
    const trials = [{ ...(search as { trials: JsonObject[] }).trials[0], loss: 'hinge' }];
    const broken = { ...record, search: { drawn: 3, best: 1, trials } };
    expect(() => parseModelRecord(broken, 'polytag.json')).toThrow(/search\.trials\[0\]\.loss/);
  });
});

describe('a record that is older than folds, searches and the choice of figure', () => {
  it('is read as it was', () => {
    const { search, settings, ...record } = readRecord();
    expect(search).toBeDefined();
    const { metric, ...older } = settings as JsonObject;
    expect(metric).toBe('macro-average-precision');
    const read = parseModelRecord({ ...record, settings: older }, 'polytag.json');
    expect(read.settings.metric).toBe('macro-roc-auc');
    expect(read.folds).toBeUndefined();
    expect(read.search).toBeUndefined();
  });
});
