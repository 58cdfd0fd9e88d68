import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  groupDuplicateTexts,
  type LabelledTable,
  openTable,
  readLabelledTable,
} from '../../src/data/index.js';

const folder = fileURLToPath(new URL('../../examples/toxic-comments/', import.meta.url));
const labelNames = ['toxic', 'severe_toxic', 'obscene', 'threat', 'insult', 'identity_hate'];

let train: LabelledTable;
let test: LabelledTable;

beforeAll(async () => {
  train = await readLabelledTable(join(folder, 'train.csv.gz'));
  test = await readLabelledTable(join(folder, 'test.csv.gz'));
});

function positives({ labels }: LabelledTable): number[] {
  return labelNames.map((_, label) => {
    let count = 0;
    for (let row = 0; row < labels.rows; row++) {
      count += labels.values[row * labels.columns + label] === 1 ? 1 : 0;
    }
    return count;
  });
}

describe('the bundled toxic comments', () => {
  it("have Kaggle's header", async () => {
    for (const name of ['train.csv.gz', 'test.csv.gz']) {
      const table = await openTable(join(folder, name));
      expect(table.columns).toEqual(['id', 'comment_text', ...labelNames]);
      await table.close();
    }
    expect(train).toMatchObject({ textColumn: 'comment_text', idColumns: ['id'], labelNames });
  });

  it('are all there, a tenth of them in the test file', () => {
    expect(train.texts.length + test.texts.length).toBe(36_797);
    expect(test.texts.length / 36_797).toBeCloseTo(0.1, 3);
  });

  it('have neither an id nor a text on both sides', () => {
    const ids = [...train.ids, ...test.ids].map(([id]) => id);
    expect(new Set(ids).size).toBe(36_797);
    const groups = groupDuplicateTexts([...train.texts, ...test.texts]);
    const ofTrain = new Set(groups.subarray(0, train.texts.length));
    const shared = groups.subarray(train.texts.length).filter((group) => ofTrain.has(group));
    expect(shared).toHaveLength(0);
  });

  it('have each label with the same share on both sides, and none unknown', () => {
    const [ofTrain, ofTest] = [positives(train), positives(test)];
    ofTrain.forEach((count, label) => {
      const whole = count + ofTest[label];
      // The nearest whole number of positives to a tenth, give or take one.
      expect(Math.abs(ofTest[label] - whole / 10)).toBeLessThanOrEqual(1.5);
    });
    expect(train.labels.values.includes(-1)).toBe(false);
    expect(test.labels.values.includes(-1)).toBe(false);
  });

  it('are described as they are: counts and hashes in the README', async () => {
    const readme = await readFile(join(folder, 'README.md'), 'utf8');
    const [ofTrain, ofTest] = [positives(train), positives(test)];
    labelNames.forEach((name, label) => {
      expect(readme).toContain(`| ${name} | ${ofTrain[label]} | ${ofTest[label]} |`);
    });
    expect(readme).toContain(`| rows | ${train.texts.length} | ${test.texts.length} |`);
    for (const name of ['train.csv.gz', 'test.csv.gz']) {
      const bytes = await readFile(join(folder, name));
      expect(readme).toContain(createHash('sha256').update(bytes).digest('hex'));
    }
  });
});
