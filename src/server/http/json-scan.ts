// Looks through JSON before it is parsed: how deep it goes, and whether an object has a name twice, where two readers
// would take different values.
import { isUtf8 } from 'node:buffer';
import { Refusal } from './refusal.js';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const opening = { array: 0x5b, object: 0x7b } as const;
const closing = { array: 0x5d, object: 0x7d } as const;

/**
 * Names of one body at most, those of all its objects together: far more than any request needs. A parser takes a
 * microsecond or more for each, which in a body of millions keeps everybody else waiting.
 */
export const mostNames = 1 << 17;

/** Objects of few names, which most are, are looked through faster than put into a set. */
const fewNames = 8;

/** The quote that ends the string whose text begins at `start`; the end of the bytes if none does. */
function endOfString(bytes: Buffer, start: number): number {
  for (let from = start; ; ) {
    const end = bytes.indexOf(quote, from);
    if (end < 0) return bytes.length;
    let escapes = 0;
    while (bytes[end - 1 - escapes] === backslash && end - escapes > start) escapes += 1;
    if (escapes % 2 === 0) return end;
    from = end + 1;
  }
}

/** The names of one object so far. */
class Names {
  #few: string[] = [];
  #many: Set<string> | undefined;

  /** @returns whether the name is new */
  add(name: string): boolean {
    if (this.#many === undefined) {
      if (this.#few.includes(name)) return false;
      this.#few.push(name);
      if (this.#few.length > fewNames) this.#many = new Set(this.#few);
      return true;
    }
    if (this.#many.has(name)) return false;
    this.#many.add(name);
    return true;
  }
}

/** A name as it is read: `"\u0061"` and `"a"` are the same. */
function readName(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    throw new Refusal('BODY_INVALID', 'the request body is not JSON');
  }
}

/** @param count of the names so far, this one included */
function checkName(object: Names | undefined, name: string, count: number): void {
  if (object?.add(name) === false) {
    throw new Refusal('BODY_INVALID', 'an object in the request body has a name twice');
  }
  if (count <= mostNames) return;
  throw new Refusal('BODY_INVALID', `the JSON of the request has more than ${mostNames} names`);
}

/**
 * Goes through the bytes once. What it takes for JSON may be none: it only has to be right about what the parser
 * will accept.
 *
 * @throws Refusal BODY_INVALID when arrays and objects are nested more than `depth` deep, a name comes twice in an
 *   object, or objects have more than `mostNames` names
 */
export function scanJson(bytes: Buffer, depth: number): void {
  // Of each open array or object: the names so far; undefined for an array.
  const open: (Names | undefined)[] = [];
  let expectsName = false;
  let names = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      const end = endOfString(bytes, at + 1);
      if (expectsName) {
        names += 1;
        checkName(open.at(-1), readName(bytes, at + 1, end), names);
        expectsName = false;
      }
      at = end;
    } else if (byte === opening.object || byte === opening.array) {
      open.push(byte === opening.object ? new Names() : undefined);
      if (open.length > depth) {
        throw new Refusal(
          'BODY_INVALID',
          `the JSON of the request is nested more than ${depth} deep`,
        );
      }
      expectsName = byte === opening.object;
    } else if (byte === closing.object || byte === closing.array) {
      open.pop();
      expectsName = false;
    } else if (byte === comma) expectsName = open.at(-1) !== undefined;
  }
}

/**
 * Parses JSON that nobody vouches for.
 * @param depth greatest number of levels of arrays and objects
 * @returns the value and its text
 * @throws Refusal BODY_INVALID
 */
export function parseStrictJson(
  bytes: Buffer,
  depth: number,
): { readonly value: unknown; readonly text: string } {
  const text = readUtf8(bytes);
  scanJson(bytes, depth);
  try {
    return { value: JSON.parse(text) as unknown, text };
  } catch {
    throw new Refusal('BODY_INVALID', 'the request body is not JSON');
  }
}

/** @throws Refusal BODY_INVALID */
export function readUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Refusal('BODY_INVALID', 'the request body is not UTF-8');
  return bytes.toString('utf8');
}
