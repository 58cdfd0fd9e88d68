// Tables, label matrices, splits, and files that are written whole or not at all.
export { writeFileAtomically, writeFolderAtomically } from './atomic-file.js';
export { groupDuplicateTexts } from './duplicate-texts.js';
export { acquireFolderLock, type FolderLock } from './folder-lock.js';
export {
  type LabelledTable,
  type ReadLabelledTableOptions,
  readLabelledTable,
} from './labelled-table.js';
export { RandomSource } from './random.js';
export { suggestName } from './spelling.js';
export type { OutputCell, OutputColumn } from './row-format.js';
export {
  type StreamTextsOptions,
  streamTexts,
  type TextRow,
  type TextStream,
} from './row-texts.js';
export { splitIntoFolds, splitStratified } from './splits.js';
export { openTable } from './table.js';
export { TableWriter, type TableWriterOptions } from './table-writer.js';
export { explainWriteFailure } from './write-failure.js';
