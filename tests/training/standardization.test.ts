// Folding standardisation into a layer changes nothing but where it is done.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  foldStandardization,
  measureStandardization,
  standardizeRows,
} from '../../src/training/standardization.js';

describe('standardisation', () => {
  it('brings the given rows to mean 0 and deviation 1, and others by the same measure', () => {
    const values = Float32Array.of(1, 10, 3, 30, 100, 20);
    const measured = measureStandardization(values, 2, Int32Array.of(0, 1));
    expect([...measured.means]).toEqual([2, 20]);
    expect([...measured.deviations]).toEqual([1, 10]);
    standardizeRows(values, measured);
    expect([...values]).toEqual([-1, -1, 1, 1, 98, 0]);
  });

  it('leaves a feature that never varies finite', () => {
    const values = Float32Array.of(5, 5, 5);
    const measured = measureStandardization(values, 1, Int32Array.of(0, 1, 2));
    standardizeRows(values, measured);
    expect([...values]).toEqual([0, 0, 0]);
  });

  it('folds into a layer that does the same on raw features', () => {
    const numbers = (length: number): fc.Arbitrary<Float32Array> =>
      fc.float32Array({ minLength: length, maxLength: length, noNaN: true, min: -4, max: 4 });
    fc.assert(
      fc.property(numbers(12), numbers(6), numbers(2), (values, weight, bias) => {
        const measured = measureStandardization(values, 3, Int32Array.of(0, 1, 2, 3));
        const folded = foldStandardization(weight, bias, measured);
        const standardized = values.slice();
        standardizeRows(standardized, measured);
        for (const row of [0, 1, 2, 3]) {
          const before = applyLayer(weight, bias, standardized.subarray(row * 3, row * 3 + 3));
          const after = applyLayer(
            folded.weight,
            folded.bias,
            values.subarray(row * 3, row * 3 + 3),
          );
          const scale = Math.max(...folded.weight.map(Math.abs)) * 16 + 16;
          before.forEach((value, unit) => {
            expect(Math.abs(value - after[unit])).toBeLessThan(scale * 1e-5);
          });
        }
      }),
    );
  });
});

function applyLayer(weight: Float32Array, bias: Float32Array, inputs: Float32Array): number[] {
  return Array.from(bias, (start, unit) =>
    inputs.reduce((sum, value, at) => sum + value * weight[unit * inputs.length + at], start),
  );
}
