// Encodes by an encoder that lives for one call, and compares numbers.
import { expect } from 'vitest';
import { Encoder, type EncoderInput, type Encodings } from '../../../src/bert/encoder.js';
import type { EncoderOptions } from '../../../src/bert/encoder-options.js';

/** Vectors of `texts` by an encoder with one worker that is closed again. */
export async function encodeOnce(
  reference: string,
  texts: readonly EncoderInput[],
  options: EncoderOptions = {},
): Promise<Encodings> {
  const encoder = await Encoder.load(reference, { workers: 1, ...options });
  try {
    return await encoder.encode(texts);
  } finally {
    await encoder.close();
  }
}

/** The largest difference between two lists of numbers of one length; NaN if there is one anywhere. */
export function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs(found[index] - expected[index]);
    if (Number.isNaN(difference)) return difference;
    largest = Math.max(largest, difference);
  }
  return largest;
}
