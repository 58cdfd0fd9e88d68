// Rows that must stay together, as units, with how many rows of each label they hold: what a split deals out.
import type { LabelMatrix } from '../metrics/index.js';
import type { RandomSource } from './random.js';

/**
 * Units (groups of rows) and labels as a sparse matrix of counts, readable by unit and by label. Counted
 * are the rows that hold the label's rarer known value, which is nearly always 1: where 0 is the rarer
 * one, it is the zeros that a split has to deal out with care. Unknown cells count for nothing.
 */
export interface LabelUnits {
  readonly units: number;
  /** For each row its unit. */
  readonly unitOfRow: Int32Array;
  /** For each unit its number of rows. */
  readonly sizes: Int32Array;
  /** Entries of unit u are at unitStarts[u] .. unitStarts[u + 1] - 1 of the two following arrays. */
  readonly unitStarts: Int32Array;
  readonly entryLabels: Int32Array;
  readonly entryCounts: Int32Array;
  /** The units that hold label l are at labelStarts[l] .. labelStarts[l + 1] - 1 of labelUnits, in `order`. */
  readonly labelStarts: Int32Array;
  readonly labelUnits: Int32Array;
  /** All units in random order. */
  readonly order: Int32Array;
}

/** Gathers the units of `groups` (one number a row) and counts their labels; linear in the matrix's size. */
export function gatherLabelUnits(
  labels: LabelMatrix,
  groups: Int32Array,
  random: RandomSource,
): LabelUnits {
  const { unitOfRow, sizes } = numberUnits(groups);
  const byUnit = countLabels(labels, unitOfRow, sizes);
  const order = random.shuffle(Int32Array.from(sizes, (_, unit) => unit));
  return {
    units: sizes.length,
    unitOfRow,
    sizes,
    ...byUnit,
    ...listUnits(labels.columns, byUnit, order),
    order,
  };
}

function numberUnits(groups: Int32Array): { unitOfRow: Int32Array; sizes: Int32Array } {
  const unitOfGroup = new Map<number, number>();
  const sizes: number[] = [];
  const unitOfRow = groups.map((group) => {
    let unit = unitOfGroup.get(group);
    if (unit === undefined) {
      unit = sizes.length;
      unitOfGroup.set(group, unit);
      sizes.push(0);
    }
    sizes[unit]++;
    return unit;
  });
  return { unitOfRow, sizes: Int32Array.from(sizes) };
}

type UnitEntries = Pick<LabelUnits, 'unitStarts' | 'entryLabels' | 'entryCounts'>;

function countLabels(labels: LabelMatrix, unitOfRow: Int32Array, sizes: Int32Array): UnitEntries {
  const { rarer, total } = findRarerValues(labels);
  const entryLabels = new Int32Array(total);
  const entryCounts = new Int32Array(total);
  const unitStarts = new Int32Array(sizes.length + 1);
  const counts = new Int32Array(labels.columns);
  const { rows, starts } = sortRows(unitOfRow, sizes);
  let entries = 0;
  for (let unit = 0; unit < sizes.length; unit++) {
    for (let at = starts[unit]; at < starts[unit + 1]; at++) {
      const cell = rows[at] * labels.columns;
      for (let label = 0; label < labels.columns; label++) {
        if (labels.values[cell + label] === rarer[label]) {
          counts[label]++;
        }
      }
    }
    for (let label = 0; label < labels.columns; label++) {
      if (counts[label] > 0) {
        entryLabels[entries] = label;
        entryCounts[entries++] = counts[label];
        counts[label] = 0;
      }
    }
    unitStarts[unit + 1] = entries;
  }
  return { unitStarts, entryLabels, entryCounts };
}

/** For each label the rarer of its known values, 0 or 1; and how many cells hold these. */
function findRarerValues(labels: LabelMatrix): { rarer: Int8Array; total: number } {
  const positives = new Int32Array(labels.columns);
  const negatives = new Int32Array(labels.columns);
  for (let cell = 0; cell < labels.values.length; ) {
    for (let label = 0; label < labels.columns; label++, cell++) {
      positives[label] += labels.values[cell] === 1 ? 1 : 0;
      negatives[label] += labels.values[cell] === 0 ? 1 : 0;
    }
  }
  const rarer = Int8Array.from(positives, (count, label) => (count <= negatives[label] ? 1 : 0));
  const total = positives.reduce((sum, count, label) => sum + Math.min(count, negatives[label]), 0);
  return { rarer, total };
}

/** The rows in order of their units (a counting sort), and where each unit's rows start. */
function sortRows(
  unitOfRow: Int32Array,
  sizes: Int32Array,
): { rows: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(sizes.length + 1);
  for (let unit = 0; unit < sizes.length; unit++) {
    starts[unit + 1] = starts[unit] + sizes[unit];
  }
  const next = starts.slice();
  const rows = new Int32Array(unitOfRow.length);
  for (let row = 0; row < unitOfRow.length; row++) {
    rows[next[unitOfRow[row]]++] = row;
  }
  return { rows, starts };
}

function listUnits(
  columns: number,
  { unitStarts, entryLabels }: UnitEntries,
  order: Int32Array,
): Pick<LabelUnits, 'labelStarts' | 'labelUnits'> {
  const labelStarts = new Int32Array(columns + 1);
  const entries = unitStarts[unitStarts.length - 1];
  for (let entry = 0; entry < entries; entry++) {
    labelStarts[entryLabels[entry] + 1]++;
  }
  for (let label = 0; label < columns; label++) {
    labelStarts[label + 1] += labelStarts[label];
  }
  const next = labelStarts.slice();
  const labelUnits = new Int32Array(entries);
  for (const unit of order) {
    for (let entry = unitStarts[unit]; entry < unitStarts[unit + 1]; entry++) {
      labelUnits[next[entryLabels[entry]]++] = unit;
    }
  }
  return { labelStarts, labelUnits };
}
