// The random sequence is the published one, uniform, and the same for the same seed.
import { describe, expect, it } from 'vitest';
import { RandomSource } from '../../src/data/index.js';

describe('RandomSource', () => {
  // Computed with the authors' C code: splitmix64 seeds xoshiro128** 1.1, low halves first.
  it.each([
    [0, [3737715805, 2584255861, 2876756834, 3286328325, 1553311962, 1625202774]],
    [1, [1695105466, 1423115009, 634581793, 1068227753, 716759206, 4186505319]],
    [42, [1776835114, 4165204688, 17111135, 2317295270, 2792088233, 2554630222]],
    [-7, [2770651774, 585381616, 711422325, 2297772603, 2628463860, 4186259087]],
    [9007199254740991, [1233166643, 1287031142, 661813442, 2960669951, 2601079046, 1036114921]],
  ])('gives the published sequence for seed %i', (seed, expected) => {
    const random = new RandomSource(seed);
    expect(expected.map(() => random.nextBits())).toEqual(expected);
  });

  it('draws integers without bias', () => {
    const random = new RandomSource(5);
    const counts = new Int32Array(7);
    for (let draw = 0; draw < 70_000; draw++) {
      counts[random.nextInteger(7)]++;
    }
    // Chi-square with 6 degrees of freedom: above 22.5 in one case in a thousand.
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(22.5);
    expect(random.nextInteger(1)).toBe(0);
  });

  it('draws floats in [0, 1) with mean 1/2 and variance 1/12', () => {
    const random = new RandomSource(6);
    const values = Float64Array.from({ length: 100_000 }, () => random.nextFloat());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(1 / 2, 2);
    expect(variance).toBeCloseTo(1 / 12, 3);
    expect(Math.min(...values.subarray(0, 10_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values.subarray(0, 10_000))).toBeLessThan(1);
  });

  it('shuffles into each order equally often', () => {
    const random = new RandomSource(7);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 24_000; draw++) {
      const order = random.shuffle(Int32Array.of(0, 1, 2, 3)).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - 1000) ** 2 / 1000,
      0,
    );
    // 23 degrees of freedom.
    expect(chiSquare).toBeLessThan(49.7);
  });

  it('refuses seeds and bounds that it cannot honour', () => {
    expect(() => new RandomSource(0.5)).toThrow('safe integer');
    expect(() => new RandomSource(0).nextInteger(0)).toThrow('integer from 1');
    expect(() => new RandomSource(0).nextInteger(2 ** 32 + 1)).toThrow('integer from 1');
  });
});
