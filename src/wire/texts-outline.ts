// Looks over the JSON of a request before it is parsed: how many texts, how deep, anything that has no place there.

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openList = 0x5b;
const closeList = 0x5d;
const openObject = 0x7b;

/** What a list of texts looks like from outside. */
export interface TextsOutline {
  /** Items of the outer list, if the bytes are JSON at all. */
  readonly items: number;
  /** Lists within lists: 1 for texts, 2 for lists of tokens. */
  readonly depth: number;
  /** An object somewhere outside of strings. */
  readonly hasObject: boolean;
}

/**
 * Outlines the JSON in `bytes` in one pass that allocates nothing. A few bytes of JSON such as `{},` become
 * twenty times as many in memory: whatever a list of texts cannot hold is to be refused before it is parsed.
 * For bytes that are not JSON the outline means nothing, and the parser refuses them.
 */
export function outlineTexts(bytes: Uint8Array): TextsOutline {
  let depth = 0;
  let deepest = 0;
  let commas = 0;
  let lists = 0;
  let filled = false;
  let hasObject = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      filled = true;
      at = endOfString(bytes, at);
    } else if (byte === openList) {
      filled ||= depth > 0;
      depth++;
      lists++;
      deepest = Math.max(deepest, depth);
    } else if (byte === closeList) {
      depth--;
    } else if (byte === comma) {
      commas += depth === 1 ? 1 : 0;
    } else if (byte > 0x20) {
      filled = true;
      hasObject ||= byte === openObject;
    }
  }
  return { items: lists > 0 && filled ? commas + 1 : 0, depth: deepest, hasObject };
}

/** The position of the quote that ends the string which begins at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) {
    at += bytes[at] === backslash ? 2 : 1;
  }
  return at;
}
