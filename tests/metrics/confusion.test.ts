import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  confusionAt,
  f1,
  macroF1,
  matthewsCorrelation,
  microF1,
  precision,
  recall,
  weightedF1,
} from '../../src/metrics/confusion.js';
import { rows } from './arbitraries.js';

const empty = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 5 };

describe('confusionAt', () => {
  it('predicts a row whose score is the threshold, and leaves out unknown labels', () => {
    const labels = Int8Array.of(1, 1, 0, 0, 0, -1);
    const scores = Float64Array.of(0.5, 0.4, 0.5, 0.1, 0.2, 0.9);
    expect(confusionAt(labels, scores, 0.5)).toEqual({
      truePositives: 1,
      falsePositives: 1,
      falseNegatives: 1,
      trueNegatives: 2,
    });
  });
});

describe('precision, recall, F1 and Matthews correlation', () => {
  it('say why they are undefined', () => {
    expect(precision(empty)).toEqual({ value: null, reason: 'no row is predicted to be positive' });
    expect(recall(empty)).toEqual({ value: null, reason: 'no positive rows' });
    expect(f1(empty)).toEqual({ value: null, reason: 'no positive rows, and none predicted' });
    const reason = 'labels or predictions are all alike';
    expect(matthewsCorrelation(empty)).toEqual({ value: null, reason });
  });

  it('F1 is 0 where rows are predicted but none is positive', () => {
    expect(f1({ ...empty, falsePositives: 2 })).toEqual({ value: 0 });
  });

  it('F1 is the harmonic mean of precision and recall', () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0, max: 1, noNaN: true }), (of, threshold) => {
        const confusion = confusionAt(of.labels, of.scores, threshold);
        const [p, r] = [precision(confusion).value, recall(confusion).value];
        if (p === null || r === null || p + r === 0) return;
        expect(f1(confusion).value).toBeCloseTo((2 * p * r) / (p + r), 12);
      }),
    );
  });

  it("Matthews correlation is Pearson's of labels and predictions", () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0, max: 1, noNaN: true }), (of, threshold) => {
        const known = Array.from(of.labels.keys()).filter((row) => of.labels[row] >= 0);
        const x = known.map((row) => of.labels[row]);
        const y = known.map((row) => Number(of.scores[row] >= threshold));
        const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        const spread = (a: number[], b: number[]) =>
          a.reduce((sum, value, at) => sum + (value - mean(a)) * (b[at] - mean(b)), 0);
        const measured = matthewsCorrelation(confusionAt(of.labels, of.scores, threshold));
        if (measured.value === null) expect(spread(x, x) * spread(y, y)).toBeCloseTo(0, 12);
        else {
          const pearson = spread(x, y) / Math.sqrt(spread(x, x) * spread(y, y));
          expect(measured.value).toBeCloseTo(pearson, 10);
        }
      }),
    );
  });
});

describe('averages of F1', () => {
  const good = { truePositives: 8, falsePositives: 0, falseNegatives: 0, trueNegatives: 2 };
  const poor = { truePositives: 1, falsePositives: 3, falseNegatives: 1, trueNegatives: 5 };

  it('are over cells, over defined labels, and over positive rows', () => {
    const confusions = [good, poor, empty];
    expect(microF1(confusions).value).toBeCloseTo(18 / 22, 14);
    expect(macroF1(confusions)).toMatchObject({ labels: 2, of: 3 });
    expect(macroF1(confusions).value).toBeCloseTo((1 + 1 / 3) / 2, 14);
    expect(weightedF1(confusions).value).toBeCloseTo((8 * 1 + 2 / 3) / 10, 14);
  });

  it('weighted F1 is undefined without positive rows', () => {
    expect(weightedF1([empty])).toEqual({ value: null, reason: 'no positive rows' });
  });
});
