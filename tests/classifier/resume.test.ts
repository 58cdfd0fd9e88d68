// A run killed by the system in the middle of training, and resumed: the same bytes as a run that was left alone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { MultiLabelClassifier, type TrainOptions } from '../../src/index.js';
import { contentsOf } from './support/folder-contents.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { writeToxicRows } from './support/toxic-rows.js';

const root = temporaryFolder();
const table = join(root, 'rows.csv');
const program = fileURLToPath(new URL('./support/train-until-killed.mjs', import.meta.url));
const optionsFor = (name: string): TrainOptions => ({
  table,
  out: join(root, name),
  encoder: resolve('tests/fixtures/tf-bert-tiny'),
  maxLength: 32,
  head: { epochs: 5, patience: 5, hiddenUnits: 8, batchSize: 32 },
  baseline: false,
  cache: false,
  workers: 1,
});

function trainUntilKilled(name: string): void {
  const argument = JSON.stringify({ ...optionsFor(name), killAfter: 3 });
  const { signal } = spawnSync(process.execPath, [program, argument]);
  expect(signal).toBe('SIGKILL');
}

function comparable(name: string): Map<string, string> {
  const contents = contentsOf(join(root, name));
  // Durations differ.
  contents.delete('training.json');
  return contents;
}

describe('a killed run', () => {
  beforeAll(async () => {
    await writeToxicRows(table, 200);
    await (await MultiLabelClassifier.train(optionsFor('straight'))).close();
    trainUntilKilled('killed');
  });

  it('leaves its state, and no model', () => {
    expect(existsSync(join(root, 'killed'))).toBe(false);
    expect(readdirSync(join(root, 'killed.training'))).toContain('head.safetensors');
  });

  it('is not resumed with other settings', async () => {
    const other = { ...optionsFor('killed'), resume: true, head: { epochs: 5, hiddenUnits: 9 } };
    await expectRefusal(MultiLabelClassifier.train(other), 'CHECKPOINT_FOREIGN', 'hiddenUnits');
    expect(readdirSync(join(root, 'killed.training'))).toContain('head.safetensors');
  });

  it('ends in the same bytes when it is resumed, and takes its state away', async () => {
    const epochs: number[] = [];
    const resumed = await MultiLabelClassifier.train({
      ...optionsFor('killed'),
      resume: true,
      onProgress: ({ phase, done }) => {
        if (phase === 'training') epochs.push(done);
      },
    });
    await resumed.close();
    expect(epochs.at(-1)).toBe(5);
    expect(epochs).not.toContain(1);
    expect(comparable('killed')).toEqual(comparable('straight'));
    expect(existsSync(join(root, 'killed.training'))).toBe(false);
  });

  it('is started afresh without resume, to the same bytes', async () => {
    trainUntilKilled('again');
    await (await MultiLabelClassifier.train(optionsFor('again'))).close();
    expect(comparable('again')).toEqual(comparable('straight'));
  });
});
