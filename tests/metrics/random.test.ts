import { describe, expect, it } from 'vitest';
import { seededGenerator, xoshiro128 } from '../../src/metrics/random.js';

describe('xoshiro128', () => {
  it('gives the numbers of the reference implementation', () => {
    const next = xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ]);
  });
});

describe('seededGenerator', () => {
  it('gives the same numbers for the same seed, and others for each other', () => {
    const first = (seed: number) => Array.from({ length: 4 }, seededGenerator(seed)).join();
    const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map(first)).size).toBe(seeds.length);
    expect(first(1)).toBe(first(1));
  });

  it('refuses what is no seed', () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53])
      expect(() => seededGenerator(seed)).toThrow(RangeError);
  });
});
