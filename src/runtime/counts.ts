// Checks options that count something.
import { polytagError } from '../errors/index.js';

/** @throws PolytagError OPTION_INVALID unless `value` is a whole number of at least 1 */
export function checkCount(option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    const expected = 'a whole number of at least 1';
    throw polytagError('OPTION_INVALID', { option, value: String(value), expected });
  }
}
