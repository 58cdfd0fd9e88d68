import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareRows,
  f1BySample,
  hammingLoss,
  jaccardBySample,
  subsetAccuracy,
} from '../../src/metrics/label-sets.js';
import { matrices } from './arbitraries.js';
import { expectClose } from './closeness.js';

const measures = { hammingLoss, subsetAccuracy, jaccardBySample, f1BySample };

// Rows: both sets {0}; {0, 1} against {0}, label 2 unknown; both empty; nothing known.
const labels = {
  rows: 4,
  columns: 3,
  values: Int8Array.of(1, 0, 0, 1, 1, -1, 0, 0, 0, -1, -1, -1),
};
const scores = {
  rows: 4,
  columns: 3,
  values: Float32Array.of(0.9, 0.1, 0.1, 0.9, 0.3, 0.9, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9),
};

describe('label set measures', () => {
  const agreement = compareRows(labels, scores, [0.5, 0.4, 0.5]);

  it('compare known labels only', () => {
    expect(hammingLoss(agreement)).toEqual({ value: 1 / 8 });
    expect(subsetAccuracy(agreement)).toEqual({ value: 2 / 3 });
    expect(jaccardBySample(agreement)).toEqual({ value: (1 + 1 / 2 + 0) / 3 });
    expect(f1BySample(agreement)).toEqual({ value: (1 + 2 / 3 + 0) / 3 });
  });

  it("keep to each label's own threshold", () => {
    const lenient = compareRows(labels, scores, [0.5, 0.3, 0.5]);
    expect(hammingLoss(lenient)).toEqual({ value: 0 });
  });

  it('are undefined where nothing is known', () => {
    const unknown = { ...labels, values: new Int8Array(12).fill(-1) };
    for (const measure of Object.values(measures)) {
      expect(measure(compareRows(unknown, scores, [0.5, 0.5, 0.5]))).toEqual({
        value: null,
        reason: 'no row with a known label',
      });
    }
  });

  it('refuse a number of thresholds other than that of labels', () => {
    expect(() => compareRows(labels, scores, [0.5])).toThrow('1 thresholds for 3 labels');
  });

  it('agree with sets, written out', () => {
    fc.assert(
      fc.property(matrices, (of) => {
        const thresholds = new Array<number>(of.labels.columns).fill(0.5);
        const compared = compareRows(of.labels, of.scores, thresholds);
        const rows = Array.from({ length: of.labels.rows }, (_, row) => {
          const cells = Array.from(
            { length: of.labels.columns },
            (_, column) => row * of.labels.columns + column,
          ).filter((cell) => of.labels.values[cell] >= 0);
          const truth = new Set(cells.filter((cell) => of.labels.values[cell] === 1));
          const predicted = new Set(cells.filter((cell) => of.scores.values[cell] >= 0.5));
          const both = [...truth].filter((cell) => predicted.has(cell)).length;
          return { cells, truth, predicted, both };
        }).filter(({ cells }) => cells.length > 0);
        const mean = (measure: (row: (typeof rows)[number]) => number) =>
          rows.reduce((sum, row) => sum + measure(row), 0) / rows.length;
        const jaccard = mean(({ truth, predicted, both }) => {
          const either = new Set([...truth, ...predicted]).size;
          return either === 0 ? 0 : both / either;
        });
        const dice = mean(({ truth, predicted, both }) => {
          const sizes = truth.size + predicted.size;
          return sizes === 0 ? 0 : (2 * both) / sizes;
        });
        expectClose(jaccardBySample(compared), jaccard);
        expectClose(f1BySample(compared), dice);
      }),
    );
  });
});
