// Tables, label matrices, splits, and files that are written whole or not at all.
export { type FileContents, writeFileAtomically, writeFolderAtomically } from './atomic-file.js';
export { groupDuplicateTexts } from './duplicate-texts.js';
export { acquireFolderLock, type FolderLock } from './folder-lock.js';
export type { LabelCounts } from './label-collector.js';
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
export { type SplitRequest, splitIntoFolds, splitStratified } from './splits.js';
export { type OpenTableOptions, openTable, type Table } from './table.js';
export type { TableFormat } from './table-format.js';
export { type OutputFormat, TableWriter, type TableWriterOptions } from './table-writer.js';
export { explainWriteFailure } from './write-failure.js';
