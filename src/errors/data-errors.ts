// Errors in tables, their columns and labels, and in reading and writing files.
import { entry } from './entry.js';

export const dataErrors = {
  LABEL_VALUE_INVALID: entry<{ file: string; line: number; column: string; value: string }>(
    'A label cell holds something other than 1, 0, -1 or nothing.',
    'Write 1 where the label applies, 0 where it does not, and -1 or nothing where it is unknown.',
    ({ file, line, column, value }) =>
      `${file}, line ${line}: label column "${column}" holds "${value}"; expected 0 or 1`,
  ),
};
