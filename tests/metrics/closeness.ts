// Comparing a measure with a number computed elsewhere.
import { expect } from 'vitest';
import type { Measure } from '../../src/metrics/index.js';

/** Expects the value to within 1e-12; null and NaN expect the measure to be undefined. */
export function expectClose(measure: Measure, expected: number | null): void {
  if (expected === null || Number.isNaN(expected)) expect(measure).toMatchObject({ value: null });
  else expect(Math.abs((measure.value ?? NaN) - expected)).toBeLessThanOrEqual(1e-12);
}
