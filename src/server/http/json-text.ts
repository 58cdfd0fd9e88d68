// Reads JSON from bytes that nobody vouches for: UTF-8 and depth are checked before the parser sees it.
import { isUtf8 } from 'node:buffer';
import { Refusal } from './refusal.js';

const quote = 0x22;
const backslash = 0x5c;

function skipString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

/** The greatest number of open arrays and objects; stops counting once it is above `limit`. */
export function jsonDepth(bytes: Uint8Array, limit: number): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) at = skipString(bytes, at);
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
      if (deepest > limit) return deepest;
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
  return deepest;
}

/**
 * Parses JSON.
 * @param depth greatest number of levels of arrays and objects
 * @returns the value and its text
 * @throws Refusal BODY_INVALID
 */
export function parseJson(bytes: Buffer, depth: number): { value: unknown; text: string } {
  if (!isUtf8(bytes)) throw new Refusal('BODY_INVALID', 'the request body is not UTF-8');
  if (jsonDepth(bytes, depth) > depth) {
    throw new Refusal('BODY_INVALID', `the JSON of the request is nested more than ${depth} deep`);
  }
  const text = bytes.toString('utf8');
  try {
    return { value: JSON.parse(text) as unknown, text };
  } catch {
    throw new Refusal('BODY_INVALID', 'the request body is not JSON');
  }
}

const memberPattern = /[ \t\n\r]*("(?:[^"\\]|\\.)*")[ \t\n\r]*:[ \t\n\r]*/y;

function skipValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') {
      at += 1;
      while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    } else if (letter === '[' || letter === '{') depth += 1;
    else if (depth > 0 && (letter === ']' || letter === '}')) depth -= 1;
    else if (depth === 0 && (letter === ',' || letter === '}')) return at;
  }
  return text.length;
}

/**
 * The text of a member's value in the text of a valid JSON object; the last one where a name comes twice, as
 * JSON.parse takes it. For numbers that a double cannot hold: 64-bit identifiers come back as they went in.
 */
export function memberText(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = text.indexOf('{') + 1;
  for (;;) {
    memberPattern.lastIndex = at;
    const member = memberPattern.exec(text);
    if (member === null) return found;
    const end = skipValue(text, memberPattern.lastIndex);
    if (JSON.parse(member[1]) === name) found = text.slice(memberPattern.lastIndex, end).trim();
    at = end + 1;
  }
}
