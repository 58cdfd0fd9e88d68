// Generated labels and scores: ties are common, unknown labels and one-class columns occur.
import fc from 'fast-check';
import type { LabelMatrix, ScoreMatrix } from '../../src/metrics/index.js';

/** One label's rows. */
export interface Rows {
  readonly labels: Int8Array;
  readonly scores: Float64Array;
}

/** Labels and scores of one shape. */
export interface Matrices {
  readonly labels: LabelMatrix;
  readonly scores: ScoreMatrix;
}

/** Quarters tie often; multiples of 2^-20 hardly ever. Both survive doubling and halving exactly. */
const score = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map((quarters) => quarters / 4),
  fc.integer({ min: 0, max: 2 ** 20 }).map((steps) => steps / 2 ** 20),
);

const label = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(-1) },
);

/** Up to 40 rows of one label, none included. */
export const rows: fc.Arbitrary<Rows> = fc
  .array(fc.tuple(label, score), { maxLength: 40 })
  .map((cells) => ({
    labels: Int8Array.from(cells, ([value]) => value),
    scores: Float64Array.from(cells, ([, value]) => value),
  }));

/** Up to 12 rows of one to six labels. */
export const matrices: fc.Arbitrary<Matrices> = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 6 }))
  .chain(([rowCount, columns]) => {
    const cells = fc.array(fc.tuple(label, score), {
      minLength: rowCount * columns,
      maxLength: rowCount * columns,
    });
    return cells.map((values) => ({
      labels: { rows: rowCount, columns, values: Int8Array.from(values, ([value]) => value) },
      scores: { rows: rowCount, columns, values: Float64Array.from(values, ([, value]) => value) },
    }));
  });

/** The rows in another order, by a seed. */
export function shuffleRows({ labels, scores }: Rows, seed: number): Rows {
  const order = Array.from(labels.keys()).sort(
    (left, right) => scramble(left, seed) - scramble(right, seed),
  );
  return {
    labels: Int8Array.from(order, (row) => labels[row]),
    scores: Float64Array.from(order, (row) => scores[row]),
  };
}

function scramble(row: number, seed: number): number {
  return Math.sin((row + 1) * (seed + 1)) * 10_000;
}
