// Reads tables of separated values: RFC 4180, with the separator of one's choice, line ends of any system, and rows
// of unequal length as they are. What the format does not allow is said with its line.

/** What separates the cells of a row. */
export type Separator = ',' | ';' | '\t';

/** Rows of cells, or the first thing that is wrong with the text. */
export type SeparatedValues =
  | { readonly rows: readonly (readonly string[])[]; readonly problem?: undefined }
  | { readonly rows?: undefined; readonly problem: string };

const quote = '"';

function isLineEnd(text: string, at: number): boolean {
  return at >= text.length || text[at] === '\n' || text[at] === '\r';
}

/** The place after the line end at `at`. */
function afterLineEnd(text: string, at: number): number {
  return text.startsWith('\r\n', at) ? at + 2 : at + 1;
}

/** A cell, and the place after it; undefined where its quote never ends. */
type Cell = { readonly value: string; readonly end: number } | undefined;

function readQuoted(text: string, start: number): Cell {
  const parts: string[] = [];
  let at = start + 1;
  for (;;) {
    const closing = text.indexOf(quote, at);
    if (closing === -1) return undefined;
    parts.push(text.slice(at, closing));
    if (text[closing + 1] !== quote) return { value: parts.join(quote), end: closing + 1 };
    at = closing + 2;
  }
}

function readBare(text: string, start: number, separator: Separator): Cell {
  let end = start;
  while (!isLineEnd(text, end) && text[end] !== separator) end++;
  return { value: text.slice(start, end), end };
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split(/\r\n|\n|\r/).length;
}

/**
 * The rows of `text`; lines without anything on them are none. A quote inside a cell that does not begin with one is
 * a character like any other, as spreadsheets write it.
 */
export function readSeparatedValues(text: string, separator: Separator): SeparatedValues {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const quoted = text[at] === quote;
    const cell = quoted ? readQuoted(text, at) : readBare(text, at, separator);
    if (cell === undefined) {
      return { problem: `The quote that begins on line ${lineOf(text, at)} never ends.` };
    }
    if (!isLineEnd(text, cell.end) && text[cell.end] !== separator) {
      const line = lineOf(text, cell.end);
      return {
        problem: `Line ${line} has text after a closing quote; a quote in a cell is written "".`,
      };
    }
    row.push(cell.value);
    at = cell.end;
    if (at < text.length && text[at] === separator) {
      at++;
      // A separator at the very end still has a cell after it.
      if (at < text.length) continue;
      row.push('');
    }
    if (!(row.length === 1 && row[0] === '' && !quoted)) rows.push(row);
    row = [];
    if (at < text.length) at = afterLineEnd(text, at);
  }
  return { rows };
}

/** The separator that the first line has most of outside quotes; a comma where it has none. */
export function likelySeparator(text: string): Separator {
  const counts = { '\t': 0, ',': 0, ';': 0 };
  let inQuotes = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === quote) inQuotes = !inQuotes;
    else if (!inQuotes && isLineEnd(text, at)) break;
    else if (!inQuotes && text[at] in counts) counts[text[at] as Separator]++;
  }
  if (counts['\t'] > 0) return '\t';
  return counts[';'] > counts[','] ? ';' : ',';
}

/** The text of a line a row: what is pasted from a column without any quotes. Empty lines are none. */
export function readLines(text: string): string[][] {
  return text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .map((line) => [line]);
}

/** Spreadsheets run what begins so: such a cell gets an apostrophe, which they show as text. */
const formula = /^[=+\-@\t\r]/;

/** A cell as CSV; what a spreadsheet would take for a formula is kept from running. Numbers are never formulas. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = formula.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV, with the line ends that RFC 4180 wants. */
export function writeCsv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}
