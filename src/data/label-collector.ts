// Gathers the labels of a table row by row into a matrix, and counts them.
import { polytagError } from '../errors/index.js';
import type { LabelMatrix } from '../metrics/index.js';
import { shorten } from './column-profile.js';
import type { LabelLayout } from './columns.js';
import { listStyleInWords, parseLabelList, parseLabelValue } from './label-cells.js';
import type { TableRow } from './row-parser.js';
import { listNames } from './spelling.js';
import type { Table } from './table.js';

const mostLabels = 10_000;
const mostCells = 2 ** 31;

/** How often a label applies, does not, and is unknown, in rows. */
export interface LabelCounts {
  readonly positives: number;
  readonly negatives: number;
  readonly unknown: number;
}

/** What a table's labels come to. */
export interface CollectedLabels {
  readonly labelNames: readonly string[];
  readonly labels: LabelMatrix;
  readonly labelCounts: readonly LabelCounts[];
  readonly warnings: string[];
}

/** Takes the labels of one row after the other. */
export class LabelCollector {
  /** Label names and their columns in the matrix; a map, so that a label may be called `__proto__`. */
  private readonly names: Map<string, number>;
  private readonly places: readonly number[];
  private rows = 0;
  /** Columns: the matrix so far. Lists: label numbers, the rows one after the other. */
  private values = new Int8Array(1024);
  private entries: number[] = [];
  /** Lists: where each row's label numbers end; -1 if they are unknown. */
  private readonly ends: number[] = [];
  private emptyLists = 0;
  private readonly strangers = new Map<string, number>();

  /** @param expected the only labels to take, in this order; null takes all that appear */
  constructor(
    private readonly table: Table,
    private readonly layout: LabelLayout,
    private readonly expected: readonly string[] | null,
  ) {
    const known = layout.kind === 'columns' ? layout.names : (expected ?? []);
    this.names = new Map(known.map((name, column) => [name, column]));
    const labelled = layout.kind === 'columns' ? layout.names : [layout.name];
    this.places = labelled.map((name) => table.columns.indexOf(name));
  }

  /** @throws PolytagError LABEL_VALUE_INVALID, LABEL_LIST_INVALID or LABELS_INVALID */
  add(row: TableRow): void {
    if (this.layout.kind === 'columns') {
      this.addValues(row, this.layout.names);
    } else {
      this.addList(row, this.layout);
    }
    this.rows++;
  }

  private addValues({ cells, line }: TableRow, names: readonly string[]): void {
    const start = this.rows * names.length;
    if (start + names.length > this.values.length) {
      const larger = new Int8Array(Math.max(start + names.length, this.values.length * 2));
      larger.set(this.values);
      this.values = larger;
    }
    for (let label = 0; label < names.length; label++) {
      const value = parseLabelValue(cells[this.places[label]]);
      if (value === undefined) {
        throw polytagError('LABEL_VALUE_INVALID', {
          file: this.table.file,
          place: this.table.place(line),
          column: names[label],
          value: JSON.stringify(shorten(cells[this.places[label]])),
        });
      }
      this.values[start + label] = value;
    }
  }

  private addList(
    { cells, line }: TableRow,
    { name, style }: Extract<LabelLayout, { kind: 'list' }>,
  ): void {
    const cell = cells[this.places[0]];
    const list = parseLabelList(cell, style);
    if (list === undefined) {
      throw polytagError('LABEL_LIST_INVALID', {
        file: this.table.file,
        place: this.table.place(line),
        column: name,
        value: JSON.stringify(shorten(cell)),
        expected: listStyleInWords[style],
      });
    }
    this.emptyLists += list !== null && list.length === 0 && cell.trim() === '' ? 1 : 0;
    for (const label of list ?? []) {
      const column = this.columnOf(label);
      if (column === -1) {
        this.strangers.set(label, (this.strangers.get(label) ?? 0) + 1);
      } else {
        this.entries.push(column);
      }
    }
    this.ends.push(list === null ? -1 : this.entries.length);
  }

