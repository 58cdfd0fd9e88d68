// The schedule of successive halving.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepBest, planRungs } from '../../../src/training/search/successive-halving.js';

describe('the rungs', () => {
  it('keep a third each, triple the budget, and end with the whole of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (trials) => {
        const rungs = planRungs(trials);
        expect(rungs[0].trials).toBe(trials);
        expect(rungs.at(-1)?.budget).toBe(1);
        expect(rungs[0].budget).toBeGreaterThanOrEqual(1 / 27);
        rungs.slice(1).forEach((rung, at) => {
          const before = rungs[at];
          expect(rung.budget / before.budget).toBeCloseTo(3, 12);
          expect(rung.trials).toBe(Math.floor(before.trials / 3));
          expect(rung.trials).toBeGreaterThanOrEqual(1);
        });
        // No rung costs more than the first would with whole budgets for the trials of the last.
        const costs = rungs.map((rung) => rung.trials * rung.budget);
        expect(Math.max(...costs)).toBe(costs[0]);
      }),
    );
  });

  it('are these for nine trials', () => {
    expect(planRungs(9)).toEqual([
      { trials: 9, budget: 1 / 9 },
      { trials: 3, budget: 1 / 3 },
      { trials: 1, budget: 1 },
    ]);
  });
});

describe('what is kept', () => {
  it('is the best, the earlier of equals, and nothing without a figure while there is another', () => {
    const trials = [0.5, null, 0.9, 0.9, 0.7].map((figure, at) => ({ figure, at }));
    expect(keepBest(trials, 3).map(({ at }) => at)).toEqual([2, 3, 4]);
    expect(keepBest(trials, 9).at(-1)?.at).toBe(1);
  });
});
