// The scores of validation rows in a model folder: what was written is read, and large ones are drawn from.
import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTrainedFolder } from '../../src/classifier/trained-folder.js';
import {
  readValidationScores,
  writeValidationScores,
} from '../../src/classifier/validation-scores.js';
import { chooseThresholds } from '../../src/metrics/index.js';
import { MultiLabelClassifier } from '../../src/index.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { writeToxicRows } from './support/toxic-rows.js';

const root = temporaryFolder();

describe('the validation scores of a trained model', () => {
  it('are those that its thresholds were chosen on, blended and all', async () => {
    const table = join(root, 'rows.csv');
    await writeToxicRows(table, 200);
    const out = join(root, 'model');
    const classifier = await MultiLabelClassifier.train({
      table,
      out,
      validation: 0.3,
      encoder: resolve('tests/fixtures/tf-bert-tiny'),
      maxLength: 24,
      head: { epochs: 2, hiddenUnits: 8 },
      cache: false,
      workers: 1,
      blend: true,
    });
    const kept = await classifier.validationScores();
    expect(kept?.total).toBe(classifier.info.rows.validation);
    expect(kept?.labels.rows).toBe(kept?.total);
    expect(kept && chooseThresholds(kept.labels, kept.scores)).toEqual(classifier.info.thresholds);
    const { record } = await openTrainedFolder(out);
    expect(record.files.map(({ path }) => path)).toContain('validation-scores.json');
    const older = {
      ...record,
      files: record.files.filter(({ path }) => !path.startsWith('validation')),
    };
    expect(await readValidationScores({ folder: out, record: older })).toBeUndefined();
    await classifier.close();
  });

  it('are drawn by a seed where there are many, unknown ones among them', async () => {
    const folder = join(root, 'large');
    mkdirSync(folder);
    const rows = 30_000;
    const columns = 6;
    const values = Float32Array.from(
      { length: rows * columns },
      (_, cell) => cell / (rows * columns),
    );
    const targets = Int8Array.from(values, (_, cell) => (cell % 3) - 1);
    const given = { labels: { rows, columns, values: targets }, scores: { rows, columns, values } };
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await writeValidationScores(folder, names, given);
    expect(statSync(join(folder, 'validation-scores.json')).size).toBeLessThan(420_000);
    const record = (await openTrainedFolder(join(root, 'model'))).record;
    const kept = await readValidationScores({ folder, record: { ...record, labels: names } });
    expect(kept).toMatchObject({ total: rows, scores: { rows: 10_000 } });
    let last = -1;
    for (let at = 0; kept !== undefined && at < kept.scores.rows; at++) {
      const cell = Math.round(kept.scores.values[at * columns] * rows * columns);
      expect(cell % columns).toBe(0);
      expect(cell).toBeGreaterThan(last);
      expect(kept.labels.values[at * columns]).toBe((cell % 3) - 1);
      last = cell;
    }
    expect(last).toBeGreaterThan(0.99 * rows * columns);
  });
});
