// Parses CSV and TSV (RFC 4180 and what is found in the wild), with the line of each row.
import { polytagError } from '../errors/index.js';
import { longestRow, type RowParser, rowTooLong, type TableRow, TextPieces } from './row-parser.js';

/** How cells are separated and whether they may be quoted. */
export interface DelimitedDialect {
  readonly delimiter: ',' | ';' | '\t';
  /** Whether a cell that begins with " ends with ", may hold anything, and holds "" for ". */
  readonly quoting: boolean;
}

const lineFeed = 10;
const carriageReturn = 13;
const quote = 34;

const mostColumns = 65_536;

enum State {
  CellStart,
  Plain,
  Quoted,
  AfterQuote,
  AfterReturn,
}

/**
 * Rows end with \n, \r\n or \r. Empty lines are skipped. A quote inside a cell that does not begin with
 * one is an ordinary character. The first row names the columns; each later row must have as many cells.
 *
 * Throws PolytagError TABLE_ROW_INVALID or TABLE_HEADER_INVALID.
 */
export class DelimitedParser implements RowParser {
  columns: readonly string[] | null = null;
  line = 1;
  /** Whether a cell so far could not have been read with `quoting` off: it holds "", a delimiter or a break. */
  needsQuoting = false;
  /** Whether all column names are quoted. */
  headerQuoted = false;

  private readonly delimiter: number;
  private state = State.CellStart;
  private cells: string[] = [];
  private readonly pieces = new TextPieces();
  private quotedCells = 0;
  private rowLine = 1;
  private quoteLine = 1;
  /** Characters of the unfinished row that came with earlier pieces. */
  private rowLength = 0;
  /** Where the unfinished row begins in the piece at hand. */
  private rowStart = 0;
  /** Where the next \n of the piece at hand is, as far as it has been looked for. */
  private nextBreak = -1;
  private rows: TableRow[] = [];

  constructor(
    private readonly file: string,
    private readonly dialect: DelimitedDialect,
    private readonly rowLimit = longestRow,
  ) {
    this.delimiter = dialect.delimiter.charCodeAt(0);
  }

  push(text: string, rows: TableRow[]): void {
    this.rows = rows;
    this.rowStart = 0;
    this.nextBreak = -1;
    let at = 0;
    while (at < text.length) {
      at = this.step(text, at);
    }
    this.rowLength += text.length - this.rowStart;
    if (this.rowLength > this.rowLimit) {
      throw rowTooLong(this.file, this.rowLine, this.rowLimit);
    }
    if (this.cells.length > (this.columns?.length ?? mostColumns)) {
      throw this.wrongCellCount(this.cells.length, 'or more');
    }
  }

  finish(rows: TableRow[]): void {
    this.rows = rows;
    this.rowStart = 0;
    if (this.state === State.Quoted) {
      throw this.invalid(this.quoteLine, 'the quoted cell that begins here has no closing quote');
    }
    if (this.state === State.AfterQuote) {
      this.quotedCells++;
    }
    if (this.cells.length > 0 || this.state === State.Plain || this.state === State.AfterQuote) {
      this.cells.push(this.pieces.take());
      this.endRow(0);
    }
  }

  private step(text: string, at: number): number {
    switch (this.state) {
      case State.AfterReturn:
        this.state = State.CellStart;
        if (text.charCodeAt(at) === lineFeed) {
          this.rowStart = at + 1;
          return at + 1;
        }
        return at;
      case State.CellStart:
        if (this.dialect.quoting && text.charCodeAt(at) === quote) {
          this.state = State.Quoted;
          this.quoteLine = this.line;
          return at + 1;
        }
        return this.readPlain(text, at);
      case State.Plain:
        return this.readPlain(text, at);
      case State.Quoted:
        return this.readQuoted(text, at);
      case State.AfterQuote:
        return this.readAfterQuote(text, at);
    }
  }

