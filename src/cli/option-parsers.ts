// Turns the words given to options into values, or says what was expected.
import { InvalidArgumentError } from 'commander';
import type { Feature, Pooling } from '../bert/index.js';

/** A decimal number. */
export function parseNumber(word: string): number {
  const value = Number(word);
  if (word.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('Expected a number.');
  }
  return value;
}

/** A whole number from 0 on. */
export function parseCount(word: string): number {
  const value = parseNumber(word);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('Expected a whole number.');
  }
  return value;
}

/** Names with commas between, such as `toxic,insult`. */
export function parseNames(word: string): string[] {
  const names = word.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) {
    throw new InvalidArgumentError('Expected names with commas between.');
  }
  return names;
}

/** Layer numbers with commas between, such as `-2,-1`. */
export function parseLayers(word: string): number[] {
  return parseNames(word).map((name) => {
    const layer = Number(name);
    if (!Number.isInteger(layer)) {
      throw new InvalidArgumentError('Expected layer numbers with commas between, such as -2,-1.');
    }
    return layer;
  });
}

/** Poolings of layers, such as `mean:-1,max:-1,mean:-2` or `mean:-2+-1` for layers side by side. */
export function parseFeatures(word: string): Feature[] {
  return parseNames(word).map((name) => {
    const [pooling, layers = '-1'] = name.split(':');
    return { pooling: pooling as Pooling, layers: parseLayers(layers.replaceAll('+', ',')) };
  });
}

/** A share of rows below 1, or else the path of a table. */
export function parseValidation(word: string): number | string {
  const share = Number(word);
  return word.trim() !== '' && Number.isFinite(share) ? share : word;
}
