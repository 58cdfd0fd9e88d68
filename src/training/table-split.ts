// Reads the tables of a run and settles which rows it learns from and which choose epoch and thresholds.
import { createHash } from 'node:crypto';
import {
  groupDuplicateTexts,
  type LabelledTable,
  type ReadLabelledTableOptions,
  readLabelledTable,
  splitStratified,
} from '../data/index.js';
import { polytagError } from '../errors/index.js';
import type { LabelMatrix } from '../metrics/index.js';
import type { SoftTargets } from './distillation/soft-targets.js';
import type { Identifiers } from './folds/folds-outcome.js';
import type { TrainingRequest } from './training-outcome.js';

/** The rows of all tables of a run, one after another. */
export interface SplitTable {
  readonly labelNames: readonly string[];
  readonly textColumn: string;
  readonly texts: readonly string[];
  /** [rows, labels] */
  readonly labels: LabelMatrix;
  /** What a teacher makes of them, to be learnt from in their place; missing where there is none. */
  readonly soft?: SoftTargets | undefined;
  /** How many of the rows, the first ones, are those of the table itself and not of a validation table. */
  readonly ownRows: number;
  /** For each row its group of equal texts. */
  readonly groups: Int32Array;
  /** Of the table's own rows. */
  readonly identifiers: Identifiers;
  readonly train: Int32Array;
  readonly validation: Int32Array;
  /** Where the validation rows are from, in words. */
  readonly validationFrom: string;
  /** SHA-256, hexadecimal, over names, texts and labels of all rows as they were read. */
  readonly dataSha256: string;
  readonly warnings: readonly string[];
}

/** The share of rows that choose epoch and thresholds unless told otherwise. */
export const DEFAULT_SHARE = 0.1;

/** What reads the tables of a run. */
export type TableReader = (
  path: string,
  options: ReadLabelledTableOptions,
) => Promise<LabelledTable>;

/**
 * Reads and splits.
 *
 * @param seed of the split, where one is made
 * @throws PolytagError as `readLabelledTable`; OPTION_INVALID for a share outside 0 to 1; TOO_FEW_ROWS
 */
export async function readSplitTable(
  { table: path, validation = DEFAULT_SHARE, text, labels, signal }: TrainingRequest,
  seed: number,
  read: TableReader = readLabelledTable,
): Promise<SplitTable> {
  if (typeof validation === 'number' && !(validation > 0 && validation < 1)) {
    const expected = 'a share between 0 and 1, or the path of a table';
    throw polytagError('OPTION_INVALID', {
      option: 'validation',
      value: String(validation),
      expected,
    });
  }
  const table = await read(path, { text, labels, signal });
  const split =
    typeof validation === 'number'
      ? splitByShare(table, validation, seed)
      : await joinTables(table, validation, read, signal);
  for (const [rows, part] of [
    [split.train, 'train on'],
    [split.validation, 'validate on'],
  ] as const) {
    if (rows.length === 0)
      throw polytagError('TOO_FEW_ROWS', { file: path, rows: table.texts.length, part });
  }
  const { labelNames, textColumn, idColumns: names, ids: cells } = table;
  return {
    ...{ labelNames, textColumn, ...split },
    ownRows: table.texts.length,
    identifiers: { names, cells },
    dataSha256: hashData(labelNames, split),
    warnings: [...split.warnings, ...findUnvalidated(labelNames, split)],
  };
}

type Split = Pick<
  SplitTable,
  'texts' | 'labels' | 'groups' | 'train' | 'validation' | 'validationFrom' | 'warnings'
>;

function splitByShare(table: LabelledTable, share: number, seed: number): Split {
  const { texts, labels, warnings } = table;
  const groups = groupDuplicateTexts(texts);
  const { train, held } = splitStratified({ labels, groups, share, seed });
  const validationFrom = `${share} of the table, stratified by label, seed ${seed}`;
  return { texts, labels, groups, train, validation: held, validationFrom, warnings };
}

/** Both tables, one after the other; rows of the first whose text is in the second are not learnt from. */
async function joinTables(
  table: LabelledTable,
  path: string,
  read: TableReader,
  signal: AbortSignal | undefined,
): Promise<Split> {
  const held = await read(path, {
    textColumnHint: table.textColumn,
    expectedLabels: table.labelNames,
    signal,
  });
  const texts = [...table.texts, ...held.texts];
  const labels = stack(table.labels, held.labels);
  const start = table.texts.length;
  const groups = groupDuplicateTexts(texts);
  const heldGroups = new Set(groups.subarray(start));
  const rows = Int32Array.from(texts.keys());
  const train = rows.subarray(0, start).filter((row) => !heldGroups.has(groups[row]));
  const dropped = start - train.length;
  const warnings = [...table.warnings, ...held.warnings];
  if (dropped > 0) {
    warnings.push(
      `${dropped} rows of ${table.file} have a text that ${path} has too, and are left out`,
    );
  }
  const validation = rows.subarray(start);
  return { texts, labels, groups, train, validation, validationFrom: path, warnings };
}

/** Sentences about labels that rows learn of, and no row of validation is positive for. */
function findUnvalidated(
  labelNames: readonly string[],
  { labels: { columns, values }, train, validation }: Split,
): string[] {
  const hasPositive = (rows: Int32Array, column: number): boolean =>
    rows.some((row) => values[row * columns + column] === 1);
  return labelNames
    .filter((_, column) => hasPositive(train, column) && !hasPositive(validation, column))
    .map(
      (name) =>
        `label "${name}" has no positive row for validation: it has no say in what is chosen there`,
    );
}

function stack(above: LabelMatrix, below: LabelMatrix): LabelMatrix {
  const values = new Int8Array(above.values.length + below.values.length);
  values.set(above.values);
  values.set(below.values, above.values.length);
  return { rows: above.rows + below.rows, columns: above.columns, values };
}

function hashData(labelNames: readonly string[], { texts, labels }: Split): string {
  const hash = createHash('sha256').update(JSON.stringify(labelNames)).update(labels.values);
  // Each text with its length before it: no two lists of texts have the same bytes.
  for (const text of texts) hash.update(`${text.length}:${text}`);
  return hash.digest('hex');
}
