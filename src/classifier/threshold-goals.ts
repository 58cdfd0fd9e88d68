// Chooses thresholds for a goal on scored rows, and says what the old and the new ones come to there.
import type { LabelMatrix, ScoreMatrix } from '../metrics/index.js';

/**
 * What a threshold is to reach. `f1`, `f2`: the greatest. `precision`: at least `value`, with the greatest recall.
 * `recall`: at least `value`, with the fewest flagged. `fpr`: false positives among the negatives of at most `value`,
 * and `rate`: texts flagged of at most `value`, each with the most flagged; `rate` needs no labels.
 */
export type ThresholdGoal =
  | { readonly kind: 'f1' | 'f2' }
  | { readonly kind: 'precision' | 'recall' | 'fpr' | 'rate'; readonly value: number };

/** A share, with the 95 % interval of Wilson (1927); null where there is nothing to take it of. */
export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What a threshold comes to. */
export interface ThresholdFigures {
  readonly threshold: number;
  readonly flagRate: Share | null;
  /** Null without labels. */
  readonly precision: Share | null;
  readonly recall: Share | null;
  readonly f1: number | null;
}

/** One label's threshold, as it is and as it would be. */
export interface ThresholdProposal {
  readonly label: string;
  readonly old: ThresholdFigures;
  /** On the rows that chose it, which flatters. Undefined where none reaches the goal. */
  readonly proposed: ThresholdFigures | undefined;
  /** Why there is none; undefined where there is one. */
  readonly reason: string | undefined;
}

/** Counts at one threshold. */
interface Cut {
  readonly flagged: number;
  readonly hits: number;
}

/** The rows of one label, highest score first. */
interface Ranked {
  readonly scores: Float64Array;
  /** 1 where the label is true; undefined without labels. */
  readonly truth: Uint8Array | undefined;
  readonly positives: number;
}

/** Scored rows, with what is true of them if that is known. */
export interface ScoredRows {
  /** [rows, labels]: 1, 0, or -1 where it is unknown: such cells are left out. */
  readonly labels?: LabelMatrix | undefined;
  readonly scores: ScoreMatrix;
}

/**
 * Chooses one threshold a label, midway between the lowest score that is flagged and the next one below.
 *
 * @param old the thresholds as they are
 */
export function proposeThresholds(
  rows: ScoredRows,
  labelNames: readonly string[],
  old: readonly number[],
  goal: ThresholdGoal,
): ThresholdProposal[] {
  return labelNames.map((label, column) => {
    const ranked = rankColumn(goal.kind === 'rate' ? withoutUnknown(rows) : rows, column);
    const before = measureAt(ranked, old[column]);
    const reason = whyNot(ranked, goal);
    const best = reason === undefined ? bestCut(ranked, goal) : undefined;
    if (best === undefined) {
      const none = reason ?? `no threshold that flags a text reaches ${describeGoal(goal)}`;
      return { label, old: before, proposed: undefined, reason: none };
    }
    return { label, old: before, proposed: measureAt(ranked, cutAt(ranked, best)), reason };
  });
}

/** What given thresholds come to. */
export function measureThresholds(
  rows: ScoredRows,
  thresholds: readonly number[],
): ThresholdFigures[] {
  return thresholds.map((threshold, column) => measureAt(rankColumn(rows, column), threshold));
}

/** `precision=0.9`, or `f1`. */
function describeGoal(goal: ThresholdGoal): string {
  return 'value' in goal ? `${goal.kind}=${goal.value}` : goal.kind;
}

/** How often texts are flagged is asked of all of them, whatever is known. */
function withoutUnknown({ labels, scores }: ScoredRows): ScoredRows {
  return labels?.values.includes(-1) === true ? { scores } : { labels, scores };
}

function rankColumn({ labels, scores }: ScoredRows, column: number): Ranked {
  const { rows, columns, values } = scores;
  const targetOf = (row: number): number => labels?.values[row * columns + column] ?? 0;
  const order = [...Array(rows).keys()].filter((row) => targetOf(row) >= 0);
  order.sort((left, right) => values[right * columns + column] - values[left * columns + column]);
  const truth = labels && Uint8Array.from(order, targetOf);
  return {
    scores: Float64Array.from(order, (row) => values[row * columns + column]),
    truth,
    positives: truth?.reduce((sum, target) => sum + target, 0) ?? 0,
  };
}

function whyNot({ scores, truth, positives }: Ranked, { kind }: ThresholdGoal): string | undefined {
  if (scores.length === 0) return 'there are no rows';
  if (kind === 'rate') return undefined;
  if (truth === undefined) return 'the rows have no labels';
  if (positives === 0) return 'no row has the label';
  return positives === scores.length ? 'every row has the label' : undefined;
}

function bestCut(ranked: Ranked, goal: ThresholdGoal): Cut | undefined {
  const { scores, truth, positives } = ranked;
  let best: { cut: Cut; merit: number } | undefined;
  let hits = 0;
  for (let at = 0; at < scores.length; at++) {
    hits += truth?.[at] ?? 0;
    if (at + 1 < scores.length && scores[at + 1] === scores[at]) continue;
    const cut = { flagged: at + 1, hits };
    const merit = meritOf(cut, { rows: scores.length, positives }, goal);
    if (merit !== undefined && (best === undefined || merit > best.merit)) best = { cut, merit };
  }
  return best?.cut;
}

/** How well a cut serves the goal; undefined where it does not reach it. */
function meritOf(
  { flagged, hits }: Cut,
  { rows, positives }: { rows: number; positives: number },
  goal: ThresholdGoal,
): number | undefined {
  switch (goal.kind) {
    case 'f1':
      return (2 * hits) / (flagged + positives);
    case 'f2':
      return (5 * hits) / (flagged + 4 * positives);
    case 'precision':
      return hits / flagged >= goal.value ? hits : undefined;
    case 'recall':
      return hits / positives >= goal.value ? -flagged : undefined;
    case 'fpr':
      return (flagged - hits) / (rows - positives) <= goal.value ? flagged : undefined;
    case 'rate':
      return flagged / rows <= goal.value ? flagged : undefined;
  }
}

function cutAt({ scores }: Ranked, { flagged }: Cut): number {
  const lowest = scores[flagged - 1];
  if (flagged === scores.length) return lowest;
  const middle = (lowest + scores[flagged]) / 2;
  return middle > scores[flagged] ? middle : lowest;
}

function measureAt({ scores, truth, positives }: Ranked, threshold: number): ThresholdFigures {
  const below = scores.findIndex((score) => score < threshold);
  const flagged = below < 0 ? scores.length : below;
  const flagRate = shareOf(flagged, scores.length);
  if (truth === undefined) {
    return { threshold, flagRate, precision: null, recall: null, f1: null };
  }
  const hits = truth.subarray(0, flagged).reduce((sum, target) => sum + target, 0);
  return {
    threshold,
    flagRate,
    precision: shareOf(hits, flagged),
    recall: shareOf(hits, positives),
    f1: flagged + positives === 0 ? null : (2 * hits) / (flagged + positives),
  };
}

/** Of a normal distribution, 95 % lie within so many deviations. */
const z = 1.959_964;

function shareOf(part: number, whole: number): Share | null {
  if (whole === 0) return null;
  const value = part / whole;
  const shrink = 1 + z ** 2 / whole;
  const centre = (value + z ** 2 / (2 * whole)) / shrink;
  const spread = (z / shrink) * Math.sqrt((value * (1 - value) + z ** 2 / (4 * whole)) / whole);
  return { value, low: Math.max(0, centre - spread), high: Math.min(1, centre + spread) };
}
