// Writes rows as CSV, TSV and JSON Lines.
import { formatFloat32 } from './number-text.js';
import type { OutputCell, OutputColumn, RowFormat } from './row-format.js';
import { noBytes } from './row-format.js';

const pieceCharacters = 256 * 1024;

abstract class TextFormat implements RowFormat {
  private lines: string[] = [];
  private characters = 0;

  abstract start(): Uint8Array;

  protected abstract formatRow(row: readonly OutputCell[]): string;

  append(row: readonly OutputCell[]): void {
    const line = this.formatRow(row);
    this.lines.push(line);
    this.characters += line.length;
  }

  get isFull(): boolean {
    return this.characters > pieceCharacters;
  }

  take(): Uint8Array {
    const bytes = Buffer.from(this.lines.join(''), 'utf8');
    this.lines = [];
    this.characters = 0;
    return bytes;
  }

  end(): Uint8Array {
    return noBytes;
  }
}

/**
 * CSV as in RFC 4180, but lines end with \n; or TSV. Cells are quoted where they need it. A TSV header is
 * quoted as a whole: it tells readers, ours among them, that cells may be. Text that a spreadsheet would
 * take for a formula is left as it is.
 */
export class DelimitedFormat extends TextFormat {
  private readonly special: RegExp;

  constructor(
    private readonly columns: readonly OutputColumn[],
    private readonly delimiter: ',' | '\t',
  ) {
    super();
    this.special = delimiter === ',' ? /[",\r\n]/ : /["\t\r\n]/;
  }

  start(): Uint8Array {
    // A semicolon or tab in the header, unquoted, could be taken for the separator.
    const quoteAll =
      this.delimiter === '\t' || this.columns.some(({ name }) => /[;\t\ufeff]/.test(name));
    const names = this.columns.map(({ name }) => (quoteAll ? quote(name) : this.toCell(name)));
    return Buffer.from(`${names.join(this.delimiter)}\n`, 'utf8');
  }

  protected formatRow(row: readonly OutputCell[]): string {
    return `${row.map((cell) => this.toCell(cell)).join(this.delimiter)}\n`;
  }

  private toCell(cell: OutputCell): string {
    if (typeof cell === 'number') {
      return formatFloat32(cell);
    }
    if (typeof cell !== 'string') {
      return '';
    }
    // A row of one empty cell would be an empty line, which readers skip; so is one of blanks.
    const looksEmpty = this.columns.length === 1 && cell.trim() === '';
    return looksEmpty || this.special.test(cell) ? quote(cell) : cell;
  }
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** One JSON object a line; a number that JSON cannot write (NaN, infinity) becomes null. */
export class JsonLinesFormat extends TextFormat {
  private readonly names: readonly string[];

  constructor(private readonly columns: readonly OutputColumn[]) {
    super();
    this.names = columns.map(({ name }) => JSON.stringify(name));
  }

  start(): Uint8Array {
    return noBytes;
  }

  protected formatRow(row: readonly OutputCell[]): string {
    // Written by hand, not through an object: a column may be called `__proto__` or `1`.
    const fields = row.map((cell, column) => `${this.names[column]}:${this.toJson(cell, column)}`);
    return `{${fields.join(',')}}\n`;
  }

  private toJson(cell: OutputCell, column: number): string {
    if (cell === null) {
      return 'null';
    }
    if (typeof cell === 'string') {
      return JSON.stringify(cell);
    }
    if (typeof cell === 'number') {
      return toJsonNumber(cell);
    }
    const { shape } = this.columns[column];
    const numbers = Array.from(cell, toJsonNumber);
    if (shape === undefined || shape.length < 2) {
      return `[${numbers.join(',')}]`;
    }
    const rows: string[] = [];
    for (let at = 0; at < numbers.length; at += shape[1]) {
      rows.push(`[${numbers.slice(at, at + shape[1]).join(',')}]`);
    }
    return `[${rows.join(',')}]`;
  }
}

function toJsonNumber(value: number): string {
  return Number.isFinite(value) ? formatFloat32(value) : 'null';
}
