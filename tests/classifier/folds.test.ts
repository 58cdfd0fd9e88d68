// Cross-validation as a model folder keeps it: in the record, in the card, as a table of scores; and after a kill.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { MultiLabelClassifier, type TrainOptions } from '../../src/index.js';
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
  head: { epochs: 2, hiddenUnits: 8, batchSize: 32 },
  folds: 3,
  cache: false,
  workers: 1,
});

function comparable(name: string): Map<string, string> {
  const contents = contentsOf(join(root, name));
  // Durations differ.
  contents.delete('training.json');
  return contents;
}

describe('a model with folds', () => {
  let info: MultiLabelClassifier['info'];
  beforeAll(async () => {
    writeSmallTable(table, { rows: 90 });
    const classifier = await MultiLabelClassifier.train(optionsFor('straight'));
    info = classifier.info;
    await classifier.close();
  });

  it('has its figures in the record', () => {
    expect(info.folds).toMatchObject({ count: 3, share: 0.1, leftOut: [] });
    expect(info.folds?.model.folds).toHaveLength(3);
    expect(info.folds?.baseline?.labels.map(({ label }) => label)).toEqual(['toxic', 'thanks']);
    expect(info.folds?.model.pooled.bootstrap).toMatchObject({ resamples: 1000 });
  });

  it('has a score of every row and label, by the names of its rows', () => {
    const path = join(root, 'straight', 'folds', 'scores.csv');
    const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
    expect(header).toBe('id,fold,toxic,thanks');
    expect(lines.map((line) => line.split(',')[0])).toEqual(
      Array.from({ length: 90 }, (_, row) => `r${row}`),
    );
    const cells = lines.map((line) => line.split(',').slice(1).map(Number));
    expect(new Set(cells.map(([fold]) => fold))).toEqual(new Set([1, 2, 3]));
    expect(cells.flatMap(([, ...scores]) => scores).every((score) => score > 0 && score < 1)).toBe(
      true,
    );
  });

  it('tells of them in its card', () => {
    const card = readFileSync(join(root, 'straight', 'README.md'), 'utf8');
    const { mean, deviation } = info.folds?.model.macro.rocAuc ?? {};
    expect(card).toContain('## Cross-validation over 3 folds');
    expect(card).toContain(`| **macro** | ${mean?.toFixed(3)} ± ${deviation?.toFixed(3)} |`);
  });

  it('ends in the same bytes when it was killed in its second fold', async () => {
    const argument = JSON.stringify({ ...optionsFor('killed'), killAfter: 1, trainingsBefore: 1 });
    expect(spawnSync(process.execPath, [program, argument]).signal).toBe('SIGKILL');
    const left = readdirSync(join(root, 'killed.training'));
    expect(left).toEqual(expect.arrayContaining(['fold-1.safetensors', 'fold-2']));
    expect(left).not.toContain('fold-2.safetensors');
    await (await MultiLabelClassifier.train({ ...optionsFor('killed'), resume: true })).close();
    expect(comparable('killed')).toEqual(comparable('straight'));
  });
});
