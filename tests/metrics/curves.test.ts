import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { precisionRecallCurve, rocCurve } from '../../src/metrics/curves.js';
import { averagePrecision, rocAuc } from '../../src/metrics/ranking-measures.js';
import { rows } from './arbitraries.js';

describe('rocCurve', () => {
  it('gives the points of the usual example', () => {
    const curve = rocCurve(Int8Array.of(0, 0, 1, 1), Float64Array.of(0.1, 0.4, 0.35, 0.8));
    expect(curve).toEqual({
      defined: true,
      falsePositiveRate: Float64Array.of(0, 0, 0.5, 0.5, 1),
      truePositiveRate: Float64Array.of(0, 0.5, 0.5, 1, 1),
      thresholds: Float64Array.of(Infinity, 0.8, 0.4, 0.35, 0.1),
    });
  });

  it('rises from (0, 0) to (1, 1) over an area that is the AUC', () => {
    fc.assert(
      fc.property(rows, ({ labels, scores }) => {
        const auc = rocAuc(labels, scores);
        const curve = rocCurve(labels, scores);
        expect(curve.defined).toBe(auc.value !== null);
        if (!curve.defined || auc.value === null) return;
        const { falsePositiveRate: x, truePositiveRate: y } = curve;
        expect([x[0], y[0], x.at(-1), y.at(-1)]).toEqual([0, 0, 1, 1]);
        let area = 0;
        for (let point = 1; point < x.length; point++) {
          area += ((x[point] - x[point - 1]) * (y[point] + y[point - 1])) / 2;
        }
        expect(area).toBeCloseTo(auc.value, 12);
      }),
    );
  });

  it('says why there is none', () => {
    const reason = 'no negative rows';
    const [labels, scores] = [Int8Array.of(1, 1), Float64Array.of(0.1, 0.2)];
    expect(rocCurve(labels, scores)).toEqual({ defined: false, reason });
    expect(precisionRecallCurve(labels, scores)).toEqual({ defined: false, reason });
  });
});

describe('precisionRecallCurve', () => {
  it('has one point for each distinct score', () => {
    const labels = Int8Array.of(0, 1, 1, 0, -1);
    const curve = precisionRecallCurve(labels, Float64Array.of(0.2, 0.9, 0.5, 0.5, 0.7));
    expect(curve).toEqual({
      defined: true,
      precision: Float64Array.of(1, 2 / 3, 0.5),
      recall: Float64Array.of(0.5, 1, 1),
      thresholds: Float64Array.of(0.9, 0.5, 0.2),
    });
  });

  it('covers, as steps, an area that is the average precision', () => {
    fc.assert(
      fc.property(rows, ({ labels, scores }) => {
        const mean = averagePrecision(labels, scores);
        const curve = precisionRecallCurve(labels, scores);
        if (!curve.defined || mean.value === null) return;
        let area = 0;
        let before = 0;
        curve.recall.forEach((recall, point) => {
          area += (recall - before) * curve.precision[point];
          before = recall;
        });
        expect(area).toBeCloseTo(mean.value, 12);
      }),
    );
  });
});
