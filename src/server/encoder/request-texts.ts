// The texts of a request, checked, with pairs split as bert-as-service splits them.
import type { EncoderInput } from '../../bert/index.js';
import { polytagError } from '../../errors/index.js';

/** Characters (UTF-16) of one text at most; of tokens together, their number added. */
export const longestText = 1_000_000;

/** What joins the texts of a pair, in a text and among tokens. */
const separator = ' ||| ';
const separatorToken = '|||';

/** What Python's str.strip() takes off, by code: not quite what String.prototype.trim() does. */
const spaces = new Set([
  ...range(0x09, 0x0d),
  ...range(0x1c, 0x20),
  ...[0x85, 0xa0, 0x1680],
  ...range(0x2000, 0x200a),
  ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
]);

/**
 * Reads what a client sent as texts: a list of strings, or a list of lists of tokens.
 * @throws PolytagError REQUEST_INVALID saying which text is wrong, without citing it
 */
export function readTexts(texts: unknown): EncoderInput[] {
  if (!Array.isArray(texts)) {
    throw invalid(`the texts are ${kindOf(texts)}, not a list of strings or of lists of tokens`);
  }
  if (texts.length === 0) throw invalid('the list of texts is empty');
  const isTokenized = Array.isArray(texts[0]);
  return texts.map((text: unknown, index) =>
    isTokenized ? readTokens(text, index) : readText(text, index),
  );
}

/** A text that is a pair is split at the last separator, if it is of one line. */
function readText(text: unknown, index: number): EncoderInput {
  if (typeof text !== 'string') {
    const expected = index === 0 ? 'a string or a list of tokens' : 'a string like those before it';
    throw invalid(`text ${index} (counted from 0) is ${kindOf(text)}, not ${expected}`);
  }
  checkLength(text.length, index);
  const stripped = strip(text);
  const at = stripped.lastIndexOf(separator);
  if (at < 0 || stripped.includes('\n')) return stripped;
  return [stripped.slice(0, at), stripped.slice(at + separator.length)];
}

function readTokens(tokens: unknown, index: number): EncoderInput {
  if (!Array.isArray(tokens)) {
    const found = `text ${index} (counted from 0) is ${kindOf(tokens)}`;
    throw invalid(`${found}, not a list of tokens like those before it`);
  }
  let length = tokens.length;
  const words = tokens.map((token: unknown, position) => {
    if (typeof token !== 'string') {
      const found = `token ${position} of text ${index} (counted from 0) is ${kindOf(token)}`;
      throw invalid(`${found}, not a string`);
    }
    length += token.length;
    return token;
  });
  checkLength(length, index);
  const at = words.indexOf(separatorToken);
  return at < 0
    ? { tokens: words }
    : { tokens: words.slice(0, at), pairTokens: words.slice(at + 1) };
}

function strip(text: string): string {
  const isSpace = (at: number): boolean => spaces.has(text.charCodeAt(at));
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(start)) start++;
  while (end > start && isSpace(end - 1)) end--;
  return text.slice(start, end);
}

function checkLength(length: number, index: number): void {
  if (length <= longestText) return;
  throw invalid(
    `text ${index} (counted from 0) has ${length} characters; at most ${longestText} are taken`,
  );
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  const kind = typeof value;
  return kind === 'object' ? 'an object' : `a ${kind}`;
}

function invalid(problem: string): Error {
  return polytagError('REQUEST_INVALID', { problem });
}
