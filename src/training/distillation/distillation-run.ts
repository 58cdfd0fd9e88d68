// What a teacher adds to a training run: soft targets for its table, and a comparison in the end.
import { polytagError } from '../../errors/index.js';
import type { LabelMatrix, ScoreMatrix } from '../../metrics/index.js';
import type { FinalFigures } from '../final-figures.js';
import type { ModelSettings } from '../model-fit.js';
import { readSplitTable, type SplitTable } from '../table-split.js';
import { gatherLabels } from '../training-labels.js';
import type { TrainingRequest } from '../training-outcome.js';
import { scoresOf } from '../validation-figures.js';
import type { DistillationOutcome } from './distillation-outcome.js';
import { mixTargets } from './soft-targets.js';
import { type DistillationRequest, settleDistillation } from './teacher.js';
import { compareWithTeacher } from './teacher-comparison.js';
import { scoreByTeacher, TaughtTables } from './teacher-scores.js';

/** A table that a teacher has scored. */
export interface TaughtTable {
  readonly table: SplitTable;
  /**
   * @param logits the student's, [validation, labels], without what may be blended in
   * @param figures its thresholds, and those without what is blended in
   */
  readonly compare: (logits: Float32Array, figures: FinalFigures) => DistillationOutcome;
}

/**
 * Reads the tables of a run, and has the teacher score every text.
 *
 * @throws PolytagError OPTION_INVALID, as `readSplitTable`; what the teacher throws
 */
export async function readTaughtTable(
  request: TrainingRequest,
  distillation: DistillationRequest,
  { head, tuning }: ModelSettings,
): Promise<TaughtTable> {
  const settings = settleDistillation(distillation, head, tuning);
  if (request.search !== undefined) {
    // Its trials differ in losses that take no probabilities.
    const expected = 'no search beside a teacher';
    const value = JSON.stringify(request.search);
    throw polytagError('OPTION_INVALID', { option: 'search', value, expected });
  }
  const { teacher } = distillation;
  const tables = new TaughtTables(request, teacher);
  const table = await readSplitTable(request, head.seed, tables.read);
  const scores = await scoreByTeacher(request, teacher, table.texts);
  const [hasLabels, ...others] = tables.labelled;
  const soft = mixTargets(teacher.contentKey, scores, hasLabels ? table.labels : null, settings);
  const judgedBy = (others.at(0) ?? hasLabels) ? 'labels' : 'teacher';
  const compare: TaughtTable['compare'] = (logits, { thresholds, blend }) => ({
    teacher: { name: teacher.name, contentKey: teacher.contentKey },
    temperature: soft.temperature,
    hardShare: soft.hardShare,
    judgedBy,
    comparison: compareWithTeacher(
      gatherLabels(table.labels, table.validation),
      {
        scores: scoresOf(logits, table.labelNames.length),
        thresholds: (blend?.alone.thresholds ?? thresholds).map(({ threshold }) => threshold),
      },
      {
        scores: gatherScores(table.labels, scores, table.validation),
        thresholds: teacher.thresholds,
      },
    ),
  });
  return { table: { ...table, soft }, compare };
}

function gatherScores(
  { columns }: LabelMatrix,
  scores: Float32Array,
  rows: Int32Array,
): ScoreMatrix {
  const values = new Float32Array(rows.length * columns);
  rows.forEach((row, at) => {
    values.set(scores.subarray(row * columns, (row + 1) * columns), at * columns);
  });
  return { rows: rows.length, columns, values };
}
