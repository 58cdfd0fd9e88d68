// Tables, label matrices, splits, and files that are written whole or not at all.
export { type FileContents, writeFileAtomically, writeFolderAtomically } from './atomic-file.js';
export { acquireFolderLock, type FolderLock } from './folder-lock.js';