  private readPlain(text: string, at: number): number {
    for (let end = at; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === this.delimiter || code === lineFeed || code === carriageReturn) {
        this.endCell(text.slice(at, end));
        return this.readSeparator(code, end);
      }
    }
    this.state = State.Plain;
    this.pieces.add(text.slice(at));
    return text.length;
  }

  private readQuoted(text: string, at: number): number {
    const found = text.indexOf('"', at);
    const end = found === -1 ? text.length : found;
    this.countBreaks(text, at, end);
    if (end > at) {
      this.pieces.add(text.slice(at, end));
    }
    if (found === -1) {
      return end;
    }
    this.state = State.AfterQuote;
    return end + 1;
  }

  // The next break is remembered: among many quotes and few breaks, a search from each quote would be slow.
  private countBreaks(text: string, start: number, end: number): void {
    if (this.nextBreak < start) {
      this.nextBreak = findBreak(text, start);
    }
    while (this.nextBreak < end) {
      this.line++;
      this.needsQuoting = true;
      this.nextBreak = findBreak(text, this.nextBreak + 1);
    }
  }

  private readAfterQuote(text: string, at: number): number {
    const code = text.charCodeAt(at);
    if (code === quote) {
      this.pieces.add('"');
      this.needsQuoting = true;
      this.state = State.Quoted;
      return at + 1;
    }
    if (code !== this.delimiter && code !== lineFeed && code !== carriageReturn) {
      throw this.invalid(
        this.quoteLine,
        `the quoted cell that begins here ends on line ${this.line}, but ${JSON.stringify(text.slice(at, at + 12))} follows its closing quote; a quote inside a quoted cell is written twice`,
      );
    }
    this.quotedCells++;
    this.endCell('');
    return this.readSeparator(code, at);
  }

  private endCell(lastPiece: string): void {
    if (this.pieces.isEmpty) {
      this.cells.push(lastPiece);
    } else {
      this.pieces.add(lastPiece);
      this.cells.push(this.pieces.take());
    }
  }

  private readSeparator(code: number, at: number): number {
    this.state = State.CellStart;
    if (code !== this.delimiter) {
      this.line++;
      this.endRow(at + 1);
      if (code === carriageReturn) {
        this.state = State.AfterReturn;
      }
    }
    return at + 1;
  }

  private endRow(next: number): void {
    const { cells, rowLine: line, quotedCells } = this;
    if (this.rowLength + next - this.rowStart > this.rowLimit) {
      throw rowTooLong(this.file, line, this.rowLimit);
    }
    // A line that says nothing; but "" is a cell, and in a table of one column so are blanks.
    const blank =
      cells.length === 1 &&
      quotedCells === 0 &&
      (cells[0] === '' || (this.columns?.length !== 1 && cells[0].trim() === ''));
    if (!blank) {
      if (this.columns === null) {
        this.columns = this.checkHeader(cells);
        this.headerQuoted = quotedCells === cells.length;
      } else if (cells.length !== this.columns.length) {
        throw this.wrongCellCount(cells.length, '');
      } else {
        this.rows.push({ line, cells });
      }
    }
    this.cells = [];
    this.quotedCells = 0;
    this.rowLength = 0;
    this.rowStart = next;
    this.rowLine = this.line;
  }

  private checkHeader(names: readonly string[]): readonly string[] {
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined) {
      const reason = `two columns are named ${JSON.stringify(twice)}`;
      throw polytagError('TABLE_HEADER_INVALID', { file: this.file, line: this.rowLine, reason });
    }
    return names;
  }

  private wrongCellCount(found: number, more: string): Error {
    const expected = this.columns?.length ?? mostColumns;
    const count = `${found}${more === '' ? '' : ` ${more}`} ${found === 1 ? 'cell' : 'cells'}`;
    const wanted = this.columns === null ? `at most ${expected}` : `${expected}, as the first row`;
    return this.invalid(this.rowLine, `the row has ${count}; expected ${wanted}`);
  }

  private invalid(line: number, reason: string): Error {
    return polytagError('TABLE_ROW_INVALID', { file: this.file, place: `line ${line}`, reason });
  }
}

function findBreak(text: string, from: number): number {
  const found = text.indexOf('\n', from);
  return found === -1 ? text.length : found;
}
