// A table on disk or on standard input: its columns, a look at its first rows, and all its rows as a stream.
import { polytagError } from '../errors/index.js';
import { inspectFile, openByteSource, standardInput } from './byte-source.js';
import { ParquetRowSource } from './parquet-row-source.js';
import type { TableRow } from './row-parser.js';
import type { RowSource } from './row-source.js';
import { createParser, recogniseFormat, type TableFormat } from './table-format.js';
import { TextRowSource } from './text-row-source.js';

/** How to open a table. */
export interface OpenTableOptions {
  /** The format, where neither the extension nor the content should decide. */
  readonly format?: TableFormat;
}

/** An open table. Its rows can be read once; `close` it if they are not read to the end. */
export class Table {
  private readonly source: RowSource;
  private started = false;

  constructor(
    /** The path as given, or `standard input`; for messages. */
    readonly file: string,
    /** The format it is read as. */
    readonly format: TableFormat,
    source: RowSource,
  ) {
    this.source = source;
  }

  /** The names of the columns; no two are the same. */
  get columns(): readonly string[] {
    return this.source.columns;
  }

  /** Where row number `line` is, for messages: `line 12`, or `row 12` of a Parquet file. */
  place(line: number): string {
    return `${this.source.rowUnit} ${line}`;
  }

  /** The first `count` rows, fewer if the table or the memory for them (64 Mi characters) ends before. */
  async peek(count: number): Promise<readonly TableRow[]> {
    return await this.source.peek(count);
  }

  /** From now on, JSON fields that the first rows lack are passed over; otherwise they are errors. */
  ignoreOtherFields(): void {
    this.source.ignoreOtherFields();
  }

  /**
   * All rows in order, in constant memory (Parquet: one row group).
   *
   * @param options.columns names of the columns whose cells are needed; others may come empty (default
   *   all); it saves time with Parquet
   * @throws PolytagError TABLE_ROW_INVALID or TABLE_DAMAGED; the signal's reason when aborted
   */
  async *rows(
    options: { readonly columns?: readonly string[]; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<TableRow, void> {
    if (this.started) {
      throw new Error(`the rows of ${this.file} are read a second time`);
    }
    this.started = true;
    const wanted = options.columns?.map((name) => this.columns.indexOf(name));
    const batches = this.source.batches(wanted);
    try {
      for await (const batch of batches) {
        options.signal?.throwIfAborted();
        yield* batch;
      }
    } finally {
      await batches.return();
    }
  }

  async close(): Promise<void> {
    await this.source.close();
  }
}

/**
 * Opens a table: CSV, TSV, JSON Lines, Parquet, fastText lines or plain lines, as it is or packed as .gz
 * or .zip (one table inside). `-` is standard input. The format follows from the extension, else from
 * the content.
 *
 * @throws PolytagError FILE_MISSING, FILE_UNREADABLE, TABLE_EMPTY, TABLE_FORMAT_UNSUPPORTED,
 *   TABLE_HEADER_INVALID, TABLE_ROW_INVALID, TABLE_DAMAGED or ZIP_UNSUITABLE
 */
export async function openTable(path: string, options: OpenTableOptions = {}): Promise<Table> {
  const file = path === '-' ? standardInput : path;
  const bytes = await openByteSource(path);
  try {
    const format = options.format ?? recogniseFormat(file, bytes.name, bytes.head);
    if (format !== 'parquet') {
      const parser = createParser(file, format, bytes.head);
      return new Table(file, format, await TextRowSource.open(file, bytes, parser));
    }
    await bytes.chunks.return();
    const plain = path !== '-' && !bytes.packed && (await inspectFile(path)).isFile();
    if (!plain) {
      throw polytagError('TABLE_FORMAT_UNSUPPORTED', {
        file,
        reason:
          'it is Parquet, which is read from its end: give it as a file of its own, neither packed nor piped',
      });
    }
    return new Table(file, format, await ParquetRowSource.open(path));
  } catch (error) {
    await bytes.chunks.return();
    throw error;
  }
}
