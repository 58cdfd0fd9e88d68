// Reads the small text and JSON files of a model folder: data from an unknown hand, so nothing is taken for granted.
import { open } from 'node:fs/promises';
import { polytagError } from '../errors/index.js';

/** A JSON object whose members are still to be checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Vocabularies of a million tokens stay below this. */
const largestFile = 64 * 2 ** 20;

/**
 * The text of a file, without a byte order mark; `undefined` if there is no such file.
 * @throws PolytagError MODEL_FILE_UNREADABLE if it is over 64 MB, not UTF-8 or not to be read
 */
export async function readModelText(file: string): Promise<string | undefined> {
  const refuse = (reason: string, cause?: unknown): Error =>
    polytagError('MODEL_FILE_UNREADABLE', { file, reason }, { cause });
  let bytes: Buffer;
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > largestFile) throw refuse(`it has ${size} bytes; at most ${largestFile} are read`);
      bytes = await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) throw error;
    if (error.code === 'ENOENT') return undefined;
    throw refuse(error.message, error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw refuse('it is not UTF-8 text', error);
  }
}

/**
 * The object in a JSON file; `undefined` if there is no such file.
 * @throws PolytagError MODEL_FILE_UNREADABLE, MODEL_JSON_INVALID
 */
export async function readModelJson(file: string): Promise<JsonObject | undefined> {
  const text = await readModelText(file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const problem = 'is no JSON';
    throw polytagError('MODEL_JSON_INVALID', { file, problem }, { cause: error });
  }
  if (!isJsonObject(value)) {
    throw polytagError('MODEL_JSON_INVALID', { file, problem: 'holds no JSON object' });
  }
  return value;
}

/** Whether a value from a JSON file is an object, and no array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
