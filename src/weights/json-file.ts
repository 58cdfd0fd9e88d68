// Reads the JSON files of model folders: data from an unknown hand, capped in size and depth.
import { polytagError } from '../errors/index.js';
import { type JsonObject, JsonReader, type JsonValue } from './json-reader.js';
import { PositionedFile } from './positioned-file.js';

const defaultMaximalBytes = 64 * 2 ** 20;

/**
 * Reads a JSON file that must hold an object. Keys may not repeat, depth ends at 64 levels, and objects
 * have no prototype.
 *
 * @param maximalBytes default 64 MiB
 * @throws PolytagError MODEL_FILE_UNREADABLE or MODEL_JSON_INVALID
 */
export async function readJsonFile(
  path: string,
  maximalBytes: number = defaultMaximalBytes,
): Promise<JsonObject> {
  const text = await readTextFile(path, maximalBytes);
  const refuse = (problem: string): Error =>
    polytagError('MODEL_JSON_INVALID', { file: path, problem });
  const reader = new JsonReader(text, refuse);
  const value = reader.value();
  reader.end();
  if (!isJsonObject(value)) {
    throw refuse('holds no JSON object');
  }
  return value;
}

/**
 * The text of a UTF-8 file, without its byte order mark.
 *
 * @throws PolytagError MODEL_FILE_UNREADABLE, also if the file is larger than `maximalBytes` or no UTF-8
 */
export async function readTextFile(path: string, maximalBytes: number): Promise<string> {
  const file = await PositionedFile.open(path);
  try {
    if (file.size > maximalBytes) {
      const reason = `it has ${file.size} bytes; at most ${maximalBytes} are read`;
      throw polytagError('MODEL_FILE_UNREADABLE', { file: path, reason });
    }
    const bytes = await file.read(0, file.size);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (error) {
      const reason = 'it is not UTF-8 text';
      throw polytagError('MODEL_FILE_UNREADABLE', { file: path, reason }, { cause: error });
    }
  } finally {
    await file.close();
  }
}

/** Whether a JSON value is an object, and no array. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
