// How a student came of a teacher, for its record.
import type { DistillationSettings, Teacher } from './teacher.js';
import type { TeacherComparison } from './teacher-comparison.js';

/** The teacher, what was learnt from it, and the student beside it. */
export interface DistillationOutcome extends DistillationSettings {
  readonly teacher: Pick<Teacher, 'name' | 'contentKey'>;
  /** What the figures on the validation rows were measured by: the table's labels, or the teacher's decisions. */
  readonly judgedBy: 'labels' | 'teacher';
  /** On the validation rows. */
  readonly comparison: TeacherComparison;
}
