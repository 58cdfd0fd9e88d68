// The part of a model's README.md that says whose student it is.
import { code } from './model-card-code.js';
import type { ModelRecord } from './model-record.js';

/** The section on the teacher, as a list of none or one. */
export function teacherSection({ distillation }: Pick<ModelRecord, 'distillation'>): string[] {
  if (distillation === undefined) return [];
  const { teacher, temperature, hardShare, judgedBy, comparison } = distillation;
  const { studentRocAuc, teacherRocAuc, agreement, largestDifference, meanDifference } = comparison;
  const judge =
    judgedBy === 'labels'
      ? 'Figures are by the labels of the validation rows; the teacher may have learnt from them.'
      : "The validation rows have no labels: every figure here is by the teacher's decisions, and says how well it is followed, not how right it is.";
  const figure = (value: number | null): string => value?.toFixed(4) ?? 'undefined';
  return [
    [
      '## Teacher',
      `It learnt from the probabilities of ${code(teacher.name)} (polytag.json of SHA-256 \`${teacher.contentKey}\`), ` +
        `temperature ${temperature}, with a share of ${hardShare} of the table's own labels. ${judge}`,
      '',
      '| on the validation rows | |',
      '|---|---|',
      `| macro ROC-AUC of this model | ${figure(studentRocAuc)} |`,
      `| macro ROC-AUC of the teacher | ${figure(teacherRocAuc)} |`,
      `| same decisions | ${(100 * agreement).toFixed(2)} % |`,
      `| mean difference of scores | ${meanDifference.toFixed(4)} |`,
      `| largest difference of scores | ${largestDifference.toFixed(4)} |`,
    ].join('\n'),
  ];
}
