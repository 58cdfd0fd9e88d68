// JSON files that end in the SHA-256 of their own text, so that a changed byte in them is noticed too.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { polytagError } from '../errors/index.js';
import { type JsonObject, readJsonFile } from '../weights/index.js';

/** What stands for the digest while it is computed. */
const blank = '0'.repeat(64);

/** What follows the digest. */
const ending = '"\n}\n';

/**
 * The text of a JSON file that holds `record` and, last, `sha256`: the digest in hexadecimal of the file's
 * bytes with 64 zeros in the digest's place.
 */
export function sealJson(record: object): string {
  const text = `${JSON.stringify({ ...record, sha256: blank }, null, 2)}\n`;
  const start = text.length - ending.length - blank.length;
  return `${text.slice(0, start)}${digestOf(text)}${ending}`;
}

/**
 * Reads what `sealJson` wrote.
 *
 * @throws PolytagError MODEL_FILE_MISSING; MODEL_FILE_CHANGED unless the digest is that of the bytes;
 *   MODEL_FILE_UNREADABLE, MODEL_JSON_INVALID
 */
export async function readSealedJson(folder: string, file: string): Promise<JsonObject> {
  const path = join(folder, file);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(error, folder, file);
  });
  const start = bytes.length - ending.length - blank.length;
  const digest = bytes.toString('latin1', Math.max(0, start), Math.max(0, start) + blank.length);
  if (start < 0 || digest !== digestOf(Buffer.from(bytes).fill(blank, start, start + 64))) {
    throw polytagError('MODEL_FILE_CHANGED', { folder, file });
  }
  return readJsonFile(path);
}

/** The error for a file of a model that cannot be opened. */
export function unreadable(error: unknown, folder: string, file: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  return error.code === 'ENOENT' || error.code === 'ENOTDIR'
    ? polytagError('MODEL_FILE_MISSING', { folder, file, purpose: 'a part of every trained model' })
    : polytagError('MODEL_FILE_UNREADABLE', { file: join(folder, file), reason: error.message });
}

function digestOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
