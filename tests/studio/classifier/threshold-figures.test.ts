// Figures at thresholds, against counting row by row.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bestThreshold,
  figuresAt,
  labelScores,
  precisionRecallCurve,
  rocArea,
  scoreHistogram,
} from '../../../studio/classifier/thresholds/threshold-figures.js';

interface Row {
  readonly target: number;
  readonly score: number;
}

const rows = fc.array(
  fc.record({
    target: fc.constantFrom(-1, 0, 1),
    score: fc.integer({ min: 0, max: 20 }).map((value) => value / 20),
  }),
  { maxLength: 40 },
);

function scoresOf(all: readonly Row[]) {
  return labelScores(
    all.map(({ target }) => target),
    all.map(({ score }) => score),
  );
}

function countSlowly(all: readonly Row[], threshold: number) {
  const known = all.filter(({ target }) => target !== -1);
  const flagged = known.filter(({ score }) => score >= threshold);
  const hits = flagged.filter(({ target }) => target === 1).length;
  const positives = known.filter(({ target }) => target === 1).length;
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  return {
    threshold,
    precision: share(hits, flagged.length),
    recall: share(hits, positives),
    f1: share(2 * hits, flagged.length + positives),
    flagRate: share(flagged.length, known.length),
  };
}

describe('figures at thresholds', () => {
  it('are what counting gives', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 20 }), (all, step) => {
        const threshold = step / 20;
        expect(figuresAt(scoresOf(all), threshold)).toEqual(countSlowly(all, threshold));
      }),
    );
  });

  it('are best nowhere else', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const best = bestThreshold(scoresOf(all));
        const f1s = all.map(({ score }) => countSlowly(all, score).f1 ?? 0);
        if (best === undefined) expect(all.every(({ target }) => target !== 1)).toBe(true);
        else expect(best.f1).toBe(Math.max(...f1s));
      }),
    );
  });

  it('make a curve from little to full recall', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 10 }), (all, most) => {
        const scores = scoresOf(all);
        const curve = precisionRecallCurve(scores, most);
        const recalls = curve.map(({ recall }) => recall ?? 0);
        expect(recalls).toEqual([...recalls].sort((one, other) => one - other));
        expect(curve.length).toBeLessThanOrEqual(most + 1);
        if (scores.positives.length > 0) expect(recalls.at(-1)).toBe(1);
      }),
    );
  });
});

it('the ROC area is how often a positive row wins', () => {
  fc.assert(
    fc.property(rows, (all) => {
      const { positives, negatives } = scoresOf(all);
      let wins = 0;
      for (const positive of positives) {
        for (const negative of negatives) {
          wins += positive > negative ? 1 : positive === negative ? 0.5 : 0;
        }
      }
      const pairs = positives.length * negatives.length;
      const area = rocArea({ positives, negatives });
      if (pairs === 0) expect(area).toBeNull();
      else expect(area).toBeCloseTo(wins / pairs, 12);
    }),
  );
});

it('histograms count every score once', () => {
  expect(scoreHistogram(Float64Array.of(0, 0.05, 0.1, 0.5, 0.99, 1), 10)).toEqual([
    2, 1, 0, 0, 0, 1, 0, 0, 0, 2,
  ]);
});
