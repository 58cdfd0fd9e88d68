// What served models are called: names that are safe in a path, a log and a header, whatever the folder is called.
import { basename } from 'node:path';
import { polytagError } from '../../errors/index.js';

const namePattern = /^[A-Za-z0-9][\w.-]{0,95}$/;

/** A model to serve. */
export interface NamedReference {
  readonly name: string;
  /** A bundled name, a folder, a .zip, or a hub id. */
  readonly reference: string;
}

/** Whether a model can have this name. Names are looked up in a map; none ever becomes a path. */
export function isModelName(name: string): boolean {
  return namePattern.test(name);
}

function proposedName(reference: string): string {
  const last = basename(reference.replace(/[/\\]+$/, ''))
    .replace(/\.zip$/i, '')
    .replace(/@.*$/, '');
  return last
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 96);
}

/**
 * Reads `NAME=REF`, or a reference alone, which is called after its last part.
 * @throws PolytagError OPTION_INVALID
 */
function parseNamedReference(word: string): NamedReference {
  const middle = word.indexOf('=');
  const given = middle < 0 ? undefined : word.slice(0, middle);
  // A path may have = in it; a name has no separators.
  const isNamed = given !== undefined && !/[/\\]/.test(given);
  const reference = isNamed ? word.slice(middle + 1) : word;
  const name = isNamed ? given : proposedName(reference);
  if (!isModelName(name) || reference === '') {
    const expected =
      'NAME=REF or REF, the name beginning with a letter or digit, then up to 95 letters, digits, ".", "_" or "-"';
    throw polytagError('OPTION_INVALID', { option: 'the model', value: word, expected });
  }
  return { name, reference };
}

/**
 * Names of several models, no two alike.
 * @throws PolytagError OPTION_INVALID
 */
export function parseNamedReferences(words: readonly string[]): NamedReference[] {
  const named = words.map(parseNamedReference);
  const seen = new Map<string, string>();
  for (const { name, reference } of named) {
    const other = seen.get(name);
    if (other !== undefined) {
      const expected = `another name than ${other} has: write NAME=${reference}`;
      throw polytagError('OPTION_INVALID', { option: 'the model name', value: name, expected });
    }
    seen.set(name, reference);
  }
  return named;
}
