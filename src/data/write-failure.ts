// Turns the system's refusals to write into sentences that name the file and the way out.
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PolytagError, polytagError } from '../errors/index.js';

/** The system's error code (`ENOSPC`, ..), or an empty text for other errors. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

const reasons: Record<string, string> = {
  EIO: 'the disk reported an input/output error',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  EFBIG: 'the file system or a limit of this process does not allow files of this size',
  ENAMETOOLONG: 'the name is too long for the file system',
  EBUSY: 'it is in use, perhaps as a mount point',
  EXDEV: 'it is a mount point',
  EMFILE: 'too many files are open in this process',
  ENFILE: 'too many files are open on this machine',
  EPIPE: 'the reading side has closed',
};

/**
 * The error to throw when writing `file` failed with `error`: DISK_FULL, WRITE_FORBIDDEN or
 * WRITE_FAILED for the system's refusals; any other error (a PolytagError, a bug) comes back as it is.
 */
export async function explainWriteFailure(error: unknown, file: string): Promise<Error> {
  const code = systemCode(error);
  const original = error instanceof Error ? error : new Error(String(error), { cause: error });
  if (error instanceof PolytagError || code === '') {
    return original;
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return polytagError('DISK_FULL', { file, free: await freeSpace(file) }, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const reason =
      code === 'EROFS' ? 'the file system is read-only' : 'this user may not write there';
    return polytagError('WRITE_FORBIDDEN', { file, reason }, { cause: error });
  }
  if (Object.hasOwn(reasons, code)) {
    return polytagError('WRITE_FAILED', { file, reason: reasons[code] }, { cause: error });
  }
  return original;
}

async function freeSpace(file: string): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(dirname(file));
    return `${((bavail * bsize) / 2 ** 20).toFixed(1)} MiB free`;
  } catch {
    return 'no space left';
  }
}
