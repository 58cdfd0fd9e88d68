import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confusionAt, f1, precision, recall } from '../../src/metrics/confusion.js';
import { chooseThreshold, chooseThresholds } from '../../src/metrics/thresholds.js';
import { rows } from './arbitraries.js';

describe('chooseThreshold', () => {
  it('cuts midway between the lowest score accepted and the next', () => {
    const labels = Int8Array.of(1, 1, 0, 0);
    expect(chooseThreshold(labels, Float64Array.of(0.9, 0.5, 0.25, 0.1))).toEqual({
      chosen: true,
      threshold: 0.375,
      precision: 1,
      recall: 1,
      f1: 1,
    });
  });

  it('does not cut between equal scores', () => {
    const choice = chooseThreshold(Int8Array.of(1, 0, 1, 0), Float64Array.of(0.6, 0.6, 0.6, 0.2));
    expect(choice).toMatchObject({ chosen: true, threshold: 0.4, precision: 2 / 3, recall: 1 });
  });

  it('takes the highest of thresholds that are as good', () => {
    // Accepting one row: precision 1, recall 1/2; accepting four: 1/2 and 1; F1 is 2/3 both times.
    const labels = Int8Array.of(1, 0, 0, 1);
    const choice = chooseThreshold(labels, Float64Array.of(0.875, 0.625, 0.5, 0.25));
    expect(choice).toMatchObject({ threshold: 0.75, f1: 2 / 3 });
  });

  it('accepts from the lowest score where all rows are best accepted', () => {
    const choice = chooseThreshold(Int8Array.of(0, 1, 1), Float64Array.of(0.8, 0.7, 0.3));
    expect(choice).toMatchObject({ threshold: 0.3, recall: 1, f1: 0.8 });
  });

  it('keeps apart scores with no number between them', () => {
    const above = 0.5 + Number.EPSILON / 2;
    const choice = chooseThreshold(Int8Array.of(1, 0), Float64Array.of(above, 0.5));
    expect(choice).toMatchObject({ threshold: above, f1: 1 });
    const least = Number.MIN_VALUE;
    const smallest = chooseThreshold(Int8Array.of(1, 0), Float64Array.of(least, 0));
    expect(smallest).toMatchObject({ threshold: least, f1: 1 });
  });

  it.each([
    ['no positive rows', [0, 0, -1]],
    ['no negative rows', [1, 1, -1]],
    ['every label is unknown', [-1, -1, -1]],
  ])('keeps 0.5 with %s', (reason, labels) => {
    const choice = chooseThreshold(Int8Array.from(labels), Float64Array.of(0.9, 0.8, 0.1));
    expect(choice).toEqual({ chosen: false, threshold: 0.5, reason });
  });

  it('no other threshold has a better F1', () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0, max: 1, noNaN: true }), ({ labels, scores }, other) => {
        const choice = chooseThreshold(labels, scores);
        if (!choice.chosen) return;
        const reached = f1(confusionAt(labels, scores, choice.threshold)).value;
        expect(reached).toBe(choice.f1);
        expect(f1(confusionAt(labels, scores, other)).value ?? 0).toBeLessThanOrEqual(choice.f1);
      }),
    );
  });

  it.each(['precision', 'recall'] as const)(
    'reaches a given %s, and no threshold that does is better in the other',
    (kind) => {
      const share = fc.double({ min: 0, max: 1, noNaN: true });
      fc.assert(
        fc.property(rows, share, share, ({ labels, scores }, atLeast, other) => {
          const choice = chooseThreshold(labels, scores, { kind, atLeast });
          const measured = confusionAt(labels, scores, other);
          const [p, r] = [precision(measured).value ?? 0, recall(measured).value ?? 0];
          const isEnough = (kind === 'precision' ? p : r) >= atLeast && p > 0;
          if (!choice.chosen) {
            if (choice.reason.startsWith('no threshold')) expect(isEnough).toBe(false);
            return;
          }
          const confusion = confusionAt(labels, scores, choice.threshold);
          expect(precision(confusion).value).toBe(choice.precision);
          expect(recall(confusion).value).toBe(choice.recall);
          expect(choice[kind]).toBeGreaterThanOrEqual(atLeast);
          if (!isEnough) return;
          if (kind === 'precision') expect(choice.recall).toBeGreaterThanOrEqual(r);
          else expect(choice.precision).toBeGreaterThanOrEqual(p);
        }),
      );
    },
  );

  it('keeps 0.5 where the precision cannot be reached', () => {
    const goal = { kind: 'precision', atLeast: 0.9 } as const;
    expect(chooseThreshold(Int8Array.of(0, 1), Float64Array.of(0.8, 0.3), goal)).toEqual({
      chosen: false,
      threshold: 0.5,
      reason: 'no threshold reaches the precision asked for',
    });
  });

  it('refuses a goal outside 0 to 1, and scores that are not finite', () => {
    const [labels, scores] = [Int8Array.of(0, 1), Float64Array.of(0.1, 0.2)];
    const goal = { kind: 'recall', atLeast: 90 } as const;
    expect(() => chooseThreshold(labels, scores, goal)).toThrow('recall of at least 90');
    expect(() => chooseThreshold(labels, Float64Array.of(0.1, Infinity))).toThrow(RangeError);
  });
});

describe('chooseThresholds', () => {
  it('chooses for each label on its own', () => {
    const labels = { rows: 3, columns: 2, values: Int8Array.of(1, 0, 0, 0, 0, 0) };
    const scores = { rows: 3, columns: 2, values: Float64Array.of(0.9, 0.1, 0.5, 0.2, 0.2, 0.3) };
    expect(chooseThresholds(labels, scores)).toEqual([
      { chosen: true, threshold: 0.7, precision: 1, recall: 1, f1: 1 },
      { chosen: false, threshold: 0.5, reason: 'no positive rows' },
    ]);
  });
});
