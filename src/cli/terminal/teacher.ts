// How a student compares with its teacher, in words.
import type { ModelRecord } from '../../classifier/index.js';
import { printable } from './display-text.js';

/** The lines about a model's teacher; none where it had none. */
export function describeTeacher({ distillation }: Pick<ModelRecord, 'distillation'>): string[] {
  if (distillation === undefined) return [];
  const { teacher, judgedBy, comparison } = distillation;
  const { studentRocAuc, teacherRocAuc, agreement, meanDifference } = comparison;
  const near =
    `same decisions in ${(100 * agreement).toFixed(2)} % of cells, scores ${meanDifference.toFixed(4)} apart on average ` +
    `and ${comparison.largestDifference.toFixed(4)} at most`;
  const figure = (value: number | null): string => value?.toFixed(4) ?? 'undefined';
  const name = printable(teacher.name);
  return judgedBy === 'labels'
    ? [
        `Beside its teacher ${name} on these rows, which the teacher may have learnt from: ` +
          `macro ROC-AUC ${figure(studentRocAuc)} and ${figure(teacherRocAuc)}; ${near}.`,
      ]
    : [
        `The rows have no labels: all figures are by the decisions of the teacher ${name}, and say how well it is followed; ${near}.`,
      ];
}
