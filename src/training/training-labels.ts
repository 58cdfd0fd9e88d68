// Labels as training needs them: how common each is, as floats with a mask, and of chosen rows.
import type { LabelMatrix } from '../metrics/index.js';
import type { SoftTargets } from './distillation/soft-targets.js';

/** Shares of positives per label among known cells, each strictly between 0 and 1; shape [labels]. */
export type BaseRates = readonly number[];

/**
 * The share of positives of each label among the known cells of the given rows. One imagined positive and
 * one negative are added to the count, so that no rate is 0 or 1 and its logarithms stay finite.
 *
 * @param soft what is learnt from instead of the labels: then its mean probabilities count
 */
export function measureBaseRates(
  labels: LabelMatrix,
  rows: Int32Array,
  soft?: SoftTargets,
): BaseRates {
  const { columns, values } = labels;
  if (soft !== undefined) {
    return Array.from({ length: columns }, (_, column) => {
      const add = (sum: number, row: number) => sum + soft.probabilities[row * columns + column];
      return (rows.reduce(add, 0) + 1) / (rows.length + 2);
    });
  }
  return Array.from({ length: columns }, (_, column) => {
    let positives = 1;
    let known = 2;
    for (const row of rows) {
      const value = values[row * columns + column];
      if (value >= 0) known++;
      if (value === 1) positives++;
    }
    return positives / known;
  });
}

/** Labels as the training graph takes them: values, and which of them are known. Both [rows, labels]. */
export function labelsToFloats(
  { values }: LabelMatrix,
  soft?: SoftTargets,
): {
  targets: Float32Array;
  known: Float32Array;
} {
  const shared = (): Float32Array => new Float32Array(new SharedArrayBuffer(values.length * 4));
  const targets = shared();
  const known = shared();
  if (soft !== undefined) return { targets: soft.values, known: known.fill(1) };
  values.forEach((value, at) => {
    targets[at] = value === 1 ? 1 : 0;
    known[at] = value < 0 ? 0 : 1;
  });
  return { targets, known };
}

/** The labels of the given rows, in their order. */
export function gatherLabels({ columns, values }: LabelMatrix, rows: Int32Array): LabelMatrix {
  const gathered = new Int8Array(rows.length * columns);
  rows.forEach((row, at) => {
    gathered.set(values.subarray(row * columns, (row + 1) * columns), at * columns);
  });
  return { rows: rows.length, columns, values: gathered };
}
