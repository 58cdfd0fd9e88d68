// Labels and scores as row-major matrices, and the checks that every measure relies on.

/** Known and unknown labels, `[rows, columns]`, row-major: 1 applies, 0 does not, -1 unknown. */
export interface LabelMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Int8Array;
}

/** Scores of one label, one a row. */
export type Scores = Float32Array | Float64Array;

/** Scores, `[rows, columns]`, row-major; the higher, the likelier the label. */
export interface ScoreMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Scores;
}

/** The label value of a cell that nobody has labelled; every measure leaves such cells out. */
export const UNKNOWN = -1;

/**
 * Checks that labels and scores are of one shape, labels are 1, 0 or -1, and no score is NaN.
 * @throws RangeError otherwise: whoever made the matrices made a mistake
 */
export function checkMatrices(labels: LabelMatrix, scores: ScoreMatrix): void {
  if (labels.rows !== scores.rows || labels.columns !== scores.columns) {
    throw new RangeError(
      `labels are ${labels.rows} x ${labels.columns}, scores ${scores.rows} x ${scores.columns}`,
    );
  }
  if (labels.values.length !== labels.rows * labels.columns) {
    throw new RangeError(
      `${labels.values.length} labels for ${labels.rows} x ${labels.columns} cells`,
    );
  }
  checkCells(labels.values, scores.values);
}

/**
 * Checks that there is one score for each label, labels are 1, 0 or -1, and no score is NaN.
 * @throws RangeError otherwise
 */
export function checkCells(labels: Int8Array, scores: Scores): void {
  if (labels.length !== scores.length) {
    throw new RangeError(`${labels.length} labels, but ${scores.length} scores`);
  }
  for (let cell = 0; cell < labels.length; cell++) {
    if (labels[cell] > 1 || labels[cell] < UNKNOWN) {
      throw new RangeError(`label ${labels[cell]} at ${cell}; expected 1, 0 or -1`);
    }
    if (Number.isNaN(scores[cell])) throw new RangeError(`score ${cell} is NaN`);
  }
}

/** The labels of column `column`, copied. */
export function labelColumn(matrix: LabelMatrix, column: number): Int8Array {
  const values = new Int8Array(matrix.rows);
  copyColumn(matrix, column, values);
  return values;
}

/** The scores of column `column`, copied, in the matrix's own precision. */
export function scoreColumn(matrix: ScoreMatrix, column: number): Scores {
  const values =
    matrix.values instanceof Float32Array
      ? new Float32Array(matrix.rows)
      : new Float64Array(matrix.rows);
  copyColumn(matrix, column, values);
  return values;
}

function copyColumn(
  { rows, columns, values }: LabelMatrix | ScoreMatrix,
  column: number,
  into: Int8Array | Scores,
): void {
  for (let row = 0, cell = column; row < rows; row++, cell += columns) into[row] = values[cell];
}

/** How many cells are positive, negative and unknown. */
export interface LabelCounts {
  readonly positives: number;
  readonly negatives: number;
  readonly unknown: number;
}

/** Counts the labels of one column, or of a whole matrix. */
export function countLabels(labels: Int8Array): LabelCounts {
  let positives = 0;
  let unknown = 0;
  for (const label of labels) {
    if (label === 1) positives++;
    else if (label === UNKNOWN) unknown++;
  }
  return { positives, negatives: labels.length - positives - unknown, unknown };
}

/** Why nothing can be measured that needs at least one known label. */
export function whyNothingKnown(counts: LabelCounts): string {
  return counts.unknown === 0 ? 'no rows' : 'every label is unknown';
}

/** Why a measure is undefined that needs both a positive and a negative row. */
export function whyOneClass(counts: LabelCounts): string {
  if (counts.positives === 0 && counts.negatives === 0) return whyNothingKnown(counts);
  return counts.positives === 0 ? 'no positive rows' : 'no negative rows';
}
