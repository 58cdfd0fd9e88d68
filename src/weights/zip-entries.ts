// Lists the files in an archive, refusing every entry that an honest model archive has no use for.
import { type Entry, getFileNameLowLevel, validateFileName, type ZipFile } from 'yauzl';
import { PolytagError, polytagError } from '../errors/index.js';
import { quote } from './json-reader.js';

/** A regular file in an archive. */
export interface ArchiveFile {
  /** Its relative path, with slashes; no part is empty, `.` or `..`. */
  readonly name: string;
  readonly entry: Entry;
}

const maximalEntries = 1000;
const maximalBytes = 32 * 2 ** 30;

// Weights shrink by a tenth, texts to a quarter. Small archives may be mostly repetition.
const maximalRatio = 100;
const ratioFreeBytes = 2 ** 20;

const fileTypeMask = 0o170000;
const regularType = 0o100000;
const folderType = 0o040000;

/**
 * The regular files in an archive, without what macOS adds. Sizes are the announced ones: unpacking must
 * hold each entry to its own (yauzl does).
 *
 * @throws PolytagError ZIP_INVALID; ZIP_ENTRY_REFUSED for links, devices, encryption, unknown
 *   compression, paths that lead out, names twice, more than 1,000 entries, 32 GiB, or a hundred times
 *   the archive's size
 */
export async function listArchive(zip: ZipFile, path: string): Promise<ArchiveFile[]> {
  const files: ArchiveFile[] = [];
  const names = new Set<string>();
  let total = 0;
  for await (const entry of readEntries(zip, path)) {
    const name = decodeName(entry);
    const refuse = (problem: string): Error =>
      polytagError('ZIP_ENTRY_REFUSED', { file: path, entry: quote(name), problem });
    if (names.size === maximalEntries) {
      throw refuse(`is one more than the ${maximalEntries} that are allowed`);
    }
    checkName(name, refuse);
    // Some file systems do not tell capital letters from small ones.
    const folded = name.toLowerCase();
    if (names.has(folded)) {
      throw refuse('is there twice');
    }
    names.add(folded);
    checkKind(entry, refuse);
    total += entry.uncompressedSize;
    if (total > Math.min(maximalBytes, Math.max(ratioFreeBytes, zip.fileSize * maximalRatio))) {
      throw refuse(
        `brings the unpacked size to ${total} bytes; at most ${maximalRatio} times the archive's ${zip.fileSize} are unpacked`,
      );
    }
    if (!name.endsWith('/') && !/(?:^|\/)(?:__MACOSX\/|\.DS_Store$)/.test(name)) {
      files.push({ name, entry });
    }
  }
  return files;
}

async function* readEntries(zip: ZipFile, path: string): AsyncGenerator<Entry, void> {
  try {
    for await (const entry of zip.eachEntry()) {
      yield entry;
    }
  } catch (error) {
    if (error instanceof PolytagError || !(error instanceof Error)) {
      throw error;
    }
    throw polytagError('ZIP_INVALID', { file: path, problem: error.message }, { cause: error });
  }
}

function decodeName({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  // Strict: a backslash stays one, and is refused, rather than becoming a slash.
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
}

function checkName(name: string, refuse: (problem: string) => Error): void {
  const problem = validateFileName(name);
  if (problem !== null) {
    throw refuse(`leads out of the archive (${problem.replace(/:.*/s, '')})`);
  }
  const parts = (name.endsWith('/') ? name.slice(0, -1) : name).split('/');
  for (const part of parts) {
    if (part === '' || part === '.' || part.length > 200 || hasForbiddenCharacter(part)) {
      throw refuse('has a name that is no plain relative path');
    }
  }
}

function hasForbiddenCharacter(part: string): boolean {
  return /[\p{Cc}\p{Surrogate}<>:"|?*\\]/u.test(part);
}

function checkKind(entry: Entry, refuse: (problem: string) => Error): void {
  // The upper half holds the file's mode where a Unix packed it, and nothing where Windows did.
  const type = (entry.externalFileAttributes >>> 16) & fileTypeMask;
  if (type !== 0 && type !== regularType && type !== folderType) {
    throw refuse('is a link or a device');
  }
  if (entry.isEncrypted()) {
    throw refuse('is encrypted');
  }
  if (!entry.canDecodeFileData()) {
    throw refuse(
      `is compressed by method ${entry.compressionMethod}; expected 0 (stored) or 8 (deflate)`,
    );
  }
}
