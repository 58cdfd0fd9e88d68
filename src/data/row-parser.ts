// What all parsers of text formats have in common: text goes in piece by piece, rows come out.
import { polytagError } from '../errors/index.js';

/** A row of a table. */
export interface TableRow {
  /** Where the row begins: its line in the file, from 1; in a Parquet file the number of the row, from 1. */
  readonly line: number;
  /** One text a column, in the table's order; empty where there is nothing. */
  readonly cells: readonly string[];
}

/** A parser that is fed text piece by piece. How the text is cut into pieces makes no difference. */
export interface RowParser {
  /** The names of the columns, once known. */
  readonly columns: readonly string[] | null;
  /** The line that the next character stands on, from 1. */
  readonly line: number;
  /** The first field met that is outside `columns`; whether that is an error is for the reader to say. */
  readonly strayField?: Error | null;
  /** Appends to `rows` the rows that `text` completes. */
  push(text: string, rows: TableRow[]): void;
  /** Appends to `rows` what is left at the end of the file. */
  finish(rows: TableRow[]): void;
}

/** The longest row taken in, in characters (UTF-16 code units). */
export const longestRow = 100_000_000;

/** The error for a row longer than `longestRow`. */
export function rowTooLong(file: string, line: number, limit: number): Error {
  return polytagError('TABLE_ROW_INVALID', {
    file,
    place: `line ${line}`,
    reason: `the row that begins here is over ${limit} characters long, perhaps for want of a closing quote or a line break`,
  });
}

/** Collects the pieces of a text that arrives in many parts, without copying it more than twice. */
export class TextPieces {
  private pieces: string[] = [];
  private blocks: string[] = [];

  get isEmpty(): boolean {
    return this.pieces.length === 0 && this.blocks.length === 0;
  }

  add(piece: string): void {
    this.pieces.push(piece);
    // A cell of nothing but doubled quotes comes in millions of pieces; each costs more than its text.
    if (this.pieces.length === 4096) {
      this.blocks.push(this.pieces.join(''));
      this.pieces = [];
    }
  }

  /** The whole text; afterwards it is empty again. */
  take(): string {
    const text = this.blocks.join('') + this.pieces.join('');
    this.pieces = [];
    this.blocks = [];
    return text;
  }
}
