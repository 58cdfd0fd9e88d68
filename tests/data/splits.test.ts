// Splits partition the rows, keep groups together, give each side its share of each label, and repeat.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  groupDuplicateTexts,
  RandomSource,
  splitIntoFolds,
  splitStratified,
} from '../../src/data/index.js';
import type { LabelMatrix } from '../../src/metrics/index.js';

const problems = fc
  .record({
    rows: fc.integer({ min: 1, max: 120 }),
    columns: fc.integer({ min: 1, max: 6 }),
    rowsInGroup: fc.integer({ min: 1, max: 4 }),
    seed: fc.integer(),
    share: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
  })
  .map(({ rows, columns, rowsInGroup, seed, share }) => {
    const random = new RandomSource(seed);
    const values = Int8Array.from({ length: rows * columns }, (_, cell) =>
      random.nextFloat() < 0.1 ? -1 : random.nextFloat() < 0.5 / (1 + (cell % columns)) ? 1 : 0,
    );
    const most = Math.ceil(rows / rowsInGroup);
    const groups = Int32Array.from({ length: rows }, () => random.nextInteger(most) * 7);
    return { labels: { rows, columns, values }, groups, seed, share };
  });

function countPositives({ columns, values }: LabelMatrix, rows: Int32Array, label: number): number {
  return rows.reduce((sum, row) => sum + (values[row * columns + label] === 1 ? 1 : 0), 0);
}

function drawLabels(rows: number, rates: readonly number[], seed: number): LabelMatrix {
  const random = new RandomSource(seed);
  const values = Int8Array.from({ length: rows * rates.length }, (_, cell) =>
    random.nextFloat() < rates[cell % rates.length] ? 1 : 0,
  );
  return { rows, columns: rates.length, values };
}

describe('splitStratified', () => {
  it('partitions the rows, keeps groups whole, and repeats', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { train, held } = splitStratified(problem);
        const all = [...train, ...held].sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: problem.labels.rows }, (_, row) => row));
        expect([...train]).toEqual([...train].sort((a, b) => a - b));
        const inTrain = new Set([...train].map((row) => problem.groups[row]));
        expect([...held].some((row) => inTrain.has(problem.groups[row]))).toBe(false);
        expect(splitStratified(problem)).toEqual({ train, held });
      }),
      { numRuns: 300 },
    );
  });

  it('gives both sides a positive of each label that two groups have', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { train, held } = splitStratified(problem);
        const { labels, groups } = problem;
        for (let label = 0; label < labels.columns; label++) {
          const withLabel = new Set<number>();
          let positives = 0;
          for (let row = 0; row < labels.rows; row++) {
            if (labels.values[row * labels.columns + label] === 1) {
              withLabel.add(groups[row]);
              positives++;
            }
          }
          // With two or three groups the other labels may rule it out; with four they hardly ever do.
          // Where most rows are positive, it is the negatives that are dealt out.
          if (withLabel.size >= 4 && positives * 2 <= labels.rows * 0.8) {
            expect(countPositives(labels, train, label)).toBeGreaterThan(0);
            expect(countPositives(labels, held, label)).toBeGreaterThan(0);
          }
        }
      }),
      { numRuns: 300, seed: 11 },
    );
  });

  it('splits a label of two groups between both sides', () => {
    const labels = { rows: 20, columns: 1, values: new Int8Array(20) };
    labels.values[3] = 1;
    labels.values[11] = 1;
    labels.values[12] = 1;
    const groups = Int32Array.from({ length: 20 }, (_, row) => (row === 12 ? 11 : row));
    for (let seed = 0; seed < 50; seed++) {
      const { train, held } = splitStratified({ labels, groups, share: 0.1, seed });
      expect(countPositives(labels, train, 0)).toBeGreaterThan(0);
      expect(countPositives(labels, held, 0)).toBeGreaterThan(0);
      expect([2, 3]).toContain(held.length);
    }
  });

  it('keeps the share of each label, common, rare and nearly always true', () => {
    const labels = drawLabels(20_000, [0.2, 0.02, 0.005, 0.1, 0.995], 3);
    const groups = Int32Array.from({ length: 20_000 }, (_, row) => row);
    const { train, held } = splitStratified({ labels, groups, share: 0.1, seed: 4 });
    expect(Math.abs(held.length - 2000)).toBeLessThanOrEqual(2);
    for (let label = 0; label < labels.columns; label++) {
      const inHeld = countPositives(labels, held, label);
      const all = inHeld + countPositives(labels, train, label);
      expect(Math.abs(inHeld - all / 10)).toBeLessThanOrEqual(2);
      const negatives = 20_000 - all;
      expect(Math.abs(held.length - inHeld - negatives / 10)).toBeLessThanOrEqual(3);
    }
  });

  it('differs from seed to seed', () => {
    const labels = drawLabels(200, [0.3], 1);
    const groups = Int32Array.from({ length: 200 }, (_, row) => row);
    const first = splitStratified({ labels, groups, share: 0.2, seed: 1 });
    const second = splitStratified({ labels, groups, share: 0.2, seed: 2 });
    expect(first.held).not.toEqual(second.held);
  });

  it('leaves unknown labels out of account', () => {
    const labels = { rows: 100, columns: 1, values: new Int8Array(100).fill(-1) };
    labels.values.fill(1, 0, 10);
    labels.values.fill(0, 10, 30);
    const groups = Int32Array.from({ length: 100 }, (_, row) => row);
    const { held } = splitStratified({ labels, groups, share: 0.2, seed: 9 });
    expect(held.length).toBe(20);
    expect(countPositives(labels, held, 0)).toBe(2);
  });

  it('refuses shares outside (0, 1) and arrays that do not match', () => {
    const labels = drawLabels(4, [0.5], 1);
    const groups = Int32Array.of(0, 1, 2, 3);
    expect(() => splitStratified({ labels, groups, share: 1, seed: 1 })).toThrow('share');
    expect(() =>
      splitStratified({ labels, groups: groups.subarray(1), share: 0.5, seed: 1 }),
    ).toThrow('4 rows with 3 groups');
  });
});

