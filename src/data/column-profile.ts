// Looks at the first rows of a table and says what each column seems to hold.
import {
  type ListStyle,
  parseLabelList,
  parseLabelValue,
  recogniseListStyle,
} from './label-cells.js';
import type { TableRow } from './row-parser.js';

/** What a column holds, as far as a sample of its cells shows. */
export interface ColumnProfile {
  readonly name: string;
  readonly index: number;
  /** An example of a filled cell, cut to 40 characters; empty if there is none. */
  readonly example: string;
  /** Mean length of filled cells, in characters. */
  readonly meanLength: number;
  /** All filled cells are label values (1, 0, -1, true, false), and there is one. */
  readonly isBinary: boolean;
  readonly isNumeric: boolean;
  /** Most filled cells are words with blanks between, or in a script that does without; and they differ. */
  readonly isProse: boolean;
  /** Cells that name the row: no two alike, short, in one piece. */
  readonly isIdentifier: boolean;
  /** How label lists are written here, if these are lists of names that recur. */
  readonly listStyle: ListStyle | null;
}

const longestIdentifier = 64;
const longestListName = 60;

/** Profiles of all columns, from `rows`. */
export function profileColumns(
  columns: readonly string[],
  rows: readonly TableRow[],
): ColumnProfile[] {
  return columns.map((name, index) => {
    const filled = rows.map((row) => row.cells[index]).filter((cell) => cell.trim() !== '');
    const characters = filled.reduce((sum, cell) => sum + cell.length, 0);
    const isNumeric = filled.length > 0 && filled.every((cell) => Number.isFinite(Number(cell)));
    const isBinary =
      filled.length > 0 && filled.every((cell) => parseLabelValue(cell) !== undefined);
    return {
      name,
      index,
      example: shorten(filled[0] ?? ''),
      meanLength: filled.length === 0 ? 0 : characters / filled.length,
      isBinary,
      isNumeric,
      isProse: isProse(filled),
      isIdentifier: namesIdentifier(name) || areIdentifiers(filled, rows.length),
      listStyle: isNumeric || isBinary ? null : findListStyle(filled),
    };
  });
}

/** A cell's text on one line, cut to 40 characters. */
export function shorten(text: string): string {
  const line = text.slice(0, 200).replace(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 38)}..` : line;
}

function isProse(filled: readonly string[]): boolean {
  const words = filled.filter((cell) => {
    const start = cell.slice(0, 2000).trim();
    return /\p{L}/u.test(start) && (/\s/.test(start) || /[\u0e00-\u0eff\u3040-\u9fff]/.test(start));
  });
  return words.length * 2 > filled.length && new Set(filled).size * 2 > filled.length;
}

/** `id`, `comment_id`, `commentId`, and the names that pandas gives to its index. */
function namesIdentifier(name: string): boolean {
  return /^(?:|index|unnamed: \d+)$|(?:^|[\s_-])id$/i.test(name) || /[a-z]Id$/.test(name);
}

function areIdentifiers(filled: readonly string[], rows: number): boolean {
  return (
    filled.length === rows &&
    filled.every((cell) => cell.length <= longestIdentifier && /^\S+$/.test(cell)) &&
    // Measured values differ in each row too.
    !filled.some((cell) => /^-?\d*\.\d+(?:e-?\d+)?$/i.test(cell)) &&
    new Set(filled).size === rows
  );
}

function findListStyle(filled: readonly string[]): ListStyle | null {
  const style = recogniseListStyle(filled);
  const names = filled.flatMap((cell) => parseLabelList(cell, style) ?? []);
  const distinct = new Set(names).size;
  // Labels recur; a handful of rows may show each only once or twice, a thousand rows not.
  const recurring = distinct < names.length && (names.length < 100 || distinct * 2 <= names.length);
  const short = names.every((name) => name.length <= longestListName);
  return style === 'array' || (recurring && short) ? style : null;
}
