// Thresholds that were changed after training: serving.json in the model folder, with a version and its history.
//
//   const trained = await openTrainedFolder('my-model');
//   trained.thresholds; // { version: 1, values: [0.41, 0.38], history: [] }
//   await changeThresholds(trained, { toxic: 0.5 }, 'fewer false alarms');
//   // { version: 2, values: [0.5, 0.38], history: [{ version: 2, time: .., reason: .., values: [0.5, 0.38] }] }
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { acquireFolderLock, type FolderLock, writeFileAtomically } from '../data/index.js';
import { PolytagError, polytagError } from '../errors/index.js';
import { fileNames, type ModelRecord } from './model-record.js';
import { modelVersion } from './model-version.js';
import { RecordReader } from './record-reader.js';
import { readSealedJson, sealJson } from './sealed-json.js';

/** One change of thresholds. */
export interface ThresholdChange {
  /** The version that it made. */
  readonly version: number;
  /** When, ISO 8601 in UTC. */
  readonly time: string;
  /** Why, in the words of whoever changed them. */
  readonly reason: string;
  /** All thresholds from then on, one a label. */
  readonly values: readonly number[];
}

/** The thresholds that decide, one a label, in the model's order. */
export interface StoredThresholds {
  /** 1: those that training chose; one more with each change. */
  readonly version: number;
  readonly values: readonly number[];
  /** The latest 100 changes, oldest first. */
  readonly history: readonly ThresholdChange[];
}

/** A model, its record checked. */
interface Model {
  /** Absolute path. */
  readonly folder: string;
  readonly record: ModelRecord;
}

/** Raised where older versions could not read the file. */
const FORMAT = 1;

/** Changes that are remembered. */
const LONGEST_HISTORY = 100;

/** Longer reasons are cut. In UTF-16 units. */
const LONGEST_REASON = 500;

/** Another change takes milliseconds: how often, and how long, one waits for it to end. */
const ATTEMPTS = 100;
const PAUSE_MILLISECONDS = 20;

/**
 * The thresholds of a model: those in serving.json, or those of training where there is no such file.
 *
 * @throws PolytagError MODEL_FILE_CHANGED, MODEL_FILE_UNREADABLE, MODEL_JSON_INVALID, MODEL_RECORD_INVALID,
 *   MODEL_RECORD_NEWER; THRESHOLDS_FOREIGN when the file was written for another model
 */
export async function readStoredThresholds({ folder, record }: Model): Promise<StoredThresholds> {
  if (!(await isThere(join(folder, fileNames.serving)))) {
    const values = record.thresholds.map(({ threshold }) => threshold);
    return { version: 1, values, history: [] };
  }
  const json = await readSealedJson(folder, fileNames.serving);
  const file = join(folder, fileNames.serving);
  const reader = new RecordReader(json, file);
  const format = reader.count('format', 1);
  if (format > FORMAT) {
    const writer = reader.text('polytag');
    throw polytagError('MODEL_RECORD_NEWER', { file, format, known: FORMAT, writer });
  }
  if (reader.text('model') !== modelVersion(record)) {
    throw polytagError('THRESHOLDS_FOREIGN', { file });
  }
  const history = reader.objects('history').map((change) => readChange(change, record));
  const latest = history.at(-1);
  const isCounted = history.every(
    ({ version }, at) => at === 0 || version === history[at - 1].version + 1,
  );
  if (latest !== undefined && isCounted) {
    return { version: latest.version, values: latest.values, history };
  }
  throw reader.problem('history', 'changes with versions that count up by one');
}

/**
 * Changes thresholds and stores them in the model folder, all at once or not at all; changes that others make at the
 * same time, in this process or another, come one after the other. Nothing else in the folder is touched.
 *
 * @param changes thresholds from 0 to 1 by label; labels left out keep theirs
 * @param reason for the history
 * @throws PolytagError OPTION_INVALID for a label that the model lacks or a threshold outside 0 to 1; RUN_LOCKED when
 *   another change does not end; as {@link readStoredThresholds}; DISK_FULL, WRITE_FORBIDDEN, WRITE_FAILED
 */
export async function changeThresholds(
  model: Model,
  changes: Readonly<Record<string, number>>,
  reason: string,
): Promise<StoredThresholds> {
  const { folder, record } = model;
  const placed = placeChanges(record.labels, changes);
  const path = join(folder, fileNames.serving);
  const lock = await takeLock(path);
  try {
    const current = await readStoredThresholds(model);
    const values = current.values.map((value, at) => placed.get(at) ?? value);
    const version = current.version + 1;
    const change = {
      version,
      time: new Date().toISOString(),
      reason: reason.slice(0, LONGEST_REASON),
      values,
    };
    const history = [...current.history, change].slice(-LONGEST_HISTORY);
    const { polytag, labels } = record;
    const contents = { format: FORMAT, polytag, model: modelVersion(record), labels, history };
    await writeFileAtomically(path, sealJson(contents));
    return { version, values, history };
  } finally {
    await lock.release();
  }
}

/**
 * Thresholds by the place of their label.
 *
 * @throws PolytagError OPTION_INVALID
 */
function placeChanges(
  labels: readonly string[],
  changes: Readonly<Record<string, number>>,
): Map<number, number> {
  const placed = new Map<number, number>();
  for (const [label, value] of Object.entries(changes)) {
    const place = labels.indexOf(label);
    if (place < 0) {
      const expected = `one of ${labels.join(', ')}`;
      throw polytagError('OPTION_INVALID', { option: 'label', value: label, expected });
    }
    if (!(value >= 0 && value <= 1)) {
      const option = `threshold of ${label}`;
      const expected = 'a number from 0 to 1';
      throw polytagError('OPTION_INVALID', { option, value: String(value), expected });
    }
    placed.set(place, value);
  }
  return placed;
}

function readChange(change: RecordReader, { labels }: ModelRecord): ThresholdChange {
  const values = change.list('values').map((value) => {
    if (typeof value === 'number' && value >= 0 && value <= 1) return value;
    throw change.problem('values', 'numbers from 0 to 1');
  });
  if (values.length !== labels.length) throw change.problem('values', `${labels.length} numbers`);
  const version = change.count('version', 2);
  return { version, time: change.text('time'), reason: change.text('reason'), values };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    const reason = error instanceof Error ? error.message : String(error);
    throw polytagError('MODEL_FILE_UNREADABLE', { file: path, reason });
  }
}

/** The lock of the file, once nobody else has it. */
async function takeLock(path: string): Promise<FolderLock> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await acquireFolderLock(path);
    } catch (error) {
      const isHeld = error instanceof PolytagError && error.code === 'RUN_LOCKED';
      if (!isHeld || attempt === ATTEMPTS) throw error;
    }
    await wait(PAUSE_MILLISECONDS);
  }
}
