// Turns the words given to options into values, or says what was expected.
import type { Feature, Pooling } from '../bert/index.js';
import { InvalidArgumentError } from './typed-commander.js';

/** Ways to make one vector of a text's token vectors. */
export const poolingNames = [
  'mean',
  'max',
  'mean_max',
  'first',
  'last',
  'pooler',
] as const satisfies readonly Pooling[];

/** What can stay of a text that is too long. */
export const truncationNames = ['head', 'tail', 'head+tail'] as const;

/** Makes a parser of whole numbers from `least` to `most`. */
export function wholeNumber(least: number, most?: number): (word: string) => number {
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  return (word) => {
    const value = /^[+-]?\d+$/.test(word.trim()) ? Number(word) : NaN;
    if (value >= least && value <= (most ?? Number.MAX_SAFE_INTEGER)) return value;
    throw new InvalidArgumentError(`Expected a whole number ${range}.`);
  };
}

/** Makes a parser of decimal numbers of which `isValid` holds; `expected` says so in words. */
export function decimal(
  expected: string,
  isValid: (value: number) => boolean,
): (word: string) => number {
  return (word) => {
    const value = word.trim() === '' ? NaN : Number(word);
    if (Number.isFinite(value) && isValid(value)) return value;
    throw new InvalidArgumentError(`Expected a number ${expected}.`);
  };
}

/** Names with commas between: `toxic,insult`; one with commas in it as in CSV: `"food, drink",travel`. */
export function parseNames(word: string): string[] {
  const pieces = word.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  const names = pieces.map((piece) => {
    const name = piece.trim();
    return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
  });
  // What was passed over is a comma too many, or a quote that is never closed.
  if (pieces.join(',') === word && names.length > 0 && !names.includes('')) return names;
  throw new InvalidArgumentError('Expected names with commas between.');
}

/** Layer numbers with commas between, such as `-2,-1`. */
export function parseLayers(word: string): number[] {
  const names = word.split(',').map((name) => name.trim());
  if (names.every((name) => /^[+-]?\d{1,4}$/.test(name))) return names.map(Number);
  throw new InvalidArgumentError('Expected layer numbers with commas between, such as -2,-1.');
}

/** Poolings of layers: `mean:-1,max:-1,mean:-2`; `mean:-2+-1` is of two layers side by side. */
export function parseFeatures(word: string): Feature[] {
  return word.split(',').map((part) => {
    const [name, layers = '-1'] = splitOnce(part.trim(), ':');
    const pooling = poolingNames.find((known) => known === name);
    if (pooling === undefined) {
      const expected = `Expected POOLING:LAYER with commas between, such as mean:-1,max:-1; poolings are ${poolingNames.join(', ')}.`;
      throw new InvalidArgumentError(expected);
    }
    return { pooling, layers: parseLayers(layers.replaceAll('+', ',')) };
  });
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** A share of the rows, above 0 and below 1, or else the path of a table. */
export function parseValidation(word: string): number | string {
  const share = Number(word);
  if (word.trim() === '' || (Number.isFinite(share) && !(share > 0 && share < 1))) {
    throw new InvalidArgumentError('Expected a share above 0 and below 1, or the path of a table.');
  }
  return Number.isFinite(share) ? share : word;
}
