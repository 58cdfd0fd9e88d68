// Thresholds that are changed after training: what decides from then on, the history, and files that are refused.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeModelFolder } from '../../src/classifier/model-folder.js';
import { modelVersion } from '../../src/classifier/model-version.js';
import { sealJson } from '../../src/classifier/sealed-json.js';
import { changeThresholds } from '../../src/classifier/stored-thresholds.js';
import { openTrainedFolder } from '../../src/classifier/trained-folder.js';
import { MultiLabelClassifier } from '../../src/index.js';
import { randomOutcome } from './support/random-outcome.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';

const root = temporaryFolder();
const tiny = resolve('tests/fixtures/tf-bert-tiny');
const original = join(root, 'model');
let chosen: number[] = [];

beforeAll(async () => {
  const outcome = await randomOutcome({ folder: tiny, hiddenSize: 32 });
  await writeModelFolder(original, outcome);
  chosen = outcome.thresholds.map(({ threshold }) => threshold);
});

function copyOfModel(name = 'copy'): string {
  const copy = join(root, name);
  rmSync(copy, { recursive: true, force: true });
  cpSync(original, copy, { recursive: true });
  return copy;
}

/** What serving.json says, without its digest. */
function readServing(folder: string): Record<string, unknown> {
  const json = JSON.parse(readFileSync(join(folder, 'serving.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  delete json.sha256;
  return json;
}

describe('stored thresholds', () => {
  it('are those of training, version 1, until they are changed', async () => {
    const { thresholds } = await openTrainedFolder(original);
    expect(thresholds).toEqual({ version: 1, values: chosen, history: [] });
  });

  it('are stored with version, time and reason, label by label', async () => {
    const folder = copyOfModel();
    const before = await openTrainedFolder(folder);
    await changeThresholds(before, { toxic: 0.25 }, 'first');
    const changes = Object.fromEntries([
      ['__proto__', 0],
      ['7', 1],
    ]);
    await changeThresholds(before, changes, 'second');
    const { thresholds, record } = await openTrainedFolder(folder);
    const [, insult] = chosen;
    expect(thresholds.version).toBe(3);
    expect(thresholds.values).toEqual([0.25, insult, 0, 1]);
    expect(thresholds.history.map(({ version, reason }) => [version, reason])).toEqual([
      [2, 'first'],
      [3, 'second'],
    ]);
    expect(thresholds.history[0].values).toEqual([0.25, ...chosen.slice(1)]);
    expect(Number.isNaN(Date.parse(thresholds.history[0].time))).toBe(false);
    // The model itself is the same one.
    expect(modelVersion(record)).toBe(modelVersion(before.record));
    expect(record).toEqual(before.record);
  });

  it('count every change of several at once', async () => {
    const folder = copyOfModel();
    const model = await openTrainedFolder(folder);
    const values = Array.from({ length: 12 }, (_, at) => at / 20);
    await Promise.all(values.map((value) => changeThresholds(model, { toxic: value }, `${value}`)));
    const { thresholds } = await openTrainedFolder(folder);
    expect(thresholds.version).toBe(13);
    expect(thresholds.history.map(({ values: [toxic] }) => toxic).sort()).toEqual(values.sort());
  });

  it('remember a hundred changes', async () => {
    const folder = copyOfModel();
    const model = await openTrainedFolder(folder);
    await changeThresholds(model, { toxic: 0.5 }, 'x'.repeat(2000));
    const serving = readServing(folder);
    const [change] = serving.history as { version: number; reason: string }[];
    expect(change.reason).toHaveLength(500);
    const history = Array.from({ length: 100 }, (_, at) => ({ ...change, version: at + 2 }));
    writeFileSync(join(folder, 'serving.json'), sealJson({ ...serving, history }));
    const stored = await changeThresholds(model, { toxic: 0.6 }, 'one more');
    expect(stored.version).toBe(102);
    expect(stored.history).toHaveLength(100);
    expect((await openTrainedFolder(folder)).thresholds).toEqual(stored);
  });

  it('refuse labels and thresholds that there are not', async () => {
    const folder = copyOfModel();
    const model = await openTrainedFolder(folder);
    await expectRefusal(changeThresholds(model, { spam: 0.5 }, ''), 'OPTION_INVALID', 'spam');
    for (const value of [-0.1, 1.1, Number.NaN]) {
      const attempt = changeThresholds(model, { toxic: value }, '');
      await expectRefusal(attempt, 'OPTION_INVALID', 'threshold of toxic', String(value));
    }
    expect((await openTrainedFolder(folder)).thresholds.version).toBe(1);
  });

  it('refuse a file that was edited, is of another model, or says what cannot be', async () => {
    const folder = copyOfModel();
    const path = join(folder, 'serving.json');
    await changeThresholds(await openTrainedFolder(folder), { toxic: 0.5 }, 'test');
    const serving = readServing(folder);
    const [change] = serving.history as Record<string, unknown>[];
    writeFileSync(path, readFileSync(path, 'utf8').replace('0.5', '0.6'));
    await expectRefusal(openTrainedFolder(folder), 'MODEL_FILE_CHANGED', 'serving.json');
    writeFileSync(path, sealJson({ ...serving, model: '0123456789abcdef' }));
    await expectRefusal(openTrainedFolder(folder), 'THRESHOLDS_FOREIGN', path);
    writeFileSync(path, sealJson({ ...serving, format: 2 }));
    await expectRefusal(openTrainedFolder(folder), 'MODEL_RECORD_NEWER', path);
    const histories = [
      [],
      [{ ...change, values: [0.5] }],
      [{ ...change, values: [0.5, 0.5, 0.5, 1.5] }],
      [{ ...change, version: 1 }],
      [change, { ...change, version: 4 }],
    ];
    for (const history of histories) {
      writeFileSync(path, sealJson({ ...serving, history }));
      await expectRefusal(openTrainedFolder(folder), 'MODEL_RECORD_INVALID', path);
    }
  });
});

describe('a classifier with stored thresholds', () => {
  it('decides, evaluates and is copied with them', async () => {
    const folder = copyOfModel('decides');
    const classifier = await MultiLabelClassifier.load(folder, { workers: 1 });
    const texts = ['you are great', 'you fool', 'thanks', 'go away'];
    const values = Int8Array.from([1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 1]);
    const table = { texts, labels: { rows: 4, columns: 4, values } };
    const changes = { toxic: 0, 'in|sult': 1 };
    const { version } = await classifier.storeThresholds(changes, 'all and none');
    expect(version).toBe(2);
    expect(classifier.thresholds.slice(0, 2)).toEqual([0, 1]);
    const { model } = await classifier.evaluate(table, { bootstrap: false });
    expect(model.labels[0]).toMatchObject({ threshold: 0, recall: { value: 1 } });
    expect(model.labels[1]).toMatchObject({ threshold: 1, recall: { value: 0 } });
    const copy = join(root, 'saved');
    await classifier.save(copy);
    const loaded = await MultiLabelClassifier.load(copy, { workers: 1 });
    expect(loaded.storedThresholds).toEqual(classifier.storedThresholds);
    await Promise.all([classifier.close(), loaded.close()]);
  });
});
