// Which rows are drawn, how often, and that what they count makes the mean loss and gradient those of all rows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomSource } from '../../../src/data/index.js';
import { NegativeDraws } from '../../../src/training/tuning/negative-draws.js';
import {
  defaultTuningSettings,
  LEAST_CHANCE,
} from '../../../src/training/tuning/tuning-settings.js';
import {
  countSteps,
  planSteps,
  rowsAnEpoch,
} from '../../../src/training/tuning/tuning-schedule.js';

const rows = 400;
const columns = 2;
const random = new RandomSource(5);
/** Every tenth row has a label; one cell in seven is unknown. */
const values = Int8Array.from({ length: rows * columns }, (_, cell) => {
  if (cell % 7 === 3) return -1;
  return Number(Math.floor(cell / columns) % 10 === 0 && cell % columns === 0);
});
const labels = { rows, columns, values };
const logits = Float32Array.from({ length: rows * columns }, () => 6 * random.nextFloat() - 5);
const train = Int32Array.from({ length: rows }, (_, row) => row);
const judged = { labels, train, logits, loss: { kind: 'bce' } as const, baseRates: [0.1, 0.1] };

const isLabelled = (row: number): boolean =>
  values.subarray(row * columns, (row + 1) * columns).includes(1);

function drawOften(draws: NegativeDraws, times: number): Float64Array {
  const counts = new Float64Array(rows);
  for (let epoch = 0; epoch < times; epoch += 1) {
    const source = new RandomSource(1000 + epoch);
    for (const row of draws.draw(source.shuffle(train.slice()), source)) counts[row] += 1;
  }
  return counts;
}

describe('draws of negatives', () => {
  it('take every row with a label, others as often as they count less, and as many each time', () => {
    const draws = NegativeDraws.plan(judged, 0.4);
    const negatives = [...train].filter((row) => !isLabelled(row));
    const certain = rows - negatives.length;
    expect(draws.rowsAnEpoch - certain).toBeGreaterThan(0.4 * negatives.length - 2);
    expect(draws.rowsAnEpoch - certain).toBeLessThan(0.4 * negatives.length + 1);
    const times = 4000;
    const counts = drawOften(draws, times);
    const scale = draws.rowsAnEpoch / rows;
    for (const row of train) {
      const chance = scale / draws.weightOf(row);
      expect(chance).toBeLessThanOrEqual(1 + 1e-12);
      expect(chance).toBeGreaterThan(LEAST_CHANCE * 0.97);
      if (isLabelled(row)) expect(counts[row]).toBe(times);
      // Five standard deviations of a binomial share.
      const slack = 5 * Math.sqrt((chance * (1 - chance)) / times) + 1e-9;
      expect(Math.abs(counts[row] / times - chance)).toBeLessThan(slack);
    }
  });

  it('give the mean of anything over all rows, on average', () => {
    const draws = NegativeDraws.plan(judged, 'auto');
    const figures = Float64Array.from(train, (row) => Math.sin(row) + 2);
    const mean = figures.reduce((sum, figure) => sum + figure, 0) / rows;
    const times = 4000;
    const counts = drawOften(draws, times);
    const estimated =
      train.reduce((sum, row) => sum + counts[row] * draws.weightOf(row) * figures[row], 0) /
      (times * draws.rowsAnEpoch);
    expect(Math.abs(estimated - mean)).toBeLessThan(0.005);
  });

  it('hold a whole number of rows, none twice, whatever the losses are', () => {
    const property = fc.property(
      fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 2, maxLength: 60 }),
      fc.double({ min: 0.1, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 1e6 }),
      (drawn, share, seed) => {
        const few = {
          labels: { rows: drawn.length, columns: 1, values: new Int8Array(drawn.length) },
          train: Int32Array.from(drawn.keys()),
          logits: Float32Array.from(drawn),
          loss: { kind: 'bce' } as const,
          baseRates: [0.1],
        };
        const draws = NegativeDraws.plan(few, share);
        const source = new RandomSource(seed);
        const taken = draws.draw(source.shuffle(few.train.slice()), source);
        expect(taken).toHaveLength(draws.rowsAnEpoch);
        expect(new Set(taken).size).toBe(taken.length);
        expect(draws.rowsAnEpoch).toBeGreaterThan(0);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('shorten an epoch, alike for one seed', () => {
    const draws = NegativeDraws.plan(judged, 0.3);
    const lengths = Int32Array.from(train, (row) => (row % 30) + 3);
    const table = { train, lengths, positions: 64, draws };
    const settings = { ...defaultTuningSettings({ kind: 'full' }), batchSize: 16, epochs: 2 };
    const steps = [...planSteps(table, settings, { seed: 3 })];
    expect(steps).toHaveLength(countSteps(draws.rowsAnEpoch, settings));
    expect(rowsAnEpoch(table)).toBe(draws.rowsAnEpoch);
    const later = [...planSteps(table, settings, { seed: 3, done: 7 })];
    expect(later).toEqual(steps.slice(7));
    const rowsOf = (from: number, to: number): number[] =>
      steps.slice(from, to).flatMap(({ microBatches }) => microBatches.flatMap((b) => [...b.rows]));
    const half = steps.length / 2;
    expect(rowsOf(0, half)).toHaveLength(draws.rowsAnEpoch);
    expect(rowsOf(0, half).sort()).not.toEqual(rowsOf(half, steps.length).sort());
  });
});
