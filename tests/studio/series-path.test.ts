// Lines and areas of charts, as path data.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areaPath,
  greatestValue,
  linePath,
  roundCeiling,
} from '../../studio/charts/series-path.js';

const frame = { start: 0, end: 10, top: 100, width: 200, height: 50 };

describe('linePath and areaPath', () => {
  it('put time to the right and values upwards', () => {
    const points = [
      { time: 0, value: 0 },
      { time: 5, value: 100 },
      { time: 10, value: 25 },
    ];
    expect(linePath(points, frame)).toBe('M0 50L100 0L200 37.5');
    expect(areaPath(points, frame)).toBe('M0 50L0 50L100 0L200 37.5L200 50Z');
  });

  it('break where nothing was measured; a lone point is a dot without an area', () => {
    const points = [
      { time: 0, value: 50 },
      { time: 1, value: 50 },
      { time: 2, value: undefined },
      { time: 3, value: Number.NaN },
      { time: 4, value: 100 },
    ];
    expect(linePath(points, frame)).toBe('M0 25L20 25M80 0h0');
    expect(areaPath(points, frame)).toBe('M0 50L0 25L20 25L20 50Z');
    expect(linePath([], frame)).toBe('');
  });

  it('stay inside the drawing, whatever the values', () => {
    const value = fc.option(fc.double(), { nil: undefined });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), (values) => {
        const points = values.map((value, time) => ({ time: time / 2, value }));
        const heights = [...linePath(points, frame).matchAll(/[\d.]+ ([\d.]+)/g)];
        for (const [, y] of heights) expect(Number(y)).toBeLessThanOrEqual(50);
        expect(linePath(points, frame)).not.toMatch(/NaN|Infinity|-/);
      }),
    );
  });
});

describe('roundCeiling', () => {
  it.each([
    [0, 1],
    [-3, 1],
    [Number.NaN, 1],
    [0.03, 0.03],
    [1, 1],
    [1.01, 2],
    [66, 80],
    [81, 100],
    [1234, 2000],
  ])('of %d is %d', (value, ceiling) => {
    expect(roundCeiling(value)).toBe(ceiling);
  });

  it('is never below, and less than twice as large', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
        expect(roundCeiling(value)).toBeGreaterThanOrEqual(value * (1 - 1e-9));
        expect(roundCeiling(value)).toBeLessThanOrEqual(value * 2.000001);
      }),
    );
  });
});

it('greatestValue looks at all series', () => {
  const point = (value: number | undefined) => ({ time: 0, value });
  expect(greatestValue([[point(1), point(undefined)], [point(7), point(Number.NaN)], []])).toBe(7);
  expect(greatestValue([])).toBe(0);
});
