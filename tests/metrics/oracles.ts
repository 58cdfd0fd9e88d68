// Slow, obvious second implementations, written from the definitions.
import type { Matrices, Rows } from './arbitraries.js';

/** The share of pairs of a positive and a negative row that are in order, a tie counting half. */
export function pairwiseAuc({ labels, scores }: Rows): number {
  let inOrder = 0;
  let pairs = 0;
  for (let left = 0; left < labels.length; left++) {
    for (let right = 0; right < labels.length; right++) {
      if (labels[left] !== 1 || labels[right] !== 0) continue;
      pairs++;
      if (scores[left] > scores[right]) inOrder += 1;
      if (scores[left] === scores[right]) inOrder += 0.5;
    }
  }
  return inOrder / pairs;
}

/** The sum over distinct thresholds of (rise of recall) x precision. */
export function stepwiseAveragePrecision({ labels, scores }: Rows): number {
  const known = Array.from(labels.keys()).filter((row) => labels[row] >= 0);
  const positives = known.filter((row) => labels[row] === 1).length;
  if (positives === 0 || positives === known.length) return NaN;
  const thresholds = [...new Set(known.map((row) => scores[row]))].sort((a, b) => b - a);
  let sum = 0;
  let recallBefore = 0;
  for (const threshold of thresholds) {
    const accepted = known.filter((row) => scores[row] >= threshold);
    const truePositives = accepted.filter((row) => labels[row] === 1).length;
    const recall = truePositives / positives;
    sum += (recall - recallBefore) * (truePositives / accepted.length);
    recallBefore = recall;
  }
  return sum;
}

/** The known labels of each row that has any, with their scores. */
function knownRows({ labels, scores }: Matrices): { isTrue: boolean; score: number }[][] {
  return Array.from({ length: labels.rows }, (_, row) =>
    Array.from({ length: labels.columns }, (_, column) => row * labels.columns + column)
      .filter((cell) => labels.values[cell] >= 0)
      .map((cell) => ({ isTrue: labels.values[cell] === 1, score: scores.values[cell] })),
  ).filter((row) => row.length > 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The rank of a score among scores: 1 for the highest, of tied ones the last. */
function rankOf(score: number, scores: readonly number[]): number {
  return [...scores].sort((a, b) => b - a).lastIndexOf(score) + 1;
}

/** Label ranking average precision, from ranks. */
export function rankedLabelPrecision(matrices: Matrices): number {
  return mean(
    knownRows(matrices).map((row) => {
      const all = row.map(({ score }) => score);
      const ofTrue = row.filter(({ isTrue }) => isTrue).map(({ score }) => score);
      if (ofTrue.length === 0 || ofTrue.length === row.length) return 1;
      return mean(ofTrue.map((score) => rankOf(score, ofTrue) / rankOf(score, all)));
    }),
  );
}

/** The share of pairs of a true and a false label that are not strictly in order. */
export function pairwiseRankingLoss(matrices: Matrices): number {
  return mean(
    knownRows(matrices).map((row) => {
      const pairs = row
        .filter(({ isTrue }) => isTrue)
        .flatMap((upper) =>
          row.filter(({ isTrue }) => !isTrue).map((lower) => upper.score <= lower.score),
        );
      return pairs.length === 0 ? 0 : mean(pairs.map(Number));
    }),
  );
}

/** The rank of the lowest true label. */
export function deepestTrueLabel(matrices: Matrices): number {
  return mean(
    knownRows(matrices).map((row) => {
      const all = row.map(({ score }) => score);
      return Math.max(
        0,
        ...row.filter(({ isTrue }) => isTrue).map(({ score }) => rankOf(score, all)),
      );
    }),
  );
}
