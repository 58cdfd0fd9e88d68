// Axes: round numbers that hold every value, and are told apart by their texts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseAxis, formatTick } from '../../../src/classifier/plots/axis-ticks.js';

describe('chooseAxis', () => {
  it('takes round steps', () => {
    expect(chooseAxis([0.9312, 0.9689], 4)).toEqual({
      low: 0.93,
      high: 0.97,
      ticks: [0.93, 0.94, 0.95, 0.96, 0.97],
      decimals: 2,
    });
    expect(chooseAxis([0, 2300], 5).ticks).toEqual([0, 500, 1000, 1500, 2000, 2500]);
  });

  it('has a width where values are alike, and where there are none', () => {
    for (const values of [[], [0], [0.5], [3, 3, 3]]) {
      const { low, high, ticks } = chooseAxis(values, 4);
      expect(high).toBeGreaterThan(low);
      expect(ticks.length).toBeGreaterThan(1);
      expect(new Set(ticks).size).toBe(ticks.length);
    }
  });

  it('holds all values between few ticks, whose texts differ', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), fc.nat(8), (values, more) => {
        const { low, high, ticks, decimals } = chooseAxis(values, 2 + more);
        const slack = 1e-6 * (high - low);
        expect(Math.min(...values)).toBeGreaterThanOrEqual(low - slack);
        expect(Math.max(...values)).toBeLessThanOrEqual(high + slack);
        expect(ticks.length).toBeLessThanOrEqual(more + 5);
        const texts = ticks.map((tick) => formatTick(tick, decimals));
        expect(new Set(texts).size).toBe(ticks.length);
      }),
    );
  });

  it('takes more values than a call has arguments', () => {
    const values = Array.from({ length: 300_000 }, (_, at) => at);
    expect(chooseAxis(values, 5).high).toBe(300_000);
  });
});

describe('formatTick', () => {
  it('groups thousands, and leaves decimals alone', () => {
    expect(formatTick(12_345, 0)).toBe('12,345');
    expect(formatTick(1234.56789, 4)).toBe('1,234.5679');
    expect(formatTick(0.95, 2)).toBe('0.95');
  });
});
