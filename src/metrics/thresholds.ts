// Choosing the score from which a label is predicted, for a stated goal.
import {
  type LabelMatrix,
  labelColumn,
  type ScoreMatrix,
  type Scores,
  scoreColumn,
  whyOneClass,
} from './matrix.js';
import { type Ranking, rankRows } from './ranking.js';

/** The threshold of a label for which none can be chosen. */
const DEFAULT_THRESHOLD = 0.5;

/**
 * A label's threshold: rows that score at least `threshold` are predicted to be positive. The
 * figures are those on the rows it was chosen on, so they flatter: measure on others. Where none
 * could be chosen, `threshold` is 0.5 and `reason` says why.
 */
export type ThresholdChoice =
  | {
      readonly chosen: true;
      readonly threshold: number;
      readonly precision: number;
      readonly recall: number;
      readonly f1: number;
    }
  | { readonly chosen: false; readonly threshold: number; readonly reason: string };

/** What a threshold is to reach. */
export type ThresholdGoal =
  /** The greatest F1; of equals the highest threshold. */
  | { readonly kind: 'f1' }
  /** The greatest recall with a precision of at least `atLeast`, from 0 to 1. */
  | { readonly kind: 'precision'; readonly atLeast: number }
  /** The greatest precision with a recall of at least `atLeast`, from 0 to 1. */
  | { readonly kind: 'recall'; readonly atLeast: number };

/** Accepting the `accepted` highest scores. */
interface Cut {
  readonly accepted: number;
  readonly truePositives: number;
}

/**
 * Chooses the threshold of one label among all cuts between distinct scores. It is put midway
 * between the lowest score accepted and the next one below, so that small changes of either move no
 * row across; where all rows are accepted it is the lowest score. With few positive rows the best
 * cut is partly luck: no correction is made.
 *
 * Not chosen, with a reason, with one class only or where no cut reaches the goal. Rows of unknown
 * label are left out.
 * @throws RangeError if lengths differ, a label is not 1, 0 or -1, a score is not finite, or the
 *   goal is not from 0 to 1
 */
export function chooseThreshold(
  labels: Int8Array,
  scores: Scores,
  goal: ThresholdGoal = { kind: 'f1' },
): ThresholdChoice {
  if (goal.kind !== 'f1' && !(goal.atLeast >= 0 && goal.atLeast <= 1)) {
    throw new RangeError(`${goal.kind} of at least ${goal.atLeast}`);
  }
  for (const score of scores) {
    if (!Number.isFinite(score)) throw new RangeError(`score ${score} is not finite`);
  }
  const ranking = rankRows(labels, scores);
  if (ranking.positives === 0 || ranking.negatives === 0) {
    return notChosen(whyOneClass(ranking));
  }
  const best = bestCut(ranking, goal);
  return best === null
    ? notChosen(`no threshold reaches the ${goal.kind} asked for`)
    : describeCut(ranking, best);
}

/**
 * Chooses a threshold for each label, each on its own.
 * @throws RangeError as {@link chooseThreshold}
 */
export function chooseThresholds(
  labels: LabelMatrix,
  scores: ScoreMatrix,
  goal: ThresholdGoal = { kind: 'f1' },
): ThresholdChoice[] {
  return Array.from({ length: labels.columns }, (_, column) =>
    chooseThreshold(labelColumn(labels, column), scoreColumn(scores, column), goal),
  );
}

function notChosen(reason: string): ThresholdChoice {
  return { chosen: false, threshold: DEFAULT_THRESHOLD, reason };
}

function bestCut(ranking: Ranking, goal: ThresholdGoal): Cut | null {
  const { positive, endsTie, positives } = ranking;
  let best: Cut | null = null;
  let truePositives = 0;
  for (let rank = 0; rank < positive.length; rank++) {
    truePositives += positive[rank];
    if (endsTie[rank] === 0) continue;
    const cut = { accepted: rank + 1, truePositives };
    if (!reaches(cut, positives, goal)) continue;
    if (best === null || isBetter(cut, best, positives, goal)) best = cut;
  }
  return best;
}

function reaches(
  { accepted, truePositives }: Cut,
  positives: number,
  goal: ThresholdGoal,
): boolean {
  switch (goal.kind) {
    case 'f1':
      return true;
    case 'precision':
      return truePositives / accepted >= goal.atLeast;
    case 'recall':
      return truePositives / positives >= goal.atLeast;
  }
}

/**
 * Whether `cut`, which accepts more rows than `best`, serves the goal better. Ratios are compared
 * as products of integers, so that equal ones are equal.
 */
function isBetter(cut: Cut, best: Cut, positives: number, goal: ThresholdGoal): boolean {
  switch (goal.kind) {
    case 'f1':
      return (
        cut.truePositives * (best.accepted + positives) >
        best.truePositives * (cut.accepted + positives)
      );
    case 'precision':
      return cut.truePositives > best.truePositives;
    case 'recall':
      return cut.truePositives * best.accepted > best.truePositives * cut.accepted;
  }
}

function describeCut({ scores, positives }: Ranking, cut: Cut): ThresholdChoice {
  const { accepted, truePositives } = cut;
  const lowest = scores[accepted - 1];
  return {
    chosen: true,
    threshold: accepted === scores.length ? lowest : midway(lowest, scores[accepted]),
    precision: truePositives / accepted,
    recall: truePositives / positives,
    f1: (2 * truePositives) / (accepted + positives),
  };
}

/** The middle of two scores; the upper one where there is no number between them. */
function midway(upper: number, lower: number): number {
  const middle = lower / 2 + upper / 2;
  return middle > lower && middle <= upper ? middle : upper;
}
