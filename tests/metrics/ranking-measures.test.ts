import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawRows } from '../../src/metrics/bootstrap.js';
import { rankRows } from '../../src/metrics/ranking.js';
import {
  averagePrecision,
  macroAveragePrecision,
  macroRocAuc,
  rocAuc,
  weighRanking,
} from '../../src/metrics/ranking-measures.js';
import { seededGenerator } from '../../src/metrics/random.js';
import { type Rows, rows, shuffleRows } from './arbitraries.js';
import { expectClose } from './closeness.js';
import { pairwiseAuc, stepwiseAveragePrecision } from './oracles.js';

const measures = { rocAuc, averagePrecision };
const auc = (of: Rows) => rocAuc(of.labels, of.scores).value ?? NaN;

describe('rocAuc and averagePrecision', () => {
  it('give the values of the documented example', () => {
    const labels = Int8Array.of(0, 0, 1, 1);
    const scores = Float64Array.of(0.1, 0.4, 0.35, 0.8);
    expect(rocAuc(labels, scores)).toEqual({ value: 0.75 });
    expect(averagePrecision(labels, scores).value).toBeCloseTo(5 / 6, 14);
  });

  it('agree with the pairs and the steps of their definitions', () => {
    fc.assert(
      fc.property(rows, (of) => {
        expectClose(rocAuc(of.labels, of.scores), pairwiseAuc(of));
        expectClose(averagePrecision(of.labels, of.scores), stepwiseAveragePrecision(of));
      }),
    );
  });

  it.each([
    ['no rows', [], []],
    ['every label is unknown', [-1, -1], [0.2, 0.7]],
    ['no positive rows', [0, 0, -1], [0.2, 0.7, 0.1]],
    ['no negative rows', [1, 1, -1], [0.2, 0.7, 0.1]],
  ])('are undefined with %s', (reason, labels, scores) => {
    for (const measure of Object.values(measures)) {
      const measured = measure(Int8Array.from(labels), Float64Array.from(scores));
      expect(measured).toEqual({ value: null, reason });
    }
  });

  it('refuse NaN, other labels and other lengths, as mistakes of the caller', () => {
    for (const measure of Object.values(measures)) {
      const labels = Int8Array.of(0, 1);
      expect(() => measure(labels, Float64Array.of(0.1, NaN))).toThrow(RangeError);
      expect(() => measure(labels, Float64Array.of(0.1))).toThrow('2 labels, but 1 scores');
      expect(() => measure(Int8Array.of(0, 2), Float64Array.of(0.1, 0.2))).toThrow(RangeError);
      expect(() => measure(Int8Array.of(0, -2), Float64Array.of(0.1, 0.2))).toThrow(RangeError);
    }
  });

  it('take infinite scores', () => {
    const scores = Float32Array.of(Infinity, -Infinity, 0, Infinity);
    expect(rocAuc(Int8Array.of(1, 0, 0, 0), scores)).toEqual({ value: 2.5 / 3 });
  });

  it.each(Object.entries(measures))(
    '%s is the same after a rising transform of the scores',
    (_name, measure) => {
      fc.assert(
        fc.property(rows, ({ labels, scores }) => {
          const rising = scores.map((score) => 8 * score - 3);
          expect(measure(labels, rising)).toEqual(measure(labels, scores));
        }),
      );
    },
  );

  it.each(Object.entries(measures))('%s is the same in another order of rows', (_, measure) => {
    fc.assert(
      fc.property(rows, fc.nat(1000), (of, seed) => {
        const shuffled = shuffleRows(of, seed);
        const before = measure(of.labels, of.scores);
        expect(measure(shuffled.labels, shuffled.scores)).toEqual(before);
      }),
    );
  });

  it.each(Object.entries(measures))('%s does not see rows of unknown label', (_, measure) => {
    fc.assert(
      fc.property(rows, ({ labels, scores }) => {
        const known = (_: number, row: number) => labels[row] >= 0;
        const alone = measure(labels.filter(known), scores.filter(known));
        expect(measure(labels, scores).value).toBe(alone.value);
      }),
    );
  });

  it('AUC turns into 1 - AUC when labels are flipped, or scores negated', () => {
    fc.assert(
      fc.property(rows, ({ labels, scores }) => {
        const flipped = labels.map((label) => (label < 0 ? label : 1 - label));
        const negated = scores.map((score) => -score);
        expectClose(rocAuc(flipped, scores), 1 - auc({ labels, scores }));
        expectClose(rocAuc(labels, negated), 1 - auc({ labels, scores }));
      }),
    );
  });

  it('are 1 for scores that are the labels; AUC is one half for equal scores', () => {
    const labels = Int8Array.of(0, 1, 0, 0, 1, -1);
    const perfect = Float64Array.from(labels, Number);
    expect(rocAuc(labels, perfect)).toEqual({ value: 1 });
    expect(averagePrecision(labels, perfect)).toEqual({ value: 1 });
    expect(rocAuc(labels, new Float64Array(6))).toEqual({ value: 0.5 });
    expect(averagePrecision(labels, new Float64Array(6))).toEqual({ value: 0.4 });
  });
});

describe('weighRanking', () => {
  it('gives the figures of the rows repeated as often as they weigh', () => {
    fc.assert(
      fc.property(rows, fc.nat(), ({ labels, scores }, seed) => {
        const weights = new Int32Array(labels.length);
        drawRows(weights, seededGenerator(seed));
        const drawn = Array.from(weights).flatMap((times, row) =>
          new Array<number>(times).fill(row),
        );
        const repeated = {
          labels: Int8Array.from(drawn, (row) => labels[row]),
          scores: Float64Array.from(drawn, (row) => scores[row]),
        };
        const weighed = weighRanking(rankRows(labels, scores), weights);
        expect(weighed.rocAuc).toBe(auc(repeated));
        const mean = averagePrecision(repeated.labels, repeated.scores).value ?? NaN;
        expect(weighed.averagePrecision).toBe(mean);
      }),
    );
  });
});

describe('macro measures', () => {
  const labels = { rows: 4, columns: 3, values: Int8Array.of(1, 1, 0, 0, 1, 1, 1, 1, -1, 0, 1, 0) };
  const scores = {
    rows: 4,
    columns: 3,
    values: Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.1, 0.7, 0.7, 0.1, 0.1, 0.6, 0.1, 0.4),
  };

  it('are means over the labels that define them, and say how many', () => {
    // Column 0: three of four pairs in order; column 1: one class; column 2: both pairs.
    expect(macroRocAuc(labels, scores)).toEqual({ value: 0.875, labels: 2, of: 3 });
    const mean = macroAveragePrecision(labels, scores);
    expect(mean).toMatchObject({ labels: 2, of: 3 });
    expect(mean.value).toBeCloseTo(((1 + 2 / 3) / 2 + 1) / 2, 14);
  });

  it('are undefined where no label defines them', () => {
    const oneClass = { ...labels, values: new Int8Array(12) };
    const reason = 'defined for no label';
    expect(macroRocAuc(oneClass, scores)).toEqual({ value: null, reason, labels: 0, of: 3 });
  });
});
