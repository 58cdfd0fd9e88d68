// Reads the words of flags as Python does: whole numbers, decimals, and bert-as-service's own kinds.
import { FlagValueError } from './flag.js';

/** Makes a reader of whole numbers from `least` to `most`. */
export function wholeNumber(
  least = -Number.MAX_SAFE_INTEGER,
  most = Number.MAX_SAFE_INTEGER,
): (word: string) => number {
  return (word) => {
    // Python's int() takes spaces around and underscores between digits.
    const isWhole = /^\s*[+-]?\d+(?:_\d+)*\s*$/.test(word);
    const value = isWhole ? Number(word.replaceAll('_', '')) : NaN;
    if (value >= least && value <= most) return value;
    throw new FlagValueError(`expected ${wholeNumberText(least, most)}, got '${word}'`);
  };
}

function wholeNumberText(least: number, most: number): string {
  const hasLeast = least > -Number.MAX_SAFE_INTEGER;
  const hasMost = most < Number.MAX_SAFE_INTEGER;
  if (hasLeast && hasMost) return `a whole number from ${least} to ${most}`;
  return hasLeast ? `a whole number of at least ${least}` : 'a whole number';
}

/** A share from 0 to 1. */
export function share(word: string): number {
  const value = word.trim() === '' ? NaN : Number(word);
  if (value >= 0 && value <= 1) return value;
  throw new FlagValueError(`expected a number from 0 to 1, got '${word}'`);
}

/** Any text. */
export function text(word: string): string {
  return word;
}

/** Tokens of a sequence: a whole number above 3, or NONE, which is null. */
export function sequenceLength(word: string): number | null {
  if (word.trim().toLowerCase() === 'none') return null;
  try {
    return wholeNumber(4)(word);
  } catch {
    throw new FlagValueError(
      `expected a whole number above 3 (a pair alone takes three special tokens) or NONE, got '${word}'`,
    );
  }
}
