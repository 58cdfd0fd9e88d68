// Measures of scores as probabilities: log loss, Brier score, expected calibration error.
import { checkCells, countLabels, type Scores, whyNothingKnown } from './matrix.js';
import { type Measure, ratioOf } from './measure.js';

/** The loss of each row of one label; NaN where the label is unknown. */
export type RowLosses = Float64Array;

/**
 * Log loss (binary cross-entropy, natural logarithm) of each row. A probability of exactly 0 or 1
 * counts as the machine epsilon of its precision away from it, as in scikit-learn: the loss stays
 * finite.
 * @throws RangeError if a score is not from 0 to 1, lengths differ or a label is not 1, 0 or -1
 */
export function logLosses(labels: Int8Array, probabilities: Scores): RowLosses {
  checkProbabilities(labels, probabilities);
  const epsilon = probabilities instanceof Float32Array ? 2 ** -23 : Number.EPSILON;
  return lossesOf(labels, probabilities, (label, probability) => {
    const ofLabel = Math.min(Math.max(probability, epsilon), 1 - epsilon);
    return label === 1 ? -Math.log(ofLabel) : -Math.log(1 - ofLabel);
  });
}

/** Squared difference between probability and label of each row; throws as {@link logLosses}. */
export function squaredErrors(labels: Int8Array, probabilities: Scores): RowLosses {
  checkProbabilities(labels, probabilities);
  return lossesOf(labels, probabilities, (label, probability) => (label - probability) ** 2);
}

/** A sum of losses, and how many it is the sum of. */
export interface LossSum {
  readonly sum: number;
  readonly count: number;
}

/** Adds up the losses of the known rows, each counted `weights[row]` times. */
export function sumLosses(losses: RowLosses, weights: Int32Array): LossSum {
  let sum = 0;
  let count = 0;
  for (let row = 0; row < losses.length; row++) {
    const loss = losses[row];
    if (Number.isNaN(loss)) continue;
    sum += weights[row] * loss;
    count += weights[row];
  }
  return { sum, count };
}

/**
 * The mean negative logarithm of the probability given to what is true; 0 is best. Defined with one
 * class too; undefined without known rows.
 * @throws RangeError as {@link logLosses}
 */
export function logLoss(labels: Int8Array, probabilities: Scores): Measure {
  return meanLoss(labels, logLosses(labels, probabilities));
}

/**
 * The Brier score: the mean squared difference between probability and label; 0 is best
 * (G. W. Brier, 1950). Undefined without known rows.
 * @throws RangeError as {@link logLosses}
 */
export function brierScore(labels: Int8Array, probabilities: Scores): Measure {
  return meanLoss(labels, squaredErrors(labels, probabilities));
}

/** Rows whose probability falls into one bin, compared with what came true. */
export interface ReliabilityBin {
  readonly rows: number;
  /** The mean probability of the rows; 0 without rows. */
  readonly meanProbability: number;
  /** The share of the rows that are positive; 0 without rows. */
  readonly positiveShare: number;
}

/**
 * Bins of equal width over [0, 1], the last including 1: the reliability diagram.
 * @param bins how many; 15 where not given
 * @throws RangeError as {@link logLosses}, and if `bins` is not a positive integer
 */
export function reliabilityBins(
  labels: Int8Array,
  probabilities: Scores,
  bins = 15,
): ReliabilityBin[] {
  checkProbabilities(labels, probabilities);
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`${bins} bins`);
  const sums = Array.from({ length: bins }, () => ({ rows: 0, probability: 0, positives: 0 }));
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] < 0) continue;
    const bin = sums[Math.min(Math.floor(probabilities[row] * bins), bins - 1)];
    bin.rows++;
    bin.probability += probabilities[row];
    bin.positives += labels[row];
  }
  return sums.map(({ rows, probability, positives }) => ({
    rows,
    meanProbability: rows === 0 ? 0 : probability / rows,
    positiveShare: rows === 0 ? 0 : positives / rows,
  }));
}

/**
 * Expected calibration error: the mean distance, over rows, between the mean probability of the
 * row's bin and the share of its rows that are positive (Naeini, Cooper and Hauskrecht, 2015; the
 * probability is that of the label, so 0.1 that comes true one time in ten is well calibrated).
 * Undefined without known rows.
 * @throws RangeError as {@link reliabilityBins}
 */
export function calibrationError(labels: Int8Array, probabilities: Scores, bins = 15): Measure {
  let distance = 0;
  let rows = 0;
  for (const bin of reliabilityBins(labels, probabilities, bins)) {
    distance += bin.rows * Math.abs(bin.meanProbability - bin.positiveShare);
    rows += bin.rows;
  }
  return ratioOf(distance, rows, whyNothingKnown(countLabels(labels)));
}

function checkProbabilities(labels: Int8Array, probabilities: Scores): void {
  checkCells(labels, probabilities);
  for (const probability of probabilities) {
    if (probability < 0 || probability > 1) {
      throw new RangeError(`${probability} is no probability`);
    }
  }
}

function lossesOf(
  labels: Int8Array,
  probabilities: Scores,
  loss: (label: number, probability: number) => number,
): RowLosses {
  const losses = new Float64Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    losses[row] = labels[row] < 0 ? NaN : loss(labels[row], probabilities[row]);
  }
  return losses;
}

function meanLoss(labels: Int8Array, losses: RowLosses): Measure {
  const { sum, count } = sumLosses(losses, new Int32Array(losses.length).fill(1));
  return ratioOf(sum, count, whyNothingKnown(countLabels(labels)));
}
