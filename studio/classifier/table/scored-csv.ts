// The scored table as a file: the source's own columns, then a score and a decision for each label.
import { isFlagged, type ScoreTable } from './row-order.js';
import { writeCsv } from './separated-values.js';
import type { SourceRows } from './table-source.js';

/** The rows of `shown` as CSV; rows that are not scored have empty cells. */
export function scoredCsv(
  { columns, rows }: SourceRows,
  table: ScoreTable,
  shown: Uint32Array,
  labels: readonly string[],
  thresholds: readonly number[],
): string {
  const head = [
    ...columns,
    ...labels.map((label) => `${label}_score`),
    ...labels.map((label) => `${label}_flagged`),
  ];
  const cells = [...shown].map((row) => {
    const isScored = !Number.isNaN(table.scores[row * table.labels]);
    const scores = labels.map((_, label) => {
      const score = table.scores[row * table.labels + label];
      return isScored ? Number(score.toPrecision(7)) : '';
    });
    const flags = labels.map((_, label) =>
      isScored ? (isFlagged(table, row, label, thresholds) ? 1 : 0) : '',
    );
    const own = columns.map((_, index) => rows[row].at(index) ?? '');
    return [...own, ...scores, ...flags];
  });
  // Spreadsheets take a file without the mark for one in the system's old encoding.
  return `\uFEFF${writeCsv([head, ...cells])}`;
}

/** Has the browser save a text as a file. */
export function saveFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 10_000);
}
