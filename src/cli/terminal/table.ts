// Tables of text for a terminal: columns aligned, headings styled where the stream shows styles.
import { displayWidth, padToWidth } from './display-text.js';
import { emphasize } from './style.js';

/** One column. */
export interface Column {
  readonly header: string;
  /** Text is aligned left, numbers right. */
  readonly align: 'left' | 'right';
  /** A heading above the header, over all neighbouring columns that share it. */
  readonly group?: string | undefined;
}

/** The cells of one row, one a column; null draws a line across the table. */
export type TableRow = readonly string[] | null;

/** How a table looks. */
export interface TableOptions {
  /** The stream it will be printed to: styles appear only if it shows them (NO_COLOR, terminals). */
  readonly stream?: NodeJS.WritableStream | undefined;
}

const GAP = '  ';

/**
 * Lays out a table; every line ends in a line break, none in spaces. Cells must be free of control
 * characters.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly TableRow[],
  { stream }: TableOptions = {},
): string {
  const widths = columnWidths(columns, rows);
  const layOut = (cells: readonly string[]) =>
    cells.map((cell, column) => padToWidth(cell, widths[column], columns[column].align)).join(GAP);
  const bold = (line: string) => emphasize('bold', line, stream);
  const lines = [bold(layOut(columns.map(({ header }) => header)).trimEnd())];
  if (columns.some(({ group }) => group !== undefined)) {
    lines.unshift(bold(groupLine(columns, widths).trimEnd()));
  }
  const rule = '─'.repeat(tableWidth(columns, rows));
  for (const row of rows) {
    lines.push(row === null ? emphasize('dim', rule, stream) : layOut(row).trimEnd());
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** How many terminal columns a table fills. */
export function tableWidth(columns: readonly Column[], rows: readonly TableRow[]): number {
  const widths = columnWidths(columns, rows);
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (columns.length - 1);
}

function columnWidths(columns: readonly Column[], rows: readonly TableRow[]): number[] {
  return columns.map(({ header }, column) =>
    Math.max(displayWidth(header), ...rows.map((row) => displayWidth(row?.[column] ?? ''))),
  );
}

/** The headings of groups, each over the first header of its columns, or further left to fit. */
function groupLine(columns: readonly Column[], widths: readonly number[]): string {
  let line = '';
  let start = 0;
  columns.forEach(({ group, header, align }, column) => {
    if (group !== undefined && group !== columns[column - 1]?.group) {
      const inset = align === 'right' ? widths[column] - displayWidth(header) : 0;
      const slack = spanWidth(columns, widths, column) - displayWidth(group);
      line = padToWidth(line, start + Math.max(0, Math.min(inset, slack)), 'left') + group;
    }
    start += widths[column] + GAP.length;
  });
  return line;
}

/** How wide the columns from `first` are that share its group. */
function spanWidth(columns: readonly Column[], widths: readonly number[], first: number): number {
  let width = widths[first];
  for (let column = first + 1; columns[column]?.group === columns[first].group; column++) {
    width += GAP.length + widths[column];
  }
  return width;
}
