// Unpacks a model's .zip into the cache, once for each content, trusting neither names nor sizes in it.
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { crc32 } from 'node:zlib';
import { openPromise, type ZipFile } from 'yauzl';
import { writeFolderAtomically } from '../data/index.js';
import { polytagError } from '../errors/index.js';
import { cacheFolder } from './cache-folder.js';
import { explainReadFailure } from './positioned-file.js';
import { listArchive, type ArchiveFile } from './zip-entries.js';

/** Where and until when to unpack. */
export interface UnpackOptions {
  /** The folder that holds unpacked archives; default `archives` in polytag's cache folder. */
  readonly cache?: string;
  readonly signal?: AbortSignal;
}

/**
 * The folder of the model in the archive `path`: at its top or in a folder of its own, as Google ships
 * uncased_L-12_H-768_A-12.zip. The first call unpacks into the cache, into a folder named by the
 * archive's size and time of change and by names, sizes, places and checksums of its entries; later calls
 * find it there without reading the data, as do other processes. A folder that has lost files is made
 * anew.
 *
 * @throws PolytagError MODEL_FILE_UNREADABLE, ZIP_INVALID, ZIP_ENTRY_REFUSED, MODEL_FOLDER_UNRECOGNISED,
 *   DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED; the signal's reason if it aborts
 */
export async function unpackModelArchive(
  path: string,
  options: UnpackOptions = {},
): Promise<string> {
  const { cache = join(cacheFolder(), 'archives'), signal } = options;
  const zip = await openArchive(path);
  try {
    const { size, mtimeMs } = await stat(path);
    const files = await listArchive(zip, path);
    const model = findModel(files, path);
    const target = join(cache, keyOf(size, mtimeMs, files));
    // The folder's name tells cased models from uncased ones; at the top, only the archive's own name can.
    const stem = basename(path).replace(/\.zip$/i, '');
    const unpacked = join(target, stem);
    if (!(await isComplete(unpacked, files))) {
      const fill = (folder: string): Promise<void> =>
        unpackAll(zip, files, { path, folder: join(folder, stem), signal });
      await writeFolderAtomically(target, fill, { overwrite: await exists(target) }).catch(
        async (error: unknown) => {
          // Another process may have been faster, and its folder is as good.
          if (!(await isComplete(unpacked, files))) {
            throw error;
          }
        },
      );
    }
    return join(unpacked, model);
  } finally {
    zip.close();
  }
}

async function openArchive(path: string): Promise<ZipFile> {
  try {
    // Names are decoded and checked in zip-entries.ts, where a bad one gets a message of its own.
    return await openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false });
  } catch (error) {
    throw explainReadFailure(unpackFailure(error, path), path);
  }
}

function keyOf(size: number, time: number, files: readonly ArchiveFile[]): string {
  const lines = files.map(({ name, entry }) =>
    [
      JSON.stringify(name),
      entry.crc32,
      entry.compressedSize,
      entry.uncompressedSize,
      entry.relativeOffsetOfLocalHeader,
    ].join(' '),
  );
  const text = [size, time, ...lines].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

async function exists(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => null)) !== null;
}

async function isComplete(folder: string, files: readonly ArchiveFile[]): Promise<boolean> {
  for (const { name, entry } of files) {
    const status = await stat(join(folder, name)).catch(() => null);
    if (status?.size !== entry.uncompressedSize) {
      return false;
    }
  }
  return true;
}

/** The folder in the archive that holds configuration and weights; `.` for its top. */
function findModel(files: readonly ArchiveFile[], path: string): string {
  const namesOfFolder = new Map<string, string[]>();
  for (const { name } of files) {
    const folder = posix.dirname(name);
    namesOfFolder.set(folder, [...(namesOfFolder.get(folder) ?? []), posix.basename(name)]);
  }
  const models = [...namesOfFolder].filter(
    ([, names]) =>
      names.some((name) => /^(?:bert_)?config\.json$/.test(name)) &&
      names.some((name) => /\.index$|\.safetensors$|^pytorch_model.*\.bin$/.test(name)),
  );
  if (models.length !== 1) {
    const problem =
      models.length === 0
        ? 'no folder in it holds a configuration and weights'
        : `it holds several models: ${models
            .slice(0, 5)
            .map(([folder]) => folder)
            .join(', ')}`;
    throw polytagError('MODEL_FOLDER_UNRECOGNISED', { folder: path, problem });
  }
  return models[0][0];
}

interface Unpacking {
  readonly path: string;
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

async function unpackAll(
  zip: ZipFile,
  files: readonly ArchiveFile[],
  unpacking: Unpacking,
): Promise<void> {
  for (const file of files) {
    const target = join(unpacking.folder, file.name);
    await mkdir(dirname(target), { recursive: true });
    // Exclusively: two names may mean the same file on this file system.
    const handle = await open(target, 'wx');
    try {
      await unpackFile(zip, file, handle, unpacking);
    } finally {
      await handle.close();
    }
  }
}

async function unpackFile(
  zip: ZipFile,
  file: ArchiveFile,
  handle: FileHandle,
  { path, signal }: Unpacking,
): Promise<void> {
  let checksum = 0;
  for await (const chunk of readEntry(zip, file, path)) {
    signal?.throwIfAborted();
    checksum = crc32(chunk, checksum);
    await handle.writeFile(chunk);
  }
  if (checksum !== file.entry.crc32) {
    const problem = `the checksum of ${file.name} in it is wrong`;
    throw polytagError('ZIP_INVALID', { file: path, problem });
  }
}

// Failures of the archive are told apart from failures to write: only reading happens in here.
async function* readEntry(
  zip: ZipFile,
  { entry }: ArchiveFile,
  path: string,
): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw explainReadFailure(unpackFailure(error, path), path);
  }
}

/** yauzl and zlib throw plain errors with a good sentence; the system's own keep their codes. */
function unpackFailure(error: unknown, path: string): unknown {
  const isSystem = error instanceof Error && 'syscall' in error;
  if (isSystem || !(error instanceof Error)) {
    return error;
  }
  return polytagError('ZIP_INVALID', { file: path, problem: error.message }, { cause: error });
}
