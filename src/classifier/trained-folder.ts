// Opens the folder of a trained model: finds out what it is, and that every byte is as it was written.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { polytagError } from '../errors/index.js';
import { openModelFolder, type ResolveOptions, resolveReference } from '../weights/index.js';
import { fileNames, type ModelRecord } from './model-record.js';
import { parseModelRecord } from './model-record-parser.js';
import { readSealedJson, unreadable } from './sealed-json.js';
import { readStoredThresholds, type StoredThresholds } from './stored-thresholds.js';
import { isWorkFolder } from './training-folders.js';

/** A trained model on disk, checked. */
export interface TrainedFolder {
  /** Absolute path. */
  readonly folder: string;
  readonly record: ModelRecord;
  /** What decides: the thresholds of training, or those that were stored since. */
  readonly thresholds: StoredThresholds;
}

/**
 * Opens the model that `reference` (a folder or a .zip) stands for and checks every file against its
 * SHA-256.
 *
 * @throws PolytagError REFERENCE_UNKNOWN and others of `resolveReference`; CLASSIFIER_MISSING,
 *   MODEL_FILE_CHANGED, MODEL_FILE_MISSING, MODEL_FILE_UNREADABLE, MODEL_JSON_INVALID,
 *   MODEL_RECORD_INVALID, MODEL_RECORD_NEWER, THRESHOLDS_FOREIGN; the signal's reason
 */
export async function openTrainedFolder(
  reference: string,
  options: ResolveOptions = {},
): Promise<TrainedFolder> {
  const folder = await resolveReference(reference, options);
  const names = await readdir(folder);
  if (!names.includes(fileNames.record)) {
    throw polytagError('CLASSIFIER_MISSING', { folder, found: await describe(folder, names) });
  }
  const json = await readSealedJson(folder, fileNames.record);
  const record = parseModelRecord(json, join(folder, fileNames.record));
  await readSealedJson(folder, fileNames.training);
  await checkFiles(folder, record, options.signal);
  return { folder, record, thresholds: await readStoredThresholds({ folder, record }) };
}

/**
 * Checks the files of a model against their digests.
 *
 * @throws PolytagError MODEL_FILE_CHANGED, MODEL_FILE_MISSING, MODEL_FILE_UNREADABLE; the signal's reason
 */
export async function checkFiles(
  folder: string,
  { files }: ModelRecord,
  signal?: AbortSignal,
): Promise<void> {
  for (const { path, sha256 } of files) {
    signal?.throwIfAborted();
    if ((await hashFile(folder, path)) !== sha256) {
      throw polytagError('MODEL_FILE_CHANGED', { folder, file: path });
    }
  }
}

/**
 * SHA-256 of a file of a model folder, hexadecimal.
 *
 * @throws PolytagError MODEL_FILE_MISSING, MODEL_FILE_UNREADABLE
 */
export async function hashFile(folder: string, path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(join(folder, path), { highWaterMark: 2 ** 20 })) {
      hash.update(piece as Uint8Array);
    }
  } catch (error) {
    throw unreadable(error, folder, path);
  }
  return hash.digest('hex');
}

/** What a folder without a record is, for a person who thought it a trained model. */
async function describe(folder: string, names: readonly string[]): Promise<string> {
  if (names.length === 0) return 'an empty folder';
  if (isWorkFolder(names)) return 'the state of a run that has not ended (see --resume)';
  const model = await openModelFolder(folder).catch(() => undefined);
  await model?.close();
  return model === undefined ? 'a folder of other files' : 'an encoder, or a model of other make';
}
