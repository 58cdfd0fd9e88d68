// Parses formats that put one row on one line: plain text, fastText and JSON Lines.
import { polytagError } from '../errors/index.js';
import { readJsonRecord } from './json-record.js';
import { longestRow, type RowParser, rowTooLong, type TableRow, TextPieces } from './row-parser.js';

/** Cuts text into lines ending with \n or \r\n. */
abstract class LineParser implements RowParser {
  abstract columns: readonly string[] | null;
  line = 1;
  private readonly pieces = new TextPieces();
  private length = 0;

  constructor(
    protected readonly file: string,
    private readonly rowLimit = longestRow,
  ) {}

  push(text: string, rows: TableRow[]): void {
    let at = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
      this.endLine(text.slice(at, end), rows);
      at = end + 1;
    }
    if (at < text.length) {
      this.pieces.add(text.slice(at));
      this.length += text.length - at;
      if (this.length > this.rowLimit) {
        throw rowTooLong(this.file, this.line, this.rowLimit);
      }
    }
  }

  finish(rows: TableRow[]): void {
    if (!this.pieces.isEmpty) {
      this.endLine('', rows);
    }
  }

  private endLine(lastPiece: string, rows: TableRow[]): void {
    let text = lastPiece;
    if (!this.pieces.isEmpty) {
      this.pieces.add(lastPiece);
      text = this.pieces.take();
      this.length = 0;
    }
    if (text.length > this.rowLimit) {
      throw rowTooLong(this.file, this.line, this.rowLimit);
    }
    this.readLine(text.endsWith('\r') ? text.slice(0, -1) : text, rows);
    this.line++;
  }

  protected abstract readLine(text: string, rows: TableRow[]): void;
}

/** One text a line, also the empty ones, in a column named `text`. */
export class PlainTextParser extends LineParser {
  readonly columns = ['text'];

  protected readLine(text: string, rows: TableRow[]): void {
    rows.push({ line: this.line, cells: [text] });
  }
}

/** Lines such as `__label__spam __label__rude Buy now!`, in columns `labels` (a JSON array) and `text`. */
export class FastTextParser extends LineParser {
  readonly columns = ['labels', 'text'];

  protected readLine(text: string, rows: TableRow[]): void {
    if (text.trim() === '') {
      return;
    }
    const labels: string[] = [];
    const prefix = /__label__(\S+)\s*/y;
    let start = 0;
    for (let match = prefix.exec(text); match !== null; match = prefix.exec(text)) {
      labels.push(match[1]);
      start = prefix.lastIndex;
    }
    rows.push({ line: this.line, cells: [JSON.stringify(labels), text.slice(start)] });
  }
}

/** How many rows are looked at before the columns are settled. */
export const sampleRows = 1000;
const sampleCharacters = 16 * 2 ** 20;

/**
 * One JSON object a line. The columns are the fields of the first 1,000 objects (or 16 Mi characters) in
 * order of appearance. A field missing in an object is an empty cell; one that appears later is left out
 * and told as `strayField`.
 */
export class JsonLinesParser extends LineParser {
  columns: readonly string[] | null = null;
  strayField: Error | null = null;
  private readonly names = new Map<string, number>();
  private waiting: { line: number; record: ReadonlyMap<string, string> }[] = [];
  private waitingCharacters = 0;

  protected readLine(text: string, rows: TableRow[]): void {
    if (text.trim() === '') {
      return;
    }
    const record = readJsonRecord(text);
    if (typeof record === 'string') {
      throw polytagError('TABLE_ROW_INVALID', {
        file: this.file,
        place: `line ${this.line}`,
        reason: record,
      });
    }
    if (this.columns !== null) {
      rows.push({ line: this.line, cells: this.toCells(record, this.line) });
      return;
    }
    for (const name of record.keys()) {
      if (!this.names.has(name)) {
        this.names.set(name, this.names.size);
      }
    }
    this.waiting.push({ line: this.line, record });
    this.waitingCharacters += text.length;
    if (this.waiting.length === sampleRows || this.waitingCharacters > sampleCharacters) {
      this.settleColumns(rows);
    }
  }

  override finish(rows: TableRow[]): void {
    super.finish(rows);
    if (this.columns === null) {
      this.settleColumns(rows);
    }
  }

  private settleColumns(rows: TableRow[]): void {
    this.columns = [...this.names.keys()];
    for (const { line, record } of this.waiting) {
      rows.push({ line, cells: this.toCells(record, line) });
    }
    this.waiting = [];
  }

  private toCells(record: ReadonlyMap<string, string>, line: number): string[] {
    const cells = new Array<string>(this.names.size).fill('');
    for (const [name, cell] of record) {
      const column = this.names.get(name);
      if (column !== undefined) {
        cells[column] = cell;
      } else {
        this.strayField ??= polytagError('TABLE_ROW_INVALID', {
          file: this.file,
          place: `line ${line}`,
          reason: `the field ${JSON.stringify(name)} appears in none of the first ${sampleRows} objects, from which the columns are taken; name it in one of them (null will do), or choose columns with --text and --labels`,
        });
      }
    }
    return cells;
  }
}
