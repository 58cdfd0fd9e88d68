// A student beside its teacher, by numbers that can be counted by hand.
import { describe, expect, it } from 'vitest';
import { compareWithTeacher } from '../../../src/training/distillation/teacher-comparison.js';

const labels = { rows: 3, columns: 2, values: Int8Array.of(1, 0, 0, 1, 0, -1) };
const matrix = (...values: number[]) => ({
  rows: 3,
  columns: 2,
  values: Float32Array.from(values),
});

describe('a comparison', () => {
  it('counts decisions at the thresholds of each, and differences', () => {
    const student = { scores: matrix(0.5, 0.25, 0.75, 0.5, 0, 0), thresholds: [0.5, 0.5] };
    const teacher = { scores: matrix(1, 0.25, 0.5, 0.75, 0, 0.25), thresholds: [0.75, 0.25] };
    expect(compareWithTeacher(labels, student, teacher)).toEqual({
      // toxic: 0.5 against 0.75 and 0, insult: 0.5 against 0.25.
      studentRocAuc: 0.75,
      teacherRocAuc: 1,
      agreement: 3 / 6,
      largestDifference: 0.5,
      meanDifference: (0.5 + 0 + 0.25 + 0.25 + 0 + 0.25) / 6,
    });
  });

  it('says that a figure is undefined', () => {
    const unknown = { ...labels, values: new Int8Array(6) };
    const same = { scores: matrix(0, 0, 0, 0, 0, 0), thresholds: [0.5, 0.5] };
    const { studentRocAuc, teacherRocAuc, agreement } = compareWithTeacher(unknown, same, same);
    expect([studentRocAuc, teacherRocAuc, agreement]).toEqual([null, null, 1]);
  });
});
