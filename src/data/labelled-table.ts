// Reads a table of texts and labels whole, for training and evaluation.
import { polytagError } from '../errors/index.js';
import type { LabelMatrix } from '../metrics/index.js';
import { shorten } from './column-profile.js';
import { ColumnFinder, type LabelLayout } from './columns.js';
import { type CollectedLabels, LabelCollector, type LabelCounts } from './label-collector.js';
import { sampleRows } from './line-parsers.js';
import { type OpenTableOptions, openTable, type Table } from './table.js';

/** What to read. */
export interface ReadLabelledTableOptions extends OpenTableOptions {
  /** The text column; default: found from the first 1,000 rows. */
  readonly text?: string | undefined;
  /** The text column if the table has one of that name; a model knows what it was called in training. */
  readonly textColumnHint?: string | undefined;
  /** The label columns, or the one column of label lists; default: found from the first 1,000 rows. */
  readonly labels?: readonly string[] | undefined;
  /**
   * The labels that a model knows, in its order. They are looked up as columns, or in the column of
   * lists; the matrix has exactly these columns.
   */
  readonly expectedLabels?: readonly string[] | undefined;
  /**
   * With `expectedLabels`, and `labels` left out: a table with a column of none of them is read without labels, a
   * matrix without columns, instead of being refused. Default false.
   */
  readonly mayLackLabels?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A table of texts and labels. All arrays go by row. */
export interface LabelledTable {
  /** The path as given, or `standard input`. */
  readonly file: string;
  readonly textColumn: string;
  /** Columns that name the rows; may be none. */
  readonly idColumns: readonly string[];
  /** In the order of the table's columns; labels of lists in order of first appearance. */
  readonly labelNames: readonly string[];
  /** The cells of `idColumns`. */
  readonly ids: readonly (readonly string[])[];
  readonly texts: readonly string[];
  /** `[rows, labels]`. */
  readonly labels: LabelMatrix;
  /** Where each row begins in the file (see `Table.place`). */
  readonly lines: Int32Array;
  /** For each label. */
  readonly labelCounts: readonly LabelCounts[];
  /** Sentences about what is odd but not wrong: empty texts, labels of one class only, .. */
  readonly warnings: readonly string[];
}

/**
 * Reads a table of texts and labels into memory. Labels are columns of 1, 0 and -1 or nothing (unknown),
 * or one column of lists (`a|b`, `a;b`, `a,b`, JSON arrays, Python's lists). The columns are found from
 * the first 1,000 rows, unless named; every later row must fit.
 *
 * @throws PolytagError as `openTable`, and COLUMN_MISSING, TEXT_COLUMN_UNCLEAR, LABEL_COLUMNS_UNCLEAR,
 *   LABELS_MISSING, LABELS_INVALID, LABEL_VALUE_INVALID or LABEL_LIST_INVALID
 */
export async function readLabelledTable(
  path: string,
  options: ReadLabelledTableOptions = {},
): Promise<LabelledTable> {
  const table = await openTable(path, options);
  try {
    const { file, columns } = table;
    const rows = await table.peek(sampleRows);
    if (rows.length === 0) {
      throw polytagError('TABLE_EMPTY', { file, reason: 'there is none below the column names' });
    }
    const { text, textColumnHint: textHint, labels, expectedLabels } = options;
    const finder = new ColumnFinder({
      file,
      columns,
      rows,
      text,
      textHint,
      labels,
      expectedLabels,
    });
    const textColumn = finder.findText();
    const isUnlabelled =
      options.mayLackLabels === true &&
      labels === undefined &&
      expectedLabels?.some((name) => columns.includes(name)) === false;
    const layout = isUnlabelled ? noLabels : finder.findLabels(textColumn);
    const idColumns = finder.findIdentifiers(textColumn, layout);
    if (isUnlabelled || (text !== undefined && (labels ?? expectedLabels) !== undefined)) {
      table.ignoreOtherFields();
    }
    return await collectRows(table, { textColumn, idColumns, layout }, options);
  } finally {
    await table.close();
  }
}

const noLabels: LabelLayout = { kind: 'columns', names: [] };

interface FoundColumns {
  readonly textColumn: string;
  readonly idColumns: readonly string[];
  readonly layout: LabelLayout;
}

async function collectRows(
  table: Table,
  { textColumn, idColumns, layout }: FoundColumns,
  { expectedLabels, signal }: ReadLabelledTableOptions,
): Promise<LabelledTable> {
  const { file, columns } = table;
  const text = columns.indexOf(textColumn);
  const idPlaces = idColumns.map((name) => columns.indexOf(name));
  const labelled = layout.kind === 'list' ? [layout.name] : layout.names;
  const collector = new LabelCollector(table, layout, expectedLabels ?? null);
  const texts: string[] = [];
  const ids: string[][] = [];
  const lines: number[] = [];
  let emptyTexts = 0;
  const wanted = [textColumn, ...idColumns, ...labelled];
  for await (const row of table.rows({ columns: wanted, ...(signal && { signal }) })) {
    collector.add(row);
    emptyTexts += row.cells[text].trim() === '' ? 1 : 0;
    texts.push(detach(row.cells[text]));
    ids.push(idPlaces.map((column) => detach(row.cells[column])));
    lines.push(row.line);
  }
  const { labelNames, labels, labelCounts, warnings } =
    layout === noLabels ? lackingLabels(texts.length) : collector.finish();
  if (emptyTexts > 0) {
    warnings.unshift(`the text is empty in ${emptyTexts} of ${texts.length} rows`);
  }
  if (textColumn.trim().split(/\s+/).length >= 4) {
    warnings.unshift(
      `the first line of ${file} looks like a row, not like column names: "${shorten(textColumn)}"`,
    );
  }
  return {
    file,
    textColumn,
    idColumns,
    labelNames,
    ids,
    texts,
    labels,
    lines: Int32Array.from(lines),
    labelCounts,
    warnings,
  };
}

function lackingLabels(rows: number): CollectedLabels {
  const labels = { rows, columns: 0, values: new Int8Array(0) };
  return { labelNames: [], labels, labelCounts: [], warnings: [] };
}

/**
 * A copy of its own. A cell is a view into the chunk of the file that it was read from, and would keep
 * all of that in memory, at two bytes a character if any character in the chunk needs them.
 */
function detach(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
