// How a student does beside its teacher on the validation rows.
import { type LabelMatrix, macroRocAuc, type ScoreMatrix } from '../../metrics/index.js';

/** A student beside its teacher, on rows that the student did not learn from. */
export interface TeacherComparison {
  /** Macro ROC-AUC by the labels that judged; null where it is undefined. */
  readonly studentRocAuc: number | null;
  /** Of the teacher, which may have learnt from these rows. 1 where its own decisions judge. */
  readonly teacherRocAuc: number | null;
  /** Share of decisions, each model at its own thresholds, that are the same. */
  readonly agreement: number;
  /** Largest difference of two scores. */
  readonly largestDifference: number;
  /** Mean absolute difference of scores. */
  readonly meanDifference: number;
}

/** A model's scores, and what it takes for a decision. */
export interface Decider {
  readonly scores: ScoreMatrix;
  /** One a label. */
  readonly thresholds: readonly number[];
}

/** @param labels those of the rows, which must be at least one */
export function compareWithTeacher(
  labels: LabelMatrix,
  student: Decider,
  teacher: Decider,
): TeacherComparison {
  const cells = student.scores.values.length;
  const decides = ({ scores, thresholds }: Decider, cell: number): boolean =>
    scores.values[cell] >= thresholds[cell % thresholds.length];
  let same = 0;
  let sum = 0;
  let largestDifference = 0;
  for (let cell = 0; cell < cells; cell += 1) {
    const difference = Math.abs(student.scores.values[cell] - teacher.scores.values[cell]);
    sum += difference;
    largestDifference = Math.max(largestDifference, difference);
    if (decides(student, cell) === decides(teacher, cell)) same += 1;
  }
  return {
    studentRocAuc: macroRocAuc(labels, student.scores).value,
    teacherRocAuc: macroRocAuc(labels, teacher.scores).value,
    agreement: same / cells,
    largestDifference,
    meanDifference: sum / cells,
  };
}
