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
  OUTPUT_FORMAT_UNSUITABLE: entry<{ file: string; reason: string }>(
    'A table cannot be written in the format that the name of the file asks for.',
    'Choose another extension: .csv, .tsv, .jsonl or .parquet for scores, .npy, .jsonl or .parquet for vectors.',
    ({ file, reason }) => `cannot write ${file}: ${reason}`,
  ),
  FILE_MISSING: entry<{ file: string }>(
    'A file does not exist.',
    'Check the spelling and the folder that the command runs in.',
    ({ file }) => `cannot find ${file}`,
  ),
  FILE_UNREADABLE: entry<{ file: string; reason: string }>(
    'A file exists but cannot be read.',
    'Give the path of a file that this user may read.',
    ({ file, reason }) => `cannot read ${file}: ${reason}`,
  ),
  TABLE_EMPTY: entry<{ file: string; reason: string }>(
    'A table has no rows to work with.',
    'Give a table with a first line of column names and at least one row below it.',
    ({ file, reason }) => `${file} has no rows: ${reason}`,
  ),
  TABLE_FORMAT_UNSUPPORTED: entry<{ file: string; reason: string }>(
    'A file is in a format that is not read as a table.',
    'Give CSV, TSV, JSON Lines (UTF-8; also as .gz, or alone in a .zip) or Parquet.',
    ({ file, reason }) => `cannot read ${file} as a table: ${reason}`,
  ),
  TABLE_DAMAGED: entry<{ file: string; reason: string }>(
    'A compressed table or a Parquet file is cut off or damaged.',
    'Download or write the file again.',
    ({ file, reason }) => `${file} is damaged: ${reason}`,
  ),
  ZIP_UNSUITABLE: entry<{ file: string; reason: string }>(
    'A .zip does not hold exactly one readable table.',
    'Unpack it and give the table that is meant.',
    ({ file, reason }) => `cannot take a table out of ${file}: ${reason}; expected one table`,
  ),
  TABLE_HEADER_INVALID: entry<{ file: string; line: number; reason: string }>(
    'The first line of a table does not name its columns properly.',
    'Give each column a name of its own on the first line.',
    ({ file, line, reason }) => `${file}, line ${line}: ${reason}`,
  ),
  TABLE_ROW_INVALID: entry<{ file: string; place: string; reason: string }>(
    'A row of a table cannot be read.',
    'Mend the row, or write the table again with a tool that quotes cells (CSV) or writes JSON Lines.',
    ({ file, place, reason }) => `${file}, ${place}: ${reason}`,
  ),
  COLUMN_MISSING: entry<{ file: string; column: string; columns: string; suggestion: string }>(
    'A column named by an option is not in the table.',
    'Name columns as the first line of the table does, upper and lower case alike.',
    ({ file, column, columns, suggestion }) =>
      `${file} has no column "${column}"${suggestion}; its columns are ${columns}`,
  ),
  TEXT_COLUMN_UNCLEAR: entry<{ file: string; reason: string }>(
    'Which column holds the texts does not follow from the table.',
    'Name it with --text COLUMN.',
    ({ file, reason }) => `cannot tell the text column of ${file}: ${reason}`,
  ),
  LABEL_COLUMNS_UNCLEAR: entry<{ file: string; reason: string }>(
    'Which columns hold the labels does not follow from the table.',
    'Name them with --labels A,B,.. (columns of 1 and 0, or one column of lists).',
    ({ file, reason }) => `cannot tell the label columns of ${file}: ${reason}`,
  ),
  LABELS_MISSING: entry<{ file: string; missing: string; reason: string }>(
    'A table lacks labels that the model was trained on.',
    'Give a table with the labels of the model, as columns of 1 and 0 or as one column of lists.',
    ({ file, missing, reason }) => `${file} lacks the labels ${missing}: ${reason}`,
  ),
  LABELS_INVALID: entry<{ file: string; reason: string }>(
    'The labels of a table cannot be used as they are.',
    'Name the label columns with --labels A,B,.., each once.',
    ({ file, reason }) => `the labels of ${file} cannot be used: ${reason}`,
  ),
  LABEL_VALUE_INVALID: entry<{ file: string; place: string; column: string; value: string }>(
    'A label cell holds something other than 1, 0, -1 or nothing.',
    'Write 1 where the label applies, 0 where it does not, and -1 or nothing where it is unknown.',
    ({ file, place, column, value }) =>
      `${file}, ${place}: label column "${column}" holds ${value}; expected 1, 0, -1 or nothing`,
  ),
  LABEL_LIST_INVALID: entry<{
    file: string;
    place: string;
    column: string;
    value: string;
    expected: string;
  }>(
    'A cell of a column of label lists is not written like the lists of the first rows.',
    "Write all lists alike: a|b, a;b, a,b (quoted in CSV), a JSON array, or ['a', 'b'].",
    ({ file, place, column, value, expected }) =>
      `${file}, ${place}: label column "${column}" holds ${value}; expected ${expected}`,
  ),
};
