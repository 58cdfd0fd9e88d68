// Deals the rows of a table out into folds, and splits for each what the others hold into rows that learn and rows that choose.
import { splitIntoFolds, splitStratified } from '../../data/index.js';
import { polytagError } from '../../errors/index.js';
import type { LabelMatrix } from '../../metrics/index.js';
import type { FitSplit } from '../model-fit.js';
import type { SplitTable } from '../table-split.js';
import { gatherLabels } from '../training-labels.js';

/** How rows are dealt out. */
export interface FoldSettings {
  /** How many folds, at least 2. */
  readonly count: number;
  /** Share of the other folds' rows that chooses epoch and thresholds. */
  readonly share: number;
  readonly seed: number;
}

/** Which model scores which row. */
export interface FoldPlan {
  /** The fold of each row of the table itself, from 0. */
  readonly foldOfRow: Int32Array;
  /** One a fold: its rows are those held. */
  readonly splits: readonly FitSplit[];
  /** One a label: whether each fold holds rows of both classes. */
  readonly isComplete: readonly boolean[];
  /** Sentences about labels with too few rows. */
  readonly warnings: readonly string[];
}

/**
 * Deals out the rows of the table itself; a validation table of its own takes no part. Equal texts stay
 * together, in folds as in what is split within.
 *
 * @param file the table's path, for messages
 * @throws PolytagError TOO_FEW_ROWS
 */
export function planFolds(table: SplitTable, file: string, settings: FoldSettings): FoldPlan {
  const { count, seed } = settings;
  const all = Int32Array.from({ length: table.ownRows }, (_, row) => row);
  const labels = gatherLabels(table.labels, all);
  const groups = table.groups.subarray(0, table.ownRows);
  const foldOfRow = splitIntoFolds({ labels, groups, seed, folds: count });
  const splits = Array.from({ length: count }, (_, fold) =>
    splitFold(table, all, foldOfRow, fold, settings),
  );
  if (
    splits.some(
      ({ held, train, validation }) => !(held.length && train.length && validation.length),
    )
  ) {
    const part = `hold out, to validate or to learn from in each of ${count} folds`;
    throw polytagError('TOO_FEW_ROWS', { file, rows: table.ownRows, part });
  }
  const counts = table.labelNames.map((_, column) => countClasses(table, splits, column));
  return {
    foldOfRow,
    splits,
    isComplete: counts.map(({ complete }) => complete),
    warnings: table.labelNames.flatMap((name, column) => warn(name, counts[column], count)),
  };
}

function splitFold(
  table: SplitTable,
  all: Int32Array,
  foldOfRow: Int32Array,
  fold: number,
  { count, share, seed }: FoldSettings,
): FitSplit {
  const held = all.filter((row) => foldOfRow[row] === fold);
  const others = all.filter((row) => foldOfRow[row] !== fold);
  const validationFrom = `${share} of what fold ${fold + 1} of ${count} leaves, seed ${seed}`;
  if (others.length === 0) {
    return { ...table, train: others, validation: others, held, validationFrom };
  }
  const parts = splitStratified({
    labels: gatherLabels(table.labels, others),
    groups: others.map((row) => table.groups[row]),
    share,
    seed,
  });
  return {
    ...table,
    train: parts.train.map((at) => others[at]),
    validation: parts.held.map((at) => others[at]),
    held,
    validationFrom,
  };
}

interface ClassCounts {
  readonly positives: number;
  readonly negatives: number;
  /** Whether every fold holds both classes. */
  readonly complete: boolean;
  /** Folds without both classes among the rows that choose thresholds. */
  readonly unchosen: number;
}

function countClasses(
  { labels }: SplitTable,
  splits: readonly FitSplit[],
  column: number,
): ClassCounts {
  const held = splits.map((split) => countIn(labels, split.held, column));
  const chosen = splits.map((split) => countIn(labels, split.validation, column));
  const hasBoth = ({ positives, negatives }: Counts): boolean => positives > 0 && negatives > 0;
  return {
    positives: held.reduce((sum, { positives }) => sum + positives, 0),
    negatives: held.reduce((sum, { negatives }) => sum + negatives, 0),
    complete: held.every(hasBoth),
    unchosen: chosen.filter((counts) => !hasBoth(counts)).length,
  };
}

type Counts = Pick<ClassCounts, 'positives' | 'negatives'>;

function countIn({ columns, values }: LabelMatrix, rows: Int32Array, column: number): Counts {
  let positives = 0;
  let negatives = 0;
  for (const row of rows) {
    const value = values[row * columns + column];
    if (value === 1) positives += 1;
    if (value === 0) negatives += 1;
  }
  return { positives, negatives };
}

function warn(name: string, counts: ClassCounts, folds: number): string[] {
  const { positives, negatives, complete, unchosen } = counts;
  const [rows, kind] = positives <= negatives ? [positives, 'positive'] : [negatives, 'negative'];
  if (!complete) {
    return [
      `label "${name}" has ${rows} ${kind} ${rows === 1 ? 'row' : 'rows'}, too few for ${folds} folds: it is left out of the macro figures over folds`,
    ];
  }
  return unchosen === 0
    ? []
    : [
        `label "${name}" has ${rows} ${kind} ${rows === 1 ? 'row' : 'rows'}, too few to choose its threshold in ${unchosen} of ${folds} folds: 0.5 stands in there`,
      ];
}
