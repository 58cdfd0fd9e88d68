// Which window of a row an epoch learns from, and what the windows of a row come to.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestPieces, RowWindows } from '../../../src/training/tuning/row-windows.js';
import { planSteps } from '../../../src/training/tuning/tuning-schedule.js';
import { defaultTuningSettings } from '../../../src/training/tuning/tuning-settings.js';

/** Rows with 1, 3, 1, 64, 2 windows. */
const starts = Int32Array.of(0, 1, 4, 5, 69, 71);
const rows = Int32Array.of(0, 1, 2, 3, 4);

describe('the window of a row that an epoch learns from', () => {
  const windows = new RowWindows(starts, 'max');

  it('is each about equally often over epochs', () => {
    const epochs = 64 * 150;
    const counts = new Int32Array(71);
    for (let epoch = 0; epoch < epochs; epoch += 1) {
      for (const piece of windows.draw(rows, 7, epoch)) counts[piece] += 1;
    }
    for (const row of rows) {
      const own = counts.subarray(starts[row], starts[row + 1]);
      expect(own.reduce((sum, count) => sum + count)).toBe(epochs);
      // Four and a half standard deviations of a binomial share.
      const expected = epochs / own.length;
      const slack = 4.5 * Math.sqrt(expected * (1 - 1 / own.length));
      for (const count of own) expect(Math.abs(count - expected)).toBeLessThanOrEqual(slack);
    }
  });

  it('follows from seed, epoch and row, whatever rows come with it', () => {
    const property = fc.property(
      fc.nat(2 ** 31),
      fc.nat(1000),
      fc.shuffledSubarray([...rows], { minLength: 1 }),
      (seed, epoch, some) => {
        const all = windows.draw(rows, seed, epoch);
        const own = windows.draw(Int32Array.from(some), seed, epoch);
        expect([...own]).toEqual(some.map((row) => all[row]));
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it('is another one for other seeds, epochs and rows', () => {
    const many = new RowWindows(
      Int32Array.from({ length: 65 }, (_, row) => 64 * row),
      'max',
    );
    const all = Int32Array.from({ length: 64 }, (_, row) => row);
    const draws = [many.draw(all, 1, 0), many.draw(all, 1, 1), many.draw(all, 2, 0)];
    const places = draws.map((pieces) => pieces.map((piece) => piece % 64));
    for (const [left, right] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      const alike = places[left].filter((place, row) => place === places[right][row]);
      expect(alike.length).toBeLessThan(10);
    }
    expect(new Set(places[0]).size).toBeGreaterThan(30);
  });

  it('is what steps read, the same after a pause as without, and no other row is touched', () => {
    const table = {
      train: rows,
      lengths: Int32Array.of(5, 20, 9, 20, 20),
      positions: 32,
      windows,
    };
    const settings = { ...defaultTuningSettings({ kind: 'full' }), batchSize: 2, epochs: 6 };
    const straight = [...planSteps(table, settings, { seed: 3 })];
    const drawn = straight.flatMap(({ microBatches }, at) =>
      microBatches.flatMap((batch) =>
        Array.from(batch.rows, (row, place) => {
          const epoch = Math.floor(at / 3);
          expect(batch.pieces[place]).toBe(windows.draw(Int32Array.of(row), 3, epoch)[0]);
          return batch.pieces[place];
        }),
      ),
    );
    expect(new Set(drawn.filter((piece) => piece >= 5 && piece < 69)).size).toBeGreaterThan(3);
    expect([...planSteps(table, settings, { seed: 3, done: 10 })]).toEqual(straight.slice(10));
    const whole = [...planSteps({ ...table, windows: undefined }, settings, { seed: 3 })];
    const rowsOf = (steps: typeof straight): Int32Array[] =>
      steps.flatMap(({ microBatches }) => microBatches.map((batch) => batch.rows));
    expect(rowsOf(straight)).toEqual(rowsOf(whole));
  });
});

describe('the windows of rows', () => {
  it('come to one row of logits each, in the order that was asked for', () => {
    const windows = new RowWindows(Int32Array.of(0, 1, 4, 6), 'max');
    const order = Int32Array.of(2, 0, 1);
    expect(windows.spread(order)).toEqual({
      rows: Int32Array.of(2, 2, 0, 1, 1, 1),
      pieces: Int32Array.of(4, 5, 0, 1, 2, 3),
    });
    const logits = Float32Array.of(4, 40, 5, 30, 7, 70, 1, 3, 2, 2, 3, 1);
    expect([...windows.combine(order, logits, 2)]).toEqual([5, 40, 7, 70, 3, 3]);
    const means = new RowWindows(Int32Array.of(0, 1, 4, 6), 'mean');
    expect([...means.combine(order, logits, 2)]).toEqual([4.5, 35, 7, 70, 2, 2]);
  });

  it('are as long as the longest of them', () => {
    const lengths = Int32Array.of(3, 9, 9, 7, 2, 4);
    expect([...longestPieces(lengths, Int32Array.of(0, 1, 4, 6))]).toEqual([3, 9, 4]);
  });
});
