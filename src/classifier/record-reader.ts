// Reads fields of a JSON record one by one, each checked, so that an error names the file and the field.
import { polytagError } from '../errors/index.js';
import type { JsonObject, JsonValue } from '../weights/index.js';

/** Reads the fields of one JSON object. */
export class RecordReader {
  /** @param path where the object stands in the file: empty, or such as `rows.` */
  constructor(
    private readonly json: JsonObject,
    private readonly file: string,
    private readonly path = '',
  ) {}

  value(key: string): JsonValue | undefined {
    return Object.hasOwn(this.json, key) ? this.json[key] : undefined;
  }

  text(key: string): string {
    const value = this.value(key);
    if (typeof value === 'string') return value;
    throw this.problem(key, 'a text');
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const found = choices.find((choice) => choice === this.value(key));
    if (found !== undefined) return found;
    throw this.problem(key, `one of ${choices.join(', ')}`);
  }

  flag(key: string): boolean {
    const value = this.value(key);
    if (typeof value === 'boolean') return value;
    throw this.problem(key, 'true or false');
  }

  number(key: string, least = -Number.MAX_VALUE, most = Number.MAX_VALUE): number {
    const value = this.value(key);
    if (typeof value === 'number' && value >= least && value <= most) return value;
    throw this.problem(key, `a number from ${least} to ${most}`);
  }

  count(key: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.value(key);
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) {
      return Number(value);
    }
    throw this.problem(key, `a whole number from ${least} to ${most}`);
  }

  /** A reader of the object under `key`. */
  object(key: string): RecordReader {
    const value = this.value(key);
    if (isObject(value)) return this.within(value, key);
    throw this.problem(key, 'an object');
  }

  /** Readers of the objects in the list under `key`. */
  objects(key: string): RecordReader[] {
    return this.list(key).map((value, index) => {
      if (isObject(value)) return this.within(value, `${key}[${index}]`);
      throw this.problem(key, 'a list of objects');
    });
  }

  list(key: string): readonly JsonValue[] {
    const value = this.value(key);
    if (Array.isArray(value)) return value;
    throw this.problem(key, 'a list');
  }

  texts(key: string): string[] {
    return this.list(key).map((value) => {
      if (typeof value === 'string') return value;
      throw this.problem(key, 'a list of texts');
    });
  }

  /** The texts in the object under `key`, by name. */
  textFields(key: string): Record<string, string> {
    const fields = this.object(key);
    return Object.fromEntries(Object.keys(fields.json).map((name) => [name, fields.text(name)]));
  }

  integers(key: string): number[] {
    return this.list(key).map((value) => {
      if (Number.isSafeInteger(value)) return Number(value);
      throw this.problem(key, 'a list of whole numbers');
    });
  }

  problem(key: string, expected: string): Error {
    const value = this.value(key);
    const shown = value === undefined ? 'is missing' : `is ${JSON.stringify(value).slice(0, 40)}`;
    const problem = `"${this.path}${key}" ${shown}; expected ${expected}`;
    return polytagError('MODEL_RECORD_INVALID', { file: this.file, problem });
  }

  private within(json: JsonObject, key: string): RecordReader {
    return new RecordReader(json, this.file, `${this.path}${key}.`);
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