describe('splitIntoFolds', () => {
  it('gives each fold its part of rows and labels, groups together', () => {
    fc.assert(
      fc.property(problems, fc.integer({ min: 2, max: 5 }), (problem, folds) => {
        const fold = splitIntoFolds({ ...problem, folds });
        expect(fold.every((value) => value >= 0 && value < folds)).toBe(true);
        const foldOfGroup = new Map<number, number>();
        for (const [row, group] of problem.groups.entries()) {
          expect(foldOfGroup.get(group) ?? fold[row]).toBe(fold[row]);
          foldOfGroup.set(group, fold[row]);
        }
        expect(splitIntoFolds({ ...problem, folds })).toEqual(fold);
      }),
      { numRuns: 100 },
    );
  });

  it('balances folds', () => {
    const labels = drawLabels(5000, [0.3, 0.01], 2);
    const groups = Int32Array.from({ length: 5000 }, (_, row) => row);
    const fold = splitIntoFolds({ labels, groups, folds: 5, seed: 1 });
    for (let part = 0; part < 5; part++) {
      const rows = Int32Array.from(fold.keys()).filter((row) => fold[row] === part);
      expect(Math.abs(rows.length - 1000)).toBeLessThanOrEqual(2);
      for (const label of [0, 1]) {
        const all = countPositives(labels, Int32Array.from(fold.keys()), label);
        expect(Math.abs(countPositives(labels, rows, label) - all / 5)).toBeLessThanOrEqual(2);
      }
    }
    expect(() => splitIntoFolds({ labels, groups, folds: 1, seed: 1 })).toThrow('two folds');
  });
});

describe('groupDuplicateTexts', () => {
  it('joins texts that differ in case, spacing and Unicode spelling only', () => {
    const texts = [
      'Hello  World',
      'hello world',
      'hello, world',
      ' HELLO\n\tworld ',
      'ﬁne',
      'fine',
    ];
    expect([...groupDuplicateTexts(texts)]).toEqual([0, 0, 1, 0, 2, 2]);
    expect([...groupDuplicateTexts(['Caf\u00e9', 'cafe\u0301', ''])]).toEqual([0, 0, 1]);
  });
});
