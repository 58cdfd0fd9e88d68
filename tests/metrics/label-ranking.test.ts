import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelRankingFigures } from '../../src/metrics/label-ranking.js';
import { matrices } from './arbitraries.js';
import { expectClose } from './closeness.js';
import { deepestTrueLabel, pairwiseRankingLoss, rankedLabelPrecision } from './oracles.js';

describe('labelRankingFigures', () => {
  it('agree with ranks and pairs, written out', () => {
    fc.assert(
      fc.property(matrices, (of) => {
        const figures = labelRankingFigures(of.labels, of.scores);
        expectClose(figures.labelRankingAveragePrecision, rankedLabelPrecision(of));
        expectClose(figures.rankingLoss, pairwiseRankingLoss(of));
        expectClose(figures.coverageError, deepestTrueLabel(of));
      }),
    );
  });

  it('give the values of the usual example', () => {
    const labels = { rows: 2, columns: 3, values: Int8Array.of(1, 0, 0, 0, 0, 1) };
    const scores = { rows: 2, columns: 3, values: Float64Array.of(0.75, 0.5, 1, 1, 0.2, 0.1) };
    const figures = labelRankingFigures(labels, scores);
    expect(figures.labelRankingAveragePrecision.value).toBeCloseTo((1 / 2 + 1 / 3) / 2, 14);
    expect(figures.rankingLoss.value).toBeCloseTo(0.75, 14);
    expect(figures.coverageError.value).toBeCloseTo(2.5, 14);
  });

  it('leave out rows without a known label, and are undefined without any other', () => {
    const scores = { rows: 2, columns: 2, values: Float64Array.of(0.1, 0.9, 0.9, 0.1) };
    const half = { rows: 2, columns: 2, values: Int8Array.of(-1, -1, 1, 0) };
    expect(labelRankingFigures(half, scores).coverageError).toEqual({ value: 1 });
    const none = { rows: 2, columns: 2, values: new Int8Array(4).fill(-1) };
    const reason = 'no row with a known label';
    expect(labelRankingFigures(none, scores)).toEqual({
      labelRankingAveragePrecision: { value: null, reason },
      coverageError: { value: null, reason },
      rankingLoss: { value: null, reason },
    });
  });

  it('refuse matrices of two shapes', () => {
    const labels = { rows: 1, columns: 2, values: Int8Array.of(0, 1) };
    const scores = { rows: 2, columns: 1, values: Float64Array.of(0, 1) };
    expect(() => labelRankingFigures(labels, scores)).toThrow('labels are 1 x 2, scores 2 x 1');
  });
});
