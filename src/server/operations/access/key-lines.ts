// The lines of a file of API keys: names and digests, never the keys themselves.
import { createHash, randomBytes } from 'node:crypto';
import { polytagError } from '../../../errors/index.js';

/** Keys of one file at most: each request is compared with all of them. */
const mostKeys = 1000;
const mostFileCharacters = 1 << 20;

/** One line of the file. */
export interface KeyEntry {
  /** Names the client in logs, metrics and in turns. */
  readonly name: string;
  /** The SHA-256 of the key's UTF-8 bytes: 32 bytes. */
  readonly digest: Buffer;
  /** May reload models and change thresholds. */
  readonly isAdmin: boolean;
  /** Requests a second; undefined for no limit. */
  readonly rate: number | undefined;
}

const namePattern = /^[A-Za-z0-9][\w.@-]{0,63}$/;
const digestPattern = /^[0-9a-fA-F]{64}$/;
const ratePattern = /^rate=(\d{1,6}(?:\.\d{1,3})?)\/s$/;

/** The digest under which a key is kept. Keys are random, 256 bits: no salt and no slow hash is needed. */
export function digestKey(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}

/** A new key, and its line for the file. The key is nowhere else. */
export function newApiKey(
  name: string,
  options: { readonly isAdmin?: boolean; readonly rate?: number | undefined } = {},
): { readonly key: string; readonly line: string } {
  if (!namePattern.test(name)) {
    throw polytagError('OPTION_INVALID', {
      option: 'the name of an API key',
      value: JSON.stringify(name.slice(0, 80)).slice(1, -1),
      expected: nameRule,
    });
  }
  const key = `pt_${randomBytes(32).toString('base64url')}`;
  const words = [name, digestKey(key).toString('hex')];
  if (options.isAdmin === true) words.push('admin');
  if (options.rate !== undefined) words.push(rateWord(options.rate));
  return { key, line: words.join(' ') };
}

function rateWord(rate: number): string {
  const word = `rate=${rate}/s`;
  if (ratePattern.test(word) && rate > 0) return word;
  const expected =
    'requests a second above 0, with at most 6 digits before the point and 3 after it';
  throw polytagError('OPTION_INVALID', {
    option: 'the rate of an API key',
    value: String(rate),
    expected,
  });
}

const nameRule = 'a letter or digit, then up to 63 letters, digits or any of _ . @ -';

/**
 * Reads the lines `NAME SHA256HEX [admin] [rate=N/s]`; what follows a # that begins a word is a comment.
 * @param file what to call it in errors
 * @throws PolytagError API_KEYS_INVALID with the line
 */
export function parseKeyLines(text: string, file: string): KeyEntry[] {
  if (text.length > mostFileCharacters) {
    throw invalid(file, 0, `is larger than ${mostFileCharacters} characters`);
  }
  const entries: KeyEntry[] = [];
  const names = new Map<string, number>();
  const digests = new Map<string, number>();
  for (const [index, content] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = index + 1;
    const words = wordsOf(content);
    if (words.length === 0) continue;
    const entry = parseEntry(words, file, line);
    const digest = entry.digest.toString('hex');
    refuseTwin(names, entry.name, 'the name', file, line);
    refuseTwin(digests, digest, 'the key', file, line);
    names.set(entry.name, line);
    digests.set(digest, line);
    entries.push(entry);
    if (entries.length > mostKeys) throw invalid(file, line, `more than ${mostKeys} keys`);
  }
  if (entries.length === 0) throw invalid(file, 0, 'has no key in it');
  return entries;
}

function wordsOf(content: string): string[] {
  const words = content.split(/[ \t]+/).filter((word) => word !== '');
  const comment = words.findIndex((word) => word.startsWith('#'));
  return comment === -1 ? words : words.slice(0, comment);
}

function parseEntry(words: readonly string[], file: string, line: number): KeyEntry {
  const [name, digest, ...options] = words as readonly [string, string | undefined, ...string[]];
  if (!namePattern.test(name)) {
    throw invalid(file, line, `the first word is no name; expected ${nameRule}`);
  }
  // The word itself is not shown: somebody may have put the key there.
  if (digest === undefined || !digestPattern.test(digest)) {
    const found = digest === undefined ? 'is missing' : `has ${digest.length} characters`;
    throw invalid(
      file,
      line,
      `the second word ${found}; expected the 64 hexadecimal digits of the key's SHA-256`,
    );
  }
  let isAdmin = false;
  let rate: number | undefined;
  for (const option of options) {
    const given = ratePattern.exec(option);
    if (option === 'admin' && !isAdmin) isAdmin = true;
    else if (given !== null && rate === undefined && Number(given[1]) > 0) rate = Number(given[1]);
    else {
      const shown = JSON.stringify(option.slice(0, 40));
      throw invalid(
        file,
        line,
        `${shown} is not expected here; there is "admin" and "rate=N/s", each once`,
      );
    }
  }
  return { name, digest: Buffer.from(digest, 'hex'), isAdmin, rate };
}

function refuseTwin(
  seen: ReadonlyMap<string, number>,
  value: string,
  what: string,
  file: string,
  line: number,
): void {
  const twin = seen.get(value);
  if (twin !== undefined) throw invalid(file, line, `${what} is that of line ${twin}`);
}

function invalid(file: string, line: number, problem: string): Error {
  return polytagError('API_KEYS_INVALID', { file, line, problem });
}
