// Errors in tables, their columns and labels, and in reading and writing files.
import { entry } from './entry.js';

export const dataErrors = {
  DISK_FULL: entry<{ file: string; free: string }>(
    'There is no room left on the disk, or in the quota, that a file is written to.',
    'Free some space there, or write to another disk; what was there before is untouched.',
    ({ file, free }) => `cannot write ${file}: the disk is full (${free})`,
  ),
  WRITE_FORBIDDEN: entry<{ file: string; reason: string }>(
    'A file or folder may not be written.',
    'Choose a place where this user may write, or change the permissions of the folder.',
    ({ file, reason }) => `cannot write ${file}: ${reason}`,
  ),
  WRITE_FAILED: entry<{ file: string; reason: string }>(
    'A file or folder could not be written; what was there before is untouched.',
    'Check the path and the disk, then run the command again.',
    ({ file, reason }) => `cannot write ${file}: ${reason}`,
  ),
  FOLDER_NOT_EMPTY: entry<{ folder: string }>(
    'A folder that would be written already holds files.',
    'Choose another folder, or delete this one first.',
    ({ folder }) => `${folder} already exists and is not empty`,
  ),
  LABEL_VALUE_INVALID: entry<{ file: string; line: number; column: string; value: string }>(
    'A label cell holds something other than 1, 0, -1 or nothing.',
    'Write 1 where the label applies, 0 where it does not, and -1 or nothing where it is unknown.',
    ({ file, line, column, value }) =>
      `${file}, line ${line}: label column "${column}" holds "${value}"; expected 0 or 1`,
  ),
};
