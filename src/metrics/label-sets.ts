// Measures of predicted label sets, row by row: Hamming loss, subset accuracy, Jaccard, F1 by sample.
import { type LabelMatrix, type ScoreMatrix, UNKNOWN } from './matrix.js';
import { type Measure, ratioOf } from './measure.js';

const WHY_NOTHING_KNOWN = 'no row with a known label';

/** Of each row, how many of its known labels are ...; the arrays are of one length. */
export interface RowAgreement {
  /** ... known at all. */
  readonly known: Int32Array;
  /** ... true and predicted. */
  readonly both: Int32Array;
  /** ... true but not predicted. */
  readonly missed: Int32Array;
  /** ... predicted but not true. */
  readonly extra: Int32Array;
}

/**
 * Compares the label set of each row with the predicted one: the labels whose score is at least
 * their threshold. Unknown labels belong to neither.
 * @param thresholds one a label
 * @throws RangeError if there is not one threshold a label
 */
export function compareRows(
  labels: LabelMatrix,
  scores: ScoreMatrix,
  thresholds: ArrayLike<number>,
): RowAgreement {
  const { rows, columns } = labels;
  if (thresholds.length !== columns) {
    throw new RangeError(`${thresholds.length} thresholds for ${columns} labels`);
  }
  const agreement = {
    known: new Int32Array(rows),
    both: new Int32Array(rows),
    missed: new Int32Array(rows),
    extra: new Int32Array(rows),
  };
  for (let row = 0, cell = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, cell++) {
      const label = labels.values[cell];
      if (label === UNKNOWN) continue;
      agreement.known[row]++;
      if (scores.values[cell] >= thresholds[column]) {
        if (label === 1) agreement.both[row]++;
        else agreement.extra[row]++;
      } else if (label === 1) agreement.missed[row]++;
    }
  }
  return agreement;
}

/** The share of known cells that are predicted wrongly; 0 is best. */
export function hammingLoss({ known, missed, extra }: RowAgreement): Measure {
  return ratioOf(total(missed) + total(extra), total(known), WHY_NOTHING_KNOWN);
}

/** The share of rows whose known labels are all predicted rightly; rows without any are left out. */
export function subsetAccuracy(agreement: RowAgreement): Measure {
  return meanOverRows(agreement, (_both, missed, extra) => (missed + extra === 0 ? 1 : 0));
}

/**
 * The mean, over rows, of the labels in both sets by those in either (Jaccard index). A row where
 * both sets are empty counts as 0, as in scikit-learn; a row without known labels is left out.
 */
export function jaccardBySample(agreement: RowAgreement): Measure {
  return meanOverRows(agreement, (both, missed, extra) =>
    both === 0 ? 0 : both / (both + missed + extra),
  );
}

/**
 * The mean, over rows, of the F1 of the predicted label set. A row where both sets are empty counts
 * as 0, as in scikit-learn; a row without known labels is left out.
 */
export function f1BySample(agreement: RowAgreement): Measure {
  return meanOverRows(agreement, (both, missed, extra) =>
    both === 0 ? 0 : (2 * both) / (2 * both + missed + extra),
  );
}

function meanOverRows(
  { known, both, missed, extra }: RowAgreement,
  measure: (both: number, missed: number, extra: number) => number,
): Measure {
  let sum = 0;
  let count = 0;
  for (let row = 0; row < known.length; row++) {
    if (known[row] === 0) continue;
    sum += measure(both[row], missed[row], extra[row]);
    count++;
  }
  return ratioOf(sum, count, WHY_NOTHING_KNOWN);
}

function total(counts: Int32Array): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
