// Which rows of a scored table are shown, and in which order.

/** Scores row by row, `labels` a row; NaN where a row is not scored yet. */
export interface ScoreTable {
  readonly rows: number;
  readonly labels: number;
  readonly scores: Float32Array;
}

/** Ordered by the table's own order, or by the scores of a label. */
export type RowOrder =
  | { readonly by: 'row' }
  | { readonly by: 'label'; readonly label: number; readonly descending: boolean };

/** All rows, those that any label flags, those that none does, or those that one label flags. */
export type RowFilter = 'all' | 'any' | 'none' | number;

/** Whether a row of scores is flagged by `label`. */
export function isFlagged(
  table: ScoreTable,
  row: number,
  label: number,
  thresholds: readonly number[],
): boolean {
  return table.scores[row * table.labels + label] >= thresholds[label];
}

function isFlaggedByAny(table: ScoreTable, row: number, thresholds: readonly number[]): boolean {
  return thresholds.some((_, label) => isFlagged(table, row, label, thresholds));
}

function isScored({ scores, labels }: ScoreTable, row: number): boolean {
  return !Number.isNaN(scores[row * labels]);
}

function passes(
  table: ScoreTable,
  row: number,
  filter: RowFilter,
  thresholds: readonly number[],
): boolean {
  if (filter === 'all') return true;
  if (filter === 'any') return isFlaggedByAny(table, row, thresholds);
  if (filter === 'none') return isScored(table, row) && !isFlaggedByAny(table, row, thresholds);
  return isFlagged(table, row, filter, thresholds);
}

/** The indexes of the rows to show, in order. Rows that are not scored yet come last; equals keep their order. */
export function orderRows(
  table: ScoreTable,
  order: RowOrder,
  filter: RowFilter,
  thresholds: readonly number[],
): Uint32Array {
  const shown = new Uint32Array(table.rows);
  let count = 0;
  for (let row = 0; row < table.rows; row++) {
    if (passes(table, row, filter, thresholds)) shown[count++] = row;
  }
  const rows = shown.subarray(0, count);
  if (order.by === 'row') return rows;
  const { label, descending } = order;
  const last = descending ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const sign = descending ? -1 : 1;
  const value = (row: number): number => {
    const score = table.scores[row * table.labels + label];
    return Number.isNaN(score) ? last : score;
  };
  return rows.sort((one, other) => {
    const [first, second] = [value(one), value(other)];
    return first === second ? one - other : sign * (first < second ? -1 : 1);
  });
}

/** How many rows each filter leaves. */
export function countFlagged(
  table: ScoreTable,
  thresholds: readonly number[],
): { readonly scored: number; readonly any: number; readonly byLabel: readonly number[] } {
  const byLabel = thresholds.map(() => 0);
  let scored = 0;
  let any = 0;
  for (let row = 0; row < table.rows; row++) {
    if (!isScored(table, row)) continue;
    scored++;
    let flagged = false;
    for (let label = 0; label < table.labels; label++) {
      if (!isFlagged(table, row, label, thresholds)) continue;
      byLabel[label]++;
      flagged = true;
    }
    if (flagged) any++;
  }
  return { scored, any, byLabel };
}
