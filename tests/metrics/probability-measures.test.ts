import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  brierScore,
  calibrationError,
  logLoss,
  reliabilityBins,
} from '../../src/metrics/probability-measures.js';
import { rows } from './arbitraries.js';
import { expectClose } from './closeness.js';

describe('logLoss and brierScore', () => {
  it('are means over known rows', () => {
    const labels = Int8Array.of(1, 0, -1);
    const probabilities = Float64Array.of(0.25, 0.5, 0.9);
    expect(logLoss(labels, probabilities).value).toBeCloseTo(Math.log(8) / 2, 14);
    expect(brierScore(labels, probabilities)).toEqual({ value: (0.5625 + 0.25) / 2 });
  });

  it('stay finite where a probability of 0 comes true', () => {
    const labels = Int8Array.of(1, 0);
    const in64 = logLoss(labels, Float64Array.of(0, 1)).value;
    expect(in64).toBeCloseTo(-Math.log(2 ** -52), 10);
    const in32 = logLoss(labels, Float32Array.of(0, 1)).value;
    expect(in32).toBeCloseTo(-Math.log(2 ** -23), 10);
  });

  it('are defined with one class, and undefined without known rows', () => {
    expect(brierScore(Int8Array.of(0), Float64Array.of(0.5))).toEqual({ value: 0.25 });
    const reason = 'every label is unknown';
    const unknown = Int8Array.of(-1);
    expect(logLoss(unknown, Float64Array.of(0.5))).toEqual({ value: null, reason });
    expect(brierScore(unknown, Float64Array.of(0.5))).toEqual({ value: null, reason });
    expect(calibrationError(unknown, Float64Array.of(0.5))).toEqual({ value: null, reason });
    expect(logLoss(new Int8Array(0), new Float64Array(0))).toEqual({
      value: null,
      reason: 'no rows',
    });
  });

  it('refuse what is no probability', () => {
    for (const measure of [logLoss, brierScore, calibrationError]) {
      expect(() => measure(Int8Array.of(1), Float64Array.of(1.5))).toThrow('1.5 is no probability');
      expect(() => measure(Int8Array.of(1), Float64Array.of(-0.1))).toThrow(RangeError);
    }
  });
});

describe('calibrationError', () => {
  it('is the distance of two bins, weighted by their rows', () => {
    // Bin [0, 0.5): mean 0.2, one of four true. Bin [0.5, 1]: mean 0.9, one of two true.
    const labels = Int8Array.of(0, 0, 0, 1, 1, 0);
    const probabilities = Float64Array.of(0.1, 0.2, 0.2, 0.3, 0.8, 1);
    const expected = (4 * 0.05 + 2 * 0.4) / 6;
    expect(calibrationError(labels, probabilities, 2).value).toBeCloseTo(expected, 14);
  });

  it('is 0 where every bin comes true as often as it says', () => {
    const labels = Int8Array.of(1, 0, 0, 0);
    expect(calibrationError(labels, new Float64Array(4).fill(0.25))).toEqual({ value: 0 });
  });

  it('with one bin is the distance of the overall means', () => {
    fc.assert(
      fc.property(rows, ({ labels, scores }) => {
        const known = Array.from(labels.keys()).filter((row) => labels[row] >= 0);
        const distance = known.reduce((sum, row) => sum + scores[row] - labels[row], 0);
        expectClose(calibrationError(labels, scores, 1), Math.abs(distance) / known.length);
      }),
    );
  });

  it('puts every known row into one bin', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 20 }), ({ labels, scores }, bins) => {
        const counted = reliabilityBins(labels, scores, bins);
        expect(counted).toHaveLength(bins);
        const total = counted.reduce((sum, bin) => sum + bin.rows, 0);
        expect(total).toBe(labels.filter((label) => label >= 0).length);
      }),
    );
    expect(() => reliabilityBins(Int8Array.of(1), Float64Array.of(1), 0)).toThrow('0 bins');
  });
});
