// Reads what polytag.json says of a teacher.
import type { DistillationOutcome } from '../training/index.js';
import type { RecordReader } from './record-reader.js';

/** @param record the reader of the whole file; models without a teacher say nothing of one */
export function readDistillation(record: RecordReader): DistillationOutcome | undefined {
  if (record.value('distillation') === undefined) return undefined;
  const distillation = record.object('distillation');
  const teacher = distillation.object('teacher');
  const comparison = distillation.object('comparison');
  const figure = (name: string): number | null =>
    comparison.value(name) === null ? null : comparison.number(name, 0, 1);
  return {
    teacher: { name: teacher.text('name'), contentKey: teacher.text('contentKey') },
    temperature: distillation.number('temperature', 0),
    hardShare: distillation.number('hardShare', 0, 1),
    judgedBy: distillation.choice('judgedBy', ['labels', 'teacher']),
    comparison: {
      studentRocAuc: figure('studentRocAuc'),
      teacherRocAuc: figure('teacherRocAuc'),
      agreement: comparison.number('agreement', 0, 1),
      largestDifference: comparison.number('largestDifference', 0, 1),
      meanDifference: comparison.number('meanDifference', 0, 1),
    },
  };
}
