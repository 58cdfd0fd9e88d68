// Rows of feedback as CSV or JSON Lines that `polytag train` reads: id, time, text, and one column a label.
import type { FileHandle } from 'node:fs/promises';

/** What somebody says a text is. */
export interface FeedbackRow {
  /** Names the row; the request's id does. */
  readonly id: string;
  readonly text: string;
  /** 1 it is, 0 it is not, by label; a label that is left out is unknown. */
  readonly labels: ReadonlyMap<string, 0 | 1>;
}

/** How rows are written. */
export interface FeedbackFormat {
  readonly extension: '.csv' | '.jsonl';
  /** What a new file begins with, with its line end. */
  readonly header: string;
  formatRow(row: FeedbackRow, time: Date): string;
  /** Where the last complete row of a file ends, in bytes. */
  findEnd(file: FileHandle): Promise<number>;
}

const lineFeed = 0x0a;
const quote = 0x22;
const pieceBytes = 1 << 16;

function csvCell(text: string): string {
  // Blanks at the ends are quoted too: some readers take them off.
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line end inside quotes ends no row. */
async function findLastLineEnd(file: FileHandle, isQuoting: boolean): Promise<number> {
  const piece = Buffer.alloc(pieceBytes);
  let end = 0;
  let isQuoted = false;
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(piece, 0, pieceBytes, position);
    if (bytesRead === 0) return end;
    for (let at = 0; at < bytesRead; at++) {
      if (isQuoting && piece[at] === quote) isQuoted = !isQuoted;
      else if (piece[at] === lineFeed && !isQuoted) end = position + at + 1;
    }
    position += bytesRead;
  }
}

/** @param labels in the order of their columns */
export function csvFormat(labels: readonly string[]): FeedbackFormat {
  const columns = ['id', 'time', 'text', ...labels];
  return {
    extension: '.csv',
    header: `${columns.map(csvCell).join(',')}\n`,
    formatRow: (row, time) => {
      const values = labels.map((label) => String(row.labels.get(label) ?? ''));
      const cells = [row.id, time.toISOString(), row.text, ...values];
      return `${cells.map(csvCell).join(',')}\n`;
    },
    findEnd: (file) => findLastLineEnd(file, true),
  };
}

export function jsonLinesFormat(labels: readonly string[]): FeedbackFormat {
  return {
    extension: '.jsonl',
    header: '',
    formatRow: (row, time) => {
      // By entries, so that a label of the name __proto__ is a member like any other.
      const members: [string, unknown][] = [
        ['id', row.id],
        ['time', time.toISOString()],
        ['text', row.text],
        ...labels.map((label): [string, unknown] => [label, row.labels.get(label) ?? null]),
      ];
      return `${JSON.stringify(Object.fromEntries(members))}\n`;
    },
    findEnd: (file) => findLastLineEnd(file, false),
  };
}
