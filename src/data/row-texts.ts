// Texts and row names of a table as a stream: what scoring and encoding read.
import { ColumnFinder } from './columns.js';
import { sampleRows } from './line-parsers.js';
import { type OpenTableOptions, openTable, type Table } from './table.js';

/** What to read. */
export interface StreamTextsOptions extends OpenTableOptions {
  /** The text column; default: found from the first 1,000 rows. */
  readonly text?: string | undefined;
  /** The text column if the table has one of that name; a model knows what it was called in training. */
  readonly textColumnHint?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One text. */
export interface TextRow {
  /** Where it begins (see `Table.place`). */
  readonly line: number;
  /** The cells of `idColumns`, in their order. */
  readonly ids: readonly string[];
  readonly text: string;
}

/** The texts of a table. `rows` can be read once; `close` the stream if they are not read to the end. */
export interface TextStream {
  readonly file: string;
  readonly textColumn: string;
  /** Columns that name the rows; may be none. */
  readonly idColumns: readonly string[];
  readonly rows: AsyncIterable<TextRow>;
  /** Where a row is, for messages. */
  place(line: number): string;
  close(): Promise<void>;
}

/**
 * Opens a table to read its texts, in constant memory. Label columns, if there are any, are passed over.
 *
 * @throws PolytagError as `openTable`, and COLUMN_MISSING or TEXT_COLUMN_UNCLEAR
 */
export async function streamTexts(
  path: string,
  options: StreamTextsOptions = {},
): Promise<TextStream> {
  const table = await openTable(path, options);
  try {
    const { file, columns } = table;
    const rows = await table.peek(sampleRows);
    const { text, textColumnHint: textHint } = options;
    const finder = new ColumnFinder({ file, columns, rows, text, textHint });
    const textColumn = finder.findText();
    const idColumns = finder.findIdentifiers(textColumn, null);
    table.ignoreOtherFields();
    return {
      file,
      textColumn,
      idColumns,
      rows: readTexts(table, textColumn, idColumns, options.signal),
      place: (line) => table.place(line),
      close: () => table.close(),
    };
  } catch (error) {
    await table.close();
    throw error;
  }
}

async function* readTexts(
  table: Table,
  textColumn: string,
  idColumns: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<TextRow, void> {
  const text = table.columns.indexOf(textColumn);
  const ids = idColumns.map((name) => table.columns.indexOf(name));
  const columns = [textColumn, ...idColumns];
  for await (const row of table.rows(signal === undefined ? { columns } : { columns, signal })) {
    yield { line: row.line, ids: ids.map((column) => row.cells[column]), text: row.cells[text] };
  }
}
