// The curves behind ranking measures, one point a threshold, ready to be drawn.
import { type Scores, whyOneClass } from './matrix.js';
import { type Ranking, rankRows } from './ranking.js';

/** Points of a ROC curve from (0, 0) to (1, 1); the arrays are of one length. */
export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  /** Rows with at least this score are accepted at the point; Infinity at the first. */
  readonly thresholds: Float64Array;
}

/** Points of a precision-recall curve, recall rising; the arrays are of one length. */
export interface PrecisionRecallCurve {
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  /** Rows with at least this score are accepted at the point. */
  readonly thresholds: Float64Array;
}

/** A curve, or the reason why there is none. */
export type Curve<Points> =
  | ({ readonly defined: true } & Points)
  | { readonly defined: false; readonly reason: string };

/** How many rows of either class are accepted at a threshold. */
interface Cut {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/**
 * The receiver operating characteristic of one label. Points on a straight line between their
 * neighbours are left out, as in scikit-learn: the area is the same.
 *
 * Undefined with one class only. Rows of unknown label are left out.
 * @throws RangeError if lengths differ, a label is not 1, 0 or -1, or a score is NaN
 */
export function rocCurve(labels: Int8Array, scores: Scores): Curve<RocCurve> {
  const ranking = rankRows(labels, scores);
  const { positives, negatives } = ranking;
  if (positives === 0 || negatives === 0) return { defined: false, reason: whyOneClass(ranking) };
  const start: Cut = { threshold: Infinity, truePositives: 0, falsePositives: 0 };
  const points = [start, ...dropStraight(cutsOf(ranking))];
  return {
    defined: true,
    falsePositiveRate: Float64Array.from(points, (cut) => cut.falsePositives / negatives),
    truePositiveRate: Float64Array.from(points, (cut) => cut.truePositives / positives),
    thresholds: Float64Array.from(points, (cut) => cut.threshold),
  };
}

/**
 * The precision-recall curve of one label, one point for every distinct score.
 *
 * Undefined with one class only. Rows of unknown label are left out.
 * @throws RangeError as {@link rocCurve}
 */
export function precisionRecallCurve(
  labels: Int8Array,
  scores: Scores,
): Curve<PrecisionRecallCurve> {
  const ranking = rankRows(labels, scores);
  const { positives, negatives } = ranking;
  if (positives === 0 || negatives === 0) return { defined: false, reason: whyOneClass(ranking) };
  const cuts = cutsOf(ranking);
  return {
    defined: true,
    precision: Float64Array.from(
      cuts,
      (cut) => cut.truePositives / (cut.truePositives + cut.falsePositives),
    ),
    recall: Float64Array.from(cuts, (cut) => cut.truePositives / positives),
    thresholds: Float64Array.from(cuts, (cut) => cut.threshold),
  };
}

/** The cut at every distinct score, from the highest down. */
function cutsOf({ scores, positive, endsTie }: Ranking): Cut[] {
  const cuts: Cut[] = [];
  let truePositives = 0;
  for (let rank = 0; rank < scores.length; rank++) {
    truePositives += positive[rank];
    if (endsTie[rank] === 0) continue;
    cuts.push({ threshold: scores[rank], truePositives, falsePositives: rank + 1 - truePositives });
  }
  return cuts;
}

/** Keeps the first and last cut and those where the steps of either count change. */
function dropStraight(cuts: readonly Cut[]): Cut[] {
  return cuts.filter((cut, index) => {
    if (index === 0 || index === cuts.length - 1) return true;
    const before = cuts[index - 1];
    const after = cuts[index + 1];
    return (
      after.truePositives - cut.truePositives !== cut.truePositives - before.truePositives ||
      after.falsePositives - cut.falsePositives !== cut.falsePositives - before.falsePositives
    );
  });
}
