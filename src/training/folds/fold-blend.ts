// Blends scores out of fold: each fold's by weights that the other folds' rows have fitted.
import { chooseThresholds, type LabelMatrix } from '../../metrics/index.js';
import { fitBlend } from '../blend/blend-fit.js';
import { blendLogits } from '../blend/blend-weights.js';
import { scoresOf } from '../validation-figures.js';

/** What the two models of a fold say of the rows that they did not see. */
export interface BlendedFold {
  /** [held, labels] */
  readonly labels: LabelMatrix;
  /** Probabilities, [held, labels]. */
  readonly model: Float32Array;
  /** Probabilities, [held, labels]. */
  readonly baseline: Float32Array;
}

/** Blended scores of a fold's rows, and thresholds that the other folds' rows have chosen. */
export interface FoldScores {
  readonly scores: Float32Array;
  readonly thresholds: readonly number[];
}

/** @returns one a fold; undefined where the rows outside some fold hold both classes of no label */
export async function blendFolds(
  folds: readonly BlendedFold[],
): Promise<readonly FoldScores[] | undefined> {
  const blended: FoldScores[] = [];
  for (const fold of folds) {
    const others = joinRows(folds.filter((other) => other !== fold));
    const weights = await fitBlend(others);
    if (weights === undefined) return undefined;
    const { columns } = fold.labels;
    const own = blendLogits(weights, logitsOf(fold.model), logitsOf(fold.baseline));
    const theirs = blendLogits(weights, others.model, others.baseline);
    blended.push({
      scores: scoresOf(own, columns).values,
      thresholds: chooseThresholds(others.labels, scoresOf(theirs, columns)).map(
        ({ threshold }) => threshold,
      ),
    });
  }
  return blended;
}

/** Of float32 probabilities; one that was rounded to 1 counts as the largest below. */
export function logitsOf(scores: ArrayLike<number>): Float32Array {
  return Float32Array.from(scores, (score) => {
    const inside = Math.min(Math.max(score, 1e-30), 1 - 2 ** -24);
    return Math.log(inside) - Math.log1p(-inside);
  });
}

/** The logits of several folds' rows, one after another. */
function joinRows(folds: readonly BlendedFold[]): {
  labels: LabelMatrix;
  model: Float32Array;
  baseline: Float32Array;
} {
  const columns = folds[0].labels.columns;
  const rows = folds.reduce((sum, { labels }) => sum + labels.rows, 0);
  const values = new Int8Array(rows * columns);
  const model = new Float32Array(rows * columns);
  const baseline = new Float32Array(rows * columns);
  let start = 0;
  for (const fold of folds) {
    values.set(fold.labels.values, start);
    model.set(logitsOf(fold.model), start);
    baseline.set(logitsOf(fold.baseline), start);
    start += fold.labels.values.length;
  }
  return { labels: { rows, columns, values }, model, baseline };
}
