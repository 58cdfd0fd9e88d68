// Thresholds for goals: reached on the rows that chose them, the best that reaches them, or a reason why none does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  measureThresholds,
  proposeThresholds,
  type ScoredRows,
  type Share,
  type ThresholdGoal,
} from '../../src/classifier/threshold-goals.js';
import { matrices, type Matrices } from '../metrics/arbitraries.js';

const share = fc.integer({ min: 0, max: 20 }).map((steps) => steps / 20);
const goals: fc.Arbitrary<ThresholdGoal> = fc.oneof(
  fc.constantFrom({ kind: 'f1' } as const, { kind: 'f2' } as const),
  fc.record({
    kind: fc.constantFrom('precision', 'recall', 'fpr', 'rate'),
    value: share,
  }),
);

/** What a threshold comes to, counted row by row. */
function count({ labels, scores }: Matrices, column: number, threshold: number, asksAll: boolean) {
  let rows = 0;
  let flagged = 0;
  let hits = 0;
  let positives = 0;
  for (let row = 0; row < scores.rows; row++) {
    const cell = row * scores.columns + column;
    if (!asksAll && labels.values[cell] < 0) continue;
    rows += 1;
    const isTrue = labels.values[cell] === 1;
    const isFlagged = scores.values[cell] >= threshold;
    if (isTrue) positives += 1;
    if (isFlagged) flagged += 1;
    if (isTrue && isFlagged) hits += 1;
  }
  return { rows, flagged, hits, positives };
}

/** The figure that a goal speaks of; for all of them more is better, or fewer with a minus. */
function serve(goal: ThresholdGoal, counts: ReturnType<typeof count>) {
  const { rows, flagged, hits, positives } = counts;
  const f = (weight: number) => ((1 + weight) * hits) / (flagged + weight * positives);
  switch (goal.kind) {
    case 'f1':
      return { isReached: true, merit: f(1) };
    case 'f2':
      return { isReached: true, merit: f(4) };
    case 'precision':
      return { isReached: hits / flagged >= goal.value, merit: hits };
    case 'recall':
      return { isReached: hits / positives >= goal.value, merit: -flagged };
    case 'fpr':
      return { isReached: (flagged - hits) / (rows - positives) <= goal.value, merit: flagged };
    case 'rate':
      return { isReached: flagged / rows <= goal.value, merit: flagged };
  }
}

const names = (columns: number) => Array.from({ length: columns }, (_, at) => `label ${at}`);
const numbers = (...values: number[]) => Float64Array.from(values);

