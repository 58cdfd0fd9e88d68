import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countSteps,
  planSteps,
  rateAt,
  splitBatch,
  validationSteps,
} from '../../../src/training/tuning/tuning-schedule.js';
import { defaultTuningSettings } from '../../../src/training/tuning/tuning-settings.js';

const settings = defaultTuningSettings({ kind: 'full' });

const runs = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 150 }),
  batchSize: fc.integer({ min: 1, max: 40 }),
  tokenBudget: fc.integer({ min: 1, max: 400 }),
  epochs: fc.constantFrom(0.5, 1, 1.5, 2.25),
  seed: fc.nat(1000),
});

type Run = typeof runs extends fc.Arbitrary<infer Value> ? Value : never;

function tableOf({ lengths }: Run): { train: Int32Array; lengths: Int32Array; positions: number } {
  // Every third row is not learnt from.
  const train = Int32Array.from(lengths.keys()).filter(
    (row) => lengths.length < 3 || row % 3 !== 2,
  );
  return { train, lengths: Int32Array.from(lengths), positions: 60 };
}

describe('the steps of a run', () => {
  it('take every row once an epoch, within the budget and without needless padding', () => {
    const property = fc.property(runs, (run) => {
      const table = tableOf(run);
      const own = { ...settings, ...run };
      const steps = [...planSteps(table, own, { seed: run.seed })];
      expect(steps).toHaveLength(countSteps(table.train.length, own));
      expect(steps.map(({ step }) => step)).toEqual(steps.map((_, at) => at + 1));
      const perEpoch = Math.ceil(table.train.length / run.batchSize);
      const first = steps.slice(0, perEpoch).flatMap(({ microBatches }) => microBatches);
      const seen = first.flatMap(({ rows }) => [...rows]).sort((left, right) => left - right);
      if (run.epochs >= 1) expect(seen).toEqual([...table.train]);
      for (const { rows, length } of first) {
        expect(rows.length === 1 || rows.length * length <= run.tokenBudget).toBe(true);
        const longest = Math.max(...Array.from(rows, (row) => run.lengths[row]));
        expect(length).toBeGreaterThanOrEqual(longest);
        expect(length).toBeLessThan(longest + 8);
        expect(length).toBeLessThanOrEqual(table.positions);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('are the same after a pause as without', () => {
    const property = fc.property(runs, fc.nat(1000), (run, pause) => {
      const table = tableOf(run);
      const own = { ...settings, ...run };
      const straight = [...planSteps(table, own, { seed: run.seed })];
      const done = pause % (straight.length + 1);
      const rest = [...planSteps(table, own, { seed: run.seed, done })];
      expect(rest).toEqual(straight.slice(done));
    });
    fc.assert(property, { numRuns: 100 });
  });

  it('put rows of like length together', () => {
    const lengths = Int32Array.from({ length: 3200 }, (_, row) => 1 + ((row * 7919) % 120));
    const table = { train: Int32Array.from(lengths.keys()), lengths, positions: 128 };
    let tokens = 0;
    for (const { microBatches } of planSteps(table, { ...settings, epochs: 1 }, { seed: 3 })) {
      for (const { rows, length } of microBatches) tokens += rows.length * length;
    }
    const needed = lengths.reduce((sum, length) => sum + length, 0);
    expect(tokens / needed).toBeLessThan(1.15);
  });

  it('differ with seed and epoch', () => {
    const table = {
      train: Int32Array.from({ length: 64 }, (_, row) => row),
      lengths: new Int32Array(64).fill(5),
      positions: 16,
    };
    const rowsOf = (seed: number): string[] =>
      [...planSteps(table, settings, { seed })].map(({ microBatches }) =>
        microBatches[0].rows.join(),
      );
    const [first] = rowsOf(1);
    expect(rowsOf(2)).not.toContain(first);
    expect(new Set(rowsOf(1)).size).toBe(4);
  });
});

describe('the learning rate', () => {
  it('rises to its peak and falls towards 0', () => {
    const rates = Array.from({ length: 100 }, (_, at) =>
      rateAt(at + 1, 100, { ...settings, warmup: 0.1 }),
    );
    expect(rates[0]).toBeCloseTo(0.1, 12);
    expect(rates[9]).toBe(1);
    expect(rates[10]).toBe(1);
    expect(rates[99]).toBeCloseTo(1 / 90, 12);
    expect(Math.max(...rates)).toBe(1);
  });

  it('follows half a cosine', () => {
    const own = { ...settings, warmup: 0, schedule: 'cosine' } as const;
    expect(rateAt(1, 100, own)).toBe(1);
    expect(rateAt(51, 100, own)).toBeCloseTo(0.5, 12);
    expect(rateAt(100, 100, own)).toBeCloseTo((1 + Math.cos(Math.PI * 0.99)) / 2, 12);
  });

  it('stays where it is told to', () => {
    expect(rateAt(77, 100, { ...settings, warmup: 0, schedule: 'constant' })).toBe(1);
  });
});

describe('validations', () => {
  it('are spread evenly and come last', () => {
    expect(validationSteps(320, { ...settings, epochs: 2, validationsPerEpoch: 2 })).toEqual([
      5, 10, 15, 20,
    ]);
    expect(validationSteps(1, { ...settings, epochs: 1, validationsPerEpoch: 4 })).toEqual([1]);
  });
});

describe('a batch', () => {
  it('is cut by tokens, longest rows first', () => {
    const table = { lengths: Int32Array.of(3, 17, 9, 30), positions: 512 };
    const drawn = { rows: Int32Array.of(0, 1, 2, 3), pieces: Int32Array.of(0, 5, 7, 8) };
    const parts = splitBatch(drawn, table, 40);
    expect(parts.map(({ rows, pieces, length }) => [[...rows], [...pieces], length])).toEqual([
      [[3], [8], 32],
      [[1], [5], 24],
      [[2, 0], [7, 0], 16],
    ]);
  });
});
