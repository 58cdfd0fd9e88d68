// Which model scores which row: every row once, by one that saw neither it nor an equal text.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupDuplicateTexts } from '../../../src/data/index.js';
import { planFolds } from '../../../src/training/folds/fold-split.js';
import type { SplitTable } from '../../../src/training/table-split.js';

function tableOf(texts: readonly string[], values: readonly number[], columns: number): SplitTable {
  return {
    labelNames: Array.from({ length: columns }, (_, column) => `label ${column}`),
    textColumn: 'text',
    texts,
    labels: { rows: texts.length, columns, values: Int8Array.from(values) },
    ownRows: texts.length,
    groups: groupDuplicateTexts(texts),
    identifiers: { names: [], cells: texts.map(() => []) },
    train: new Int32Array(0),
    validation: new Int32Array(0),
    validationFrom: '',
    dataSha256: '',
    warnings: [],
  };
}

const tables = fc
  .record({
    texts: fc.array(
      fc.integer({ min: 0, max: 60 }).map((word) => `text ${word}`),
      { minLength: 60, maxLength: 120 },
    ),
    columns: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ texts, columns }) =>
    fc
      .array(fc.integer({ min: -1, max: 1 }), {
        minLength: texts.length * columns,
        maxLength: texts.length * columns,
      })
      .map((values) => tableOf(texts, values, columns)),
  );

describe('folds', () => {
  it('hold every row once, and what learns or chooses has no equal text', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 2, max: 6 }), fc.nat(1000), (table, count, seed) => {
        const { splits, foldOfRow } = planFolds(table, 't.csv', { count, share: 0.2, seed });
        const held = splits.flatMap((split) => [...split.held]);
        expect(held.sort((left, right) => left - right)).toEqual([...table.texts.keys()]);
        splits.forEach((split, fold) => {
          const others = [...split.train, ...split.validation];
          expect(others.length + split.held.length).toBe(table.texts.length);
          const textsOf = (rows: Iterable<number>): Set<string> =>
            new Set(Array.from(rows, (row) => table.texts[row]));
          const heldTexts = textsOf(split.held);
          expect([...textsOf(others)].some((text) => heldTexts.has(text))).toBe(false);
          const chosen = textsOf(split.validation);
          expect([...textsOf(split.train)].some((text) => chosen.has(text))).toBe(false);
          expect([...split.held].every((row) => foldOfRow[row] === fold)).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('leave a validation table out', () => {
    const texts = Array.from({ length: 40 }, (_, row) => `text ${row}`);
    const values = texts.map((_, row) => row % 2);
    const { splits } = planFolds({ ...tableOf(texts, values, 1), ownRows: 30 }, 't.csv', {
      count: 3,
      share: 0.2,
      seed: 1,
    });
    const rows = splits.flatMap(({ held, train, validation }) => [
      ...held,
      ...train,
      ...validation,
    ]);
    expect(Math.max(...rows)).toBe(29);
  });

  it('name the labels that are too rare, with their rows', () => {
    const texts = Array.from({ length: 60 }, (_, row) => `text ${row}`);
    const values = texts.flatMap((_, row) => [row % 2, row < 3 ? 1 : 0, row < 6 ? 1 : 0]);
    const plan = planFolds(tableOf(texts, values, 3), 't.csv', { count: 5, share: 0.1, seed: 1 });
    expect(plan.isComplete).toEqual([true, false, true]);
    expect(plan.warnings[0]).toMatch(/"label 1" has 3 positive rows, too few for 5 folds/);
    expect(plan.warnings.join()).not.toMatch(/label 0/);
  });

  it('refuse a table with fewer rows than they are', () => {
    const table = tableOf(['a', 'b', 'c'], [1, 0, 1], 1);
    expect(() => planFolds(table, 't.csv', { count: 5, share: 0.1, seed: 1 })).toThrow(
      expect.objectContaining({ code: 'TOO_FEW_ROWS' }),
    );
  });
});