describe('a threshold for a goal', () => {
  it('reaches it and no other does better, or the reason is said', () => {
    const property = (rows: Matrices, goal: ThresholdGoal): void => {
      const { columns } = rows.scores;
      const old = Array.from({ length: columns }, () => 0.5);
      const proposals = proposeThresholds(rows, names(columns), old, goal);
      proposals.forEach(({ proposed, reason, old: before }, column) => {
        expect(before.threshold).toBe(0.5);
        const at = (threshold: number) => count(rows, column, threshold, goal.kind === 'rate');
        // Each score is a cut, and with all of them every set that a threshold can flag, but the empty one.
        const known = [...rows.scores.values].filter((_, cell) => cell % columns === column);
        const cuts = known
          .map(at)
          .filter(({ flagged }) => flagged > 0)
          .map((counts) => serve(goal, counts));
        const best = cuts.filter(({ isReached }) => isReached).map(({ merit }) => merit);
        if (proposed === undefined) {
          const { rows: all, positives } = at(0);
          const isHopeless =
            all === 0 || (goal.kind !== 'rate' && (positives === 0 || positives === all));
          expect(reason).toMatch(
            isHopeless
              ? /^(there are no rows|no row has|every row has)/
              : /^no threshold that flags/,
          );
          if (!isHopeless) expect(best).toEqual([]);
          return;
        }
        expect(reason).toBeUndefined();
        const reached = serve(goal, at(proposed.threshold));
        expect(reached.isReached).toBe(true);
        expect(reached.merit).toBeCloseTo(Math.max(...best), 12);
      });
    };
    fc.assert(fc.property(matrices, goals, property), { numRuns: 300 });
  });

  it('comes with the figures that it has on the rows', () => {
    const property = (rows: Matrices, threshold: number): void => {
      const { columns } = rows.scores;
      const thresholds = Array.from({ length: columns }, () => threshold);
      measureThresholds(rows, thresholds).forEach((figures, column) => {
        const { rows: all, flagged, hits, positives } = count(rows, column, threshold, false);
        const value = (of: Share | null) => of?.value ?? null;
        const part = (some: number, whole: number) => (whole === 0 ? null : some / whole);
        expect(value(figures.flagRate)).toBe(part(flagged, all));
        expect(value(figures.precision)).toBe(part(hits, flagged));
        expect(value(figures.recall)).toBe(part(hits, positives));
        expect(figures.f1).toBe(part(2 * hits, flagged + positives));
        for (const of of [figures.flagRate, figures.precision, figures.recall]) {
          if (of === null) continue;
          expect(of.low).toBeLessThanOrEqual(of.value + 1e-12);
          expect(of.high).toBeGreaterThanOrEqual(of.value - 1e-12);
        }
      });
    };
    fc.assert(fc.property(matrices, share, property), { numRuns: 100 });
  });

  it('lies midway between what is flagged and what is not', () => {
    const labels = { rows: 4, columns: 1, values: Int8Array.of(1, 1, 0, 0) };
    const scores = { rows: 4, columns: 1, values: numbers(0.9, 0.5, 0.25, 0) };
    const [{ proposed }] = proposeThresholds({ labels, scores }, ['a'], [0.1], { kind: 'f1' });
    expect(proposed).toMatchObject({ threshold: 0.375, f1: 1, flagRate: { value: 0.5 } });
  });

  it('counts every text where the goal is how many are flagged, unknown ones too', () => {
    const labels = { rows: 4, columns: 1, values: Int8Array.of(-1, -1, 0, 1) };
    const scores = { rows: 4, columns: 1, values: numbers(0.9, 0.8, 0.7, 0.6) };
    const goal = { kind: 'rate', value: 0.5 } as const;
    const [{ proposed }] = proposeThresholds({ labels, scores }, ['a'], [0.1], goal);
    expect(proposed).toMatchObject({ flagRate: { value: 0.5 }, precision: null });
    const [unlabelled] = proposeThresholds({ scores }, ['a'], [0.1], goal);
    expect(unlabelled.proposed).toEqual(proposed);
  });

  it('is not chosen without labels, rows or cases, or where it would flag nothing', () => {
    const scores = { rows: 2, columns: 1, values: numbers(0.9, 0.5) };
    const reasonOf = (rows: ScoredRows, goal: ThresholdGoal) =>
      proposeThresholds(rows, ['a'], [0.1], goal)[0].reason;
    const labelled = (...values: number[]) => ({
      scores,
      labels: { rows: 2, columns: 1, values: Int8Array.from(values) },
    });
    const precise = { kind: 'precision', value: 0.9 } as const;
    expect(reasonOf({ scores }, precise)).toBe('the rows have no labels');
    expect(reasonOf(labelled(0, 0), precise)).toBe('no row has the label');
    expect(reasonOf(labelled(1, 1), precise)).toBe('every row has the label');
    expect(reasonOf(labelled(-1, -1), precise)).toBe('there are no rows');
    const unreached = 'no threshold that flags a text reaches precision=0.9';
    expect(reasonOf(labelled(0, 1), precise)).toBe(unreached);
    const rare = { kind: 'rate', value: 0.1 } as const;
    expect(reasonOf({ scores }, rare)).toBe('no threshold that flags a text reaches rate=0.1');
  });

  it("has Wilson's interval beside each share", () => {
    // Wilson (1927) for 9 of 10: 0.596 to 0.982.
    const labels = {
      rows: 11,
      columns: 1,
      values: Int8Array.from({ length: 11 }, (_, at) => (at < 9 ? 1 : 0)),
    };
    const scores = {
      rows: 11,
      columns: 1,
      values: Float64Array.from({ length: 11 }, (_, at) => (at < 10 ? 0.9 : 0.1)),
    };
    const [{ precision }] = measureThresholds({ labels, scores }, [0.5]);
    expect(precision?.value).toBe(0.9);
    expect(precision?.low).toBeCloseTo(0.596, 3);
    expect(precision?.high).toBeCloseTo(0.982, 3);
  });
});
