// Damaged, incomplete and foreign model folders: each refused, naming what is wrong.
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeModelFolder } from '../../src/classifier/model-folder.js';
import { recordFormats } from '../../src/classifier/model-record.js';
import { sealJson } from '../../src/classifier/sealed-json.js';
import { openTrainedFolder } from '../../src/classifier/trained-folder.js';
import { RandomSource } from '../../src/data/index.js';
import { PolytagError } from '../../src/errors/index.js';
import { filesOf } from './support/folder-contents.js';
import { randomOutcome } from './support/random-outcome.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';

const root = temporaryFolder();
const tiny = resolve('tests/fixtures/tf-bert-tiny');
const original = join(root, 'model');
let files: string[] = [];

beforeAll(async () => {
  await writeModelFolder(original, await randomOutcome({ folder: tiny, hiddenSize: 32 }));
  files = filesOf(original);
});

function copyOfModel(): string {
  const copy = join(root, 'copy');
  rmSync(copy, { recursive: true, force: true });
  cpSync(original, copy, { recursive: true });
  return copy;
}

/** The record without its digest. */
function readRecord(path: string): Record<string, unknown> {
  const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  delete record.sha256;
  return record;
}

/** A copy whose record says something else, with the right digest of itself. */
function copyWithRecord(change: (record: Record<string, unknown>) => void): string {
  const copy = copyOfModel();
  const path = join(copy, 'polytag.json');
  const record = readRecord(path);
  change(record);
  writeFileSync(path, sealJson(record));
  return copy;
}

describe('openTrainedFolder', () => {
  it('opens what was written', async () => {
    const { record } = await openTrainedFolder(original);
    const outcome = await randomOutcome({ folder: tiny, hiddenSize: 32 });
    const { labelNames, encoder, rows, thresholds, features, settings, validation } = outcome;
    expect(record).toMatchObject({ thresholds, features, settings, validation });
    expect(record.history).toEqual(outcome.history);
    expect(record.labels).toEqual(labelNames);
    expect(record.rows).toEqual({ ...rows, validationFrom: 'validation.csv' });
    expect(record.encoder).toEqual({ reference: 'tf-bert-tiny', contentKey: encoder.contentKey });
  });

  it('refuses a flipped byte in each file, naming it', async () => {
    const random = new RandomSource(1);
    for (const file of files) {
      const copy = copyOfModel();
      const path = join(copy, file);
      const bytes = readFileSync(path);
      const places = [0, bytes.length - 1, Math.floor(random.nextFloat() * bytes.length)];
      for (const place of places) {
        const flipped = Buffer.from(bytes);
        flipped[place] ^= 1;
        writeFileSync(path, flipped);
        await expectRefusal(openTrainedFolder(copy), 'MODEL_FILE_CHANGED', file, copy);
      }
    }
  });

  it('refuses a truncated file and an empty one, naming it', async () => {
    for (const file of files) {
      for (const left of [0, 50]) {
        const copy = copyOfModel();
        truncateSync(join(copy, file), left);
        await expectRefusal(openTrainedFolder(copy), 'MODEL_FILE_CHANGED', file);
      }
    }
  });

  it('names the file that is missing', async () => {
    for (const file of files.filter((name) => name !== 'polytag.json')) {
      const copy = copyOfModel();
      rmSync(join(copy, file));
      await expectRefusal(openTrainedFolder(copy), 'MODEL_FILE_MISSING', file);
    }
  });

  it('says what a folder without a record is', async () => {
    await expectRefusal(openTrainedFolder(tiny), 'CLASSIFIER_MISSING', 'an encoder');
    const empty = join(root, 'empty');
    mkdirSync(empty);
    await expectRefusal(openTrainedFolder(empty), 'CLASSIFIER_MISSING', 'an empty folder');
    writeFileSync(join(empty, 'notes.txt'), 'nothing');
    await expectRefusal(openTrainedFolder(empty), 'CLASSIFIER_MISSING', 'other files');
    writeFileSync(join(empty, 'polytag-run.txt'), '');
    await expectRefusal(openTrainedFolder(empty), 'CLASSIFIER_MISSING', '--resume');
  });

  it('tells a record of a later version from a damaged one', async () => {
    const copy = copyWithRecord((record) => {
      record.format = 1 + Math.max(...Object.values(recordFormats));
      record.polytag = '9.1.0';
    });
    await expectRefusal(openTrainedFolder(copy), 'MODEL_RECORD_NEWER', '9.1.0');
  });

  it.each<[field: string, value: unknown]>([
    ['format', 'one'],
    ['labels', []],
    ['labels', ['a', 'a', 'b', 'c']],
    ['labels', [1, 2, 3, 4]],
    ['thresholds', []],
    ['thresholds', [{ chosen: false, threshold: 2, reason: '' }]],
    ['maxLength', 1.5],
    ['truncation', 'middle'],
    ['features', [{ pooling: 'median', layers: [1] }]],
    ['encoder', null],
    ['settings', { hiddenUnits: 1 }],
    ['rows', { train: -1 }],
    ['history', [3]],
    ['validation', { rows: 40 }],
    ['baseline', { thresholds: [] }],
    ['quantization', { largestScoreChange: 'much', texts: 1 }],
    ['files', [{ path: 'config.json', sha256: 'ab' }]],
    ['files', [{ path: '../config.json', sha256: 'ab'.repeat(32) }]],
    ['files', [{ path: '/etc/passwd', sha256: 'ab'.repeat(32) }]],
    ['files', []],
  ])('refuses a record whose %s is %j, naming the field', async (field, value) => {
    const copy = copyWithRecord((record) => {
      record[field] = value;
    });
    await expectRefusal(openTrainedFolder(copy), 'MODEL_RECORD_INVALID', `"${field}`, copy);
  });

  it('refuses records without one of their fields', async () => {
    for (const field of Object.keys(readRecord(join(original, 'polytag.json')))) {
      const copy = copyWithRecord((fields) => {
        Reflect.deleteProperty(fields, field);
      });
      await expectRefusal(openTrainedFolder(copy), 'MODEL_RECORD_INVALID', `"${field}`);
    }
  });

  it('answers any mutated record with a refusal', async () => {
    const random = new RandomSource(2);
    const copy = copyOfModel();
    const path = join(copy, 'polytag.json');
    const text = JSON.stringify(readRecord(path));
    for (let attempt = 0; attempt < 150; attempt++) {
      const place = Math.floor(random.nextFloat() * text.length);
      const piece = ['1', '"', '{}', '-', 'null', '[]'][attempt % 6];
      const mutated = text.slice(0, place) + piece + text.slice(place + 1);
      let parsed: object;
      try {
        parsed = JSON.parse(mutated) as object;
      } catch {
        continue;
      }
      writeFileSync(path, sealJson(parsed));
      const outcome: unknown = await openTrainedFolder(copy).catch((error: unknown) => error);
      // Many mutations change only a figure: then the folder opens.
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(PolytagError);
    }
  });
});
