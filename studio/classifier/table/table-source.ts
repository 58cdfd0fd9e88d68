// What the table is made of: a text in one of three layouts, and which of its columns is to be scored.
import {
  type SeparatedValues,
  likelySeparator,
  readLines,
  readSeparatedValues,
  type Separator,
} from './separated-values.js';

/** One text a line, or cells with something between them. */
export type Layout = 'lines' | Separator;

export interface TableSource {
  /** What it is called: the file's name, or that it was pasted. */
  readonly name: string;
  readonly text: string;
  readonly layout: Layout;
  readonly hasHeader: boolean;
  readonly column: number;
}

/** The rows of a source without its header. */
export interface SourceRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Most rows that one table holds. */
const mostRows = 100_000;

/** Reads the rows; a sentence where that is not possible. */
export function readSource(
  source: Pick<TableSource, 'text' | 'layout' | 'hasHeader'>,
): SourceRows | string {
  const { text, layout, hasHeader } = source;
  const values: SeparatedValues =
    layout === 'lines' ? { rows: readLines(text) } : readSeparatedValues(text, layout);
  if (values.rows === undefined) return values.problem;
  const rows = hasHeader ? values.rows.slice(1) : values.rows;
  if (rows.length === 0) return 'There are no rows in it.';
  if (rows.length > mostRows) {
    const found = rows.length.toLocaleString('en');
    return `It has ${found} rows; this page takes ${mostRows.toLocaleString('en')} at most. Use polytag predict for more.`;
  }
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const names = hasHeader ? values.rows[0] : [];
  const columns = Array.from({ length: width }, (_, index) => {
    const name = names.at(index)?.trim() ?? '';
    return name === '' ? `Column ${index + 1}` : name;
  });
  return { columns, rows };
}

/** The column with the longest texts, judged by the first hundred rows. */
function likelyColumn({ columns, rows }: SourceRows): number {
  const sample = rows.slice(0, 100);
  const lengths = columns.map((_, index) =>
    sample.reduce((sum, row) => sum + (row.at(index)?.length ?? 0), 0),
  );
  return lengths.indexOf(Math.max(...lengths));
}

function withColumn(source: Omit<TableSource, 'column'>): TableSource {
  const rows = readSource(source);
  return { ...source, column: typeof rows === 'string' ? 0 : likelyColumn(rows) };
}

/** A first guess of how pasted text is laid out: cells of a spreadsheet have tabs between them. */
export function pastedSource(text: string): TableSource {
  const layout = text.includes('\t') ? '\t' : 'lines';
  return withColumn({ name: 'Pasted text', text, layout, hasHeader: layout === '\t' });
}

export function fileSource(name: string, text: string): TableSource {
  const layout = /\.(tsv|tab)$/i.test(name)
    ? '\t'
    : /\.txt$/i.test(name)
      ? 'lines'
      : likelySeparator(text);
  return withColumn({ name, text, layout, hasHeader: layout !== 'lines' });
}

/** The source laid out otherwise, with the column that then looks likeliest. */
export function relaidSource(
  source: TableSource,
  change: Partial<Pick<TableSource, 'layout' | 'hasHeader'>>,
): TableSource {
  return withColumn({ ...source, ...change });
}
