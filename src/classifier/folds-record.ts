// What a model folder keeps of cross-validation: the figures in the record, and the scores of all rows in a file.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type OutputColumn, TableWriter } from '../data/index.js';
import type { CrossValidation, FoldsOutcome, TrainingOutcome } from '../training/index.js';

/** Cross-validation of a model's settings, as polytag.json has it. */
export interface FoldsRecord {
  /** How many folds. */
  readonly count: number;
  /** Share of the other folds' rows that chose each fold's epoch and thresholds. */
  readonly share: number;
  /** Labels that the macro figures leave out: some fold has not both classes of them. */
  readonly leftOut: readonly string[];
  readonly model: CrossValidation;
  /** The linear model on the same folds; null where none was trained. */
  readonly baseline: CrossValidation | null;
}

/** The path of the scores within a model folder. */
export const foldScoresPath = 'folds/scores.csv';

/** The figures alone. */
export function describeFolds({
  count,
  share,
  leftOut,
  model,
  baseline,
}: FoldsOutcome): FoldsRecord {
  return { count, share, leftOut, model: model.figures, baseline: baseline?.figures ?? null };
}

/**
 * Writes the scores out of fold, if there are any: the columns that name the rows (where there are none, `row`,
 * from 1), the fold from 1, and one score a label.
 *
 * @throws PolytagError DISK_FULL and others of writing
 */
export async function writeFoldScores(
  folder: string,
  { folds, labelNames }: TrainingOutcome,
): Promise<void> {
  if (folds === undefined) return;
  const { identifiers, foldOfRow, model } = folds;
  const names = identifiers.names.length === 0 ? ['row'] : identifiers.names;
  const columns: OutputColumn[] = [
    ...names.map((name): OutputColumn => ({ name, type: 'text' })),
    { name: nameFoldColumn([...names, ...labelNames]), type: 'integer' },
    ...labelNames.map((name): OutputColumn => ({ name, type: 'float32' })),
  ];
  const path = join(folder, foldScoresPath);
  await mkdir(dirname(path));
  const { values, columns: labels } = model.scores;
  const writer = await TableWriter.create(path, { columns, rows: foldOfRow.length });
  for (const [row, fold] of foldOfRow.entries()) {
    const cells = identifiers.names.length === 0 ? [String(row + 1)] : identifiers.cells[row];
    const scores = Array.from({ length: labels }, (_, label) => values[row * labels + label]);
    await writer.write([...cells, fold + 1, ...scores]);
  }
  await writer.commit();
}

/** `fold`, or what no other column is called. */
function nameFoldColumn(taken: readonly string[]): string {
  let name = 'fold';
  for (let number = 2; taken.includes(name); number += 1) name = `fold_${number}`;
  return name;
}
