// Reads one JSON object as a row: its fields as texts.

/** A JSON number, or a string to step over; long integers are found by it. */
const numberOrString = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const longInteger = /^-?\d{16,}$/;

/**
 * The fields of a JSON object as texts: strings as they are (lone surrogates, which no UTF-8 file can
 * hold, become U+FFFD), numbers and booleans as JSON writes them, null as nothing, arrays and objects as
 * JSON. Integers beyond 2^53 keep all their digits.
 *
 * @returns a map from field to text; or, if it is no JSON object, a sentence that says so
 */
export function readJsonRecord(text: string): ReadonlyMap<string, string> | string {
  let value: unknown;
  try {
    value = JSON.parse(/\d{16}/.test(text) ? quoteLongIntegers(text) : text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return `this is not valid JSON: ${error.message}`;
    }
    if (error instanceof RangeError) {
      return 'the JSON is nested too deeply';
    }
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'expected a JSON object such as {"text": "..", "labels": ["..", ".."]}';
  }
  try {
    return new Map(Object.entries(value).map(([name, field]) => [wellFormed(name), toCell(field)]));
  } catch (error) {
    if (error instanceof RangeError) {
      return 'the JSON is nested too deeply';
    }
    throw error;
  }
}

/** A value as the text of a cell; also for values out of Parquet files, which know more types. */
export function toCell(value: unknown): string {
  if (typeof value === 'string') {
    return wellFormed(value);
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value);
  }
  if (typeof value !== 'object' || value === null) {
    return '';
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  }
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString('utf8');
  }
  return wellFormed(JSON.stringify(value, jsonValue));
}

function jsonValue(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    return String(value);
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value;
}

function wellFormed(text: string): string {
  return /[\ud800-\udfff]/.test(text) ? Buffer.from(text, 'utf8').toString('utf8') : text;
}

function quoteLongIntegers(text: string): string {
  return text.replace(numberOrString, (token) => (longInteger.test(token) ? `"${token}"` : token));
}