  private columnOf(label: string): number {
    const known = this.names.get(label);
    if (known !== undefined) {
      return known;
    }
    if (this.expected !== null) {
      return -1;
    }
    if (this.names.size === mostLabels) {
      throw this.unusable(`there are over ${mostLabels} different ones`);
    }
    this.names.set(label, this.names.size);
    return this.names.size - 1;
  }

  /**
   * @throws PolytagError LABELS_INVALID if no label is known in any row, or the matrix is too large;
   *   LABELS_MISSING if the lists name none of the expected labels
   */
  finish(): CollectedLabels {
    const labelNames = [...this.names.keys()];
    const columns = labelNames.length;
    if (columns === 0) {
      throw this.unusable('no row names one');
    }
    if (this.strangers.size > 0 && this.entries.length === 0) {
      const found = listNames([...this.strangers.keys()]);
      throw polytagError('LABELS_MISSING', {
        file: this.table.file,
        missing: listNames(labelNames),
        reason: `its lists name only ${found}`,
      });
    }
    if (this.rows * columns > mostCells) {
      throw this.unusable(`${this.rows} rows of ${columns} labels are too many to hold in memory`);
    }
    const values =
      this.layout.kind === 'columns'
        ? this.values.slice(0, this.rows * columns)
        : this.spreadLists(columns);
    const labels = { rows: this.rows, columns, values };
    const labelCounts = countLabels(labels);
    if (labelCounts.every(({ unknown }) => unknown === this.rows)) {
      throw this.unusable('none is known in any row');
    }
    return {
      labelNames,
      labels,
      labelCounts,
      warnings: this.warn(labelNames, labels, labelCounts),
    };
  }

  private spreadLists(columns: number): Int8Array {
    const values = new Int8Array(this.rows * columns);
    let at = 0;
    for (let row = 0; row < this.rows; row++) {
      if (this.ends[row] === -1) {
        values.fill(-1, row * columns, (row + 1) * columns);
        continue;
      }
      for (; at < this.ends[row]; at++) {
        values[row * columns + this.entries[at]] = 1;
      }
    }
    return values;
  }

  private warn(
    names: readonly string[],
    labels: LabelMatrix,
    counts: readonly LabelCounts[],
  ): string[] {
    const warnings: string[] = [];
    const unknownRows = countUnknownRows(labels);
    if (unknownRows > 0) {
      warnings.push(`no label is known in ${unknownRows} of ${labels.rows} rows`);
    }
    if (this.emptyLists > 0) {
      warnings.push(
        `the label list is empty in ${this.emptyLists} of ${labels.rows} rows, which is read as: no label applies`,
      );
    }
    const never = names.filter((_, label) => counts[label].positives === 0);
    const always = names.filter(
      (_, label) => counts[label].negatives === 0 && counts[label].positives > 0,
    );
    if (never.length > 0) {
      warnings.push(`no row has the label ${listNames(never)}`);
    }
    if (always.length > 0) {
      warnings.push(`every row where it is known has the label ${listNames(always)}`);
    }
    if (this.strangers.size > 0) {
      const rows = [...this.strangers.values()].reduce((sum, count) => sum + count, 0);
      warnings.push(
        `labels that the model does not know are passed over, ${rows} times in all: ${listNames([...this.strangers.keys()])}`,
      );
    }
    return warnings;
  }

  private unusable(reason: string): Error {
    return polytagError('LABELS_INVALID', { file: this.table.file, reason });
  }
}

function countLabels({ rows, columns, values }: LabelMatrix): LabelCounts[] {
  const positives = new Int32Array(columns);
  const unknown = new Int32Array(columns);
  for (let cell = 0; cell < values.length; ) {
    for (let label = 0; label < columns; label++, cell++) {
      positives[label] += values[cell] === 1 ? 1 : 0;
      unknown[label] += values[cell] === -1 ? 1 : 0;
    }
  }
  return Array.from(positives, (count, label) => ({
    positives: count,
    negatives: rows - count - unknown[label],
    unknown: unknown[label],
  }));
}

function countUnknownRows({ rows, columns, values }: LabelMatrix): number {
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const cells = values.subarray(row * columns, (row + 1) * columns);
    count += cells.every((value) => value === -1) ? 1 : 0;
  }
  return count;
}
