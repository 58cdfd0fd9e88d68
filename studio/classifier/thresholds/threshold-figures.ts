// Precision, recall, F1 and flag rate of a label at any threshold, from its stored validation scores.

/** The known rows of one label, each side sorted upwards. A score of at least the threshold is flagged. */
export interface LabelScores {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** Figures at one threshold; null where nothing defines it. */
export interface ThresholdFigures {
  readonly threshold: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  /** The share of rows that are flagged, from 0 to 1. */
  readonly flagRate: number | null;
}

/** Rows whose target is unknown (-1) are left out. */
export function labelScores(targets: readonly number[], scores: readonly number[]): LabelScores {
  const of = (wanted: number): Float64Array =>
    Float64Array.from(scores.filter((_, row) => targets[row] === wanted)).sort();
  return { positives: of(1), negatives: of(0) };
}

/** How many of the sorted scores are at least `threshold`. */
function countFrom(sorted: Float64Array, threshold: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] >= threshold) high = middle;
    else low = middle + 1;
  }
  return sorted.length - low;
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

export function figuresAt(
  { positives, negatives }: LabelScores,
  threshold: number,
): ThresholdFigures {
  const hits = countFrom(positives, threshold);
  const flagged = hits + countFrom(negatives, threshold);
  return {
    threshold,
    precision: share(hits, flagged),
    recall: share(hits, positives.length),
    f1: share(2 * hits, flagged + positives.length),
    flagRate: share(flagged, positives.length + negatives.length),
  };
}

/** The threshold with the greatest F1, of equals the highest; undefined where there are no positive rows. */
export function bestThreshold(scores: LabelScores): ThresholdFigures | undefined {
  let best: ThresholdFigures | undefined;
  // Between two positive rows F1 only falls, so that no other threshold needs to be looked at.
  for (let row = scores.positives.length - 1; row >= 0; row--) {
    const figures = figuresAt(scores, scores.positives[row]);
    if (best === undefined || (figures.f1 ?? 0) > (best.f1 ?? 0)) best = figures;
  }
  return best;
}

/** Points of the precision-recall curve, recall upwards, at most about `most`; none without positive rows. */
export function precisionRecallCurve(scores: LabelScores, most = 240): ThresholdFigures[] {
  const { positives } = scores;
  const step = Math.max(1, Math.ceil(positives.length / most));
  const points: ThresholdFigures[] = [];
  for (let row = positives.length - 1; row >= 0; row -= step) {
    points.push(figuresAt(scores, positives[row]));
  }
  if (positives.length > 0 && points.at(-1)?.recall !== 1) {
    points.push(figuresAt(scores, positives[0]));
  }
  return points;
}

/** The area under the ROC curve: how often a positive row scores above a negative one, equals counting half. */
export function rocArea({ positives, negatives }: LabelScores): number | null {
  if (positives.length === 0 || negatives.length === 0) return null;
  let wins = 0;
  let below = 0;
  let notAbove = 0;
  for (const score of positives) {
    while (below < negatives.length && negatives[below] < score) below++;
    notAbove = Math.max(notAbove, below);
    while (notAbove < negatives.length && negatives[notAbove] <= score) notAbove++;
    wins += (below + notAbove) / 2;
  }
  return wins / (positives.length * negatives.length);
}

/** Rows by score, in `bins` bins of equal width from 0 to 1. */
export function scoreHistogram(sorted: Float64Array, bins: number): number[] {
  const counts = Array.from({ length: bins }, () => 0);
  for (const score of sorted) {
    counts[Math.min(bins - 1, Math.max(0, Math.floor(score * bins)))]++;
  }
  return counts;
}
