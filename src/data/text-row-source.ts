// Rows out of a stream of UTF-8 text: decodes, parses, and names the line of what is wrong.
import { polytagError } from '../errors/index.js';
import type { ByteChunks, ByteSource } from './byte-source.js';
import type { RowParser, TableRow } from './row-parser.js';
import type { RowSource } from './row-source.js';
import { Utf8Decoder } from './utf8-decoder.js';

/** Most characters that `peek` holds back, so that a thousand huge rows do not fill the memory. */
const peekCharacters = 64 * 2 ** 20;

export class TextRowSource implements RowSource {
  readonly rowUnit = 'line';
  private held: TableRow[] = [];
  private ignoresOtherFields = false;

  private constructor(
    readonly columns: readonly string[],
    private readonly parser: RowParser,
    private readonly chunks: ByteChunks,
    private readonly parsed: AsyncGenerator<TableRow[], void>,
  ) {}

  /**
   * Reads until the names of the columns are known.
   *
   * @throws PolytagError TABLE_EMPTY, TABLE_HEADER_INVALID, TABLE_ROW_INVALID or TABLE_DAMAGED; reading
   *   on may throw the last two
   */
  static async open(file: string, source: ByteSource, parser: RowParser): Promise<TextRowSource> {
    const parsed = parseChunks(file, source.chunks, parser);
    const first: TableRow[] = [];
    while (parser.columns === null) {
      const next = await parsed.next();
      if (next.done === true) {
        break;
      }
      first.push(...next.value);
    }
    if (parser.columns === null || parser.columns.length === 0) {
      throw polytagError('TABLE_EMPTY', { file, reason: 'it holds nothing but empty lines' });
    }
    const rows = new TextRowSource(parser.columns, parser, source.chunks, parsed);
    rows.held = first;
    return rows;
  }

  async peek(count: number): Promise<readonly TableRow[]> {
    let characters = 0;
    while (this.held.length < count && characters < peekCharacters) {
      const next = await this.parsed.next();
      if (next.done === true) {
        break;
      }
      for (const row of next.value) {
        this.held.push(row);
        characters += row.cells.reduce((sum, cell) => sum + cell.length, 0);
      }
    }
    return this.held.slice(0, count);
  }

  async *batches(): AsyncGenerator<TableRow[], void> {
    try {
      const { held } = this;
      this.held = [];
      if (held.length > 0) {
        yield held;
      }
      for await (const rows of this.parsed) {
        this.refuseStrayField();
        yield rows;
      }
      this.refuseStrayField();
    } finally {
      await this.close();
    }
  }

  ignoreOtherFields(): void {
    this.ignoresOtherFields = true;
  }

  async close(): Promise<void> {
    await this.parsed.return();
    await this.chunks.return();
  }

  // Not thrown where it is met: a chunk may hold it before the caller has said what counts.
  private refuseStrayField(): void {
    if (this.parser.strayField && !this.ignoresOtherFields) {
      throw this.parser.strayField;
    }
  }
}

async function* parseChunks(
  file: string,
  chunks: ByteChunks,
  parser: RowParser,
): AsyncGenerator<TableRow[], void> {
  const decoder = new Utf8Decoder();
  for await (const bytes of chunks) {
    const rows: TableRow[] = [];
    take(decoder.decode(bytes), rows);
    // Once the columns are known the caller waits for that, not for rows.
    yield rows;
  }
  const rows: TableRow[] = [];
  take(decoder.finish(), rows);
  parser.finish(rows);
  yield rows;

  function take({ text, valid }: { text: string; valid: boolean }, into: TableRow[]): void {
    if (!valid) {
      const line = parser.line + (text.match(/\n/g)?.length ?? 0);
      throw polytagError('TABLE_ROW_INVALID', {
        file,
        place: `line ${line}`,
        reason: 'the text is not UTF-8',
      });
    }
    parser.push(text, into);
  }
}
