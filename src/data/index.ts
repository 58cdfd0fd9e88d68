// Tables, label matrices, splits, and files that are written whole or not at all.
export { type FileContents, writeFileAtomically, writeFolderAtomically } from './atomic-file.js';
export { groupDuplicateTexts } from './duplicate-texts.js';
export { acquireFolderLock, type FolderLock } from './folder-lock.js';
export { RandomSource } from './random.js';
export { type SplitRequest, splitIntoFolds, splitStratified } from './splits.js';
export { type OpenTableOptions, openTable, type Table } from './table.js';
export type { TableFormat } from './table-format.js';
