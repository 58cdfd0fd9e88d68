// Properties of cutting sequences into batches.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchByTokenBudget } from '../../src/runtime/index.js';

const lengthsOf = fc.array(fc.integer({ min: 0, max: 512 }), { maxLength: 300 });
const limitsOf = fc.record({
  tokenBudget: fc.integer({ min: 1, max: 4096 }),
  maxRows: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
});

test('every index is in exactly one batch', () => {
  fc.assert(
    fc.property(lengthsOf, limitsOf, (lengths, limits) => {
      const all = batchByTokenBudget(lengths, limits).flat();
      expect(all.toSorted((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
    }),
  );
});

test('no batch is over the budget or the rows, unless it is one sequence alone', () => {
  fc.assert(
    fc.property(lengthsOf, limitsOf, (lengths, limits) => {
      for (const batch of batchByTokenBudget(lengths, limits)) {
        const longest = Math.max(...batch.map((index) => lengths[index]));
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(limits.maxRows ?? Infinity);
        if (batch.length > 1)
          expect(batch.length * longest).toBeLessThanOrEqual(limits.tokenBudget);
      }
    }),
  );
});

test('no batch has room for the next row', () => {
  fc.assert(
    fc.property(lengthsOf, limitsOf, (lengths, { tokenBudget, maxRows = Infinity }) => {
      const batches = batchByTokenBudget(lengths, { tokenBudget, maxRows: Math.min(maxRows, 1e9) });
      for (const batch of batches.slice(0, -1)) {
        const longest = Math.max(1, ...batch.map((index) => lengths[index]));
        const isFull = batch.length >= maxRows || (batch.length + 1) * longest > tokenBudget;
        expect(isFull).toBe(true);
      }
    }),
  );
});

test('all padding together stays below the budget times 1 + ln(longest / shortest)', () => {
  const positive = fc.array(fc.integer({ min: 1, max: 512 }), { minLength: 1, maxLength: 2000 });
  const budget = fc.integer({ min: 512, max: 8192 });
  fc.assert(
    fc.property(positive, budget, (lengths, tokenBudget) => {
      let padding = 0;
      for (const batch of batchByTokenBudget(lengths, { tokenBudget })) {
        const longest = Math.max(...batch.map((index) => lengths[index]));
        for (const index of batch) padding += longest - lengths[index];
      }
      const spread = Math.max(...lengths) / Math.min(...lengths);
      expect(padding).toBeLessThanOrEqual(tokenBudget * (1 + Math.log(spread)));
    }),
  );
});

test('sequences of one length stay in their order, and the longest come first', () => {
  fc.assert(
    fc.property(lengthsOf, limitsOf, (lengths, limits) => {
      const all = batchByTokenBudget(lengths, limits).flat();
      for (let place = 1; place < all.length; place += 1) {
        const [before, after] = [all[place - 1], all[place]];
        expect(lengths[before]).toBeGreaterThanOrEqual(lengths[after]);
        if (lengths[before] === lengths[after]) expect(before).toBeLessThan(after);
      }
    }),
  );
});

test('an example', () => {
  const lengths = [3, 10, 4, 9, 3, 30];
  expect(batchByTokenBudget(lengths, { tokenBudget: 20 })).toEqual([[5], [1, 3], [2, 0, 4]]);
  expect(batchByTokenBudget(lengths, { tokenBudget: 20, maxRows: 2 })).toEqual([
    [5],
    [1, 3],
    [2, 0],
    [4],
  ]);
  expect(batchByTokenBudget([], { tokenBudget: 20 })).toEqual([]);
});

test.each([0, -1, 1.5, Number.NaN])('a budget of %s is refused', (tokenBudget) => {
  expect(() => batchByTokenBudget([1], { tokenBudget })).toThrow(/tokenBudget.*whole number/);
});
