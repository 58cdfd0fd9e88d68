// Replaces files and folders in one step: readers see the old or the new, whole, even after a crash.
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { polytagError } from '../errors/index.js';
import { keepOnExit, removeOnExit } from './exit-cleanup.js';
import { removeStaleTemporaries, temporarySibling } from './temporary-name.js';
import { explainWriteFailure, systemCode } from './write-failure.js';

/** What can be written: text (as UTF-8), bytes, or pieces of either, also from an async generator. */
export type FileContents =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/**
 * Writes a file as a whole or not at all: into a temporary sibling, synced to disk, then renamed. A
 * link is followed; the old file's permissions stay. What is no regular file (a pipe, /dev/null) is
 * written straight.
 *
 * @throws PolytagError DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED; the old file is then untouched
 */
export async function writeFileAtomically(path: string, contents: FileContents): Promise<void> {
  const file = await AtomicFile.create(path);
  try {
    const pieces =
      typeof contents === 'string' || contents instanceof Uint8Array ? [contents] : contents;
    for await (const piece of pieces) {
      await file.write(piece);
    }
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.commit();
}

/** A file being written beside its final place; `commit` puts it there, `discard` forgets it. */
export class AtomicFile {
  private constructor(
    /** The path as the caller gave it, for messages. */
    readonly path: string,
    private readonly target: string,
    private readonly temporary: string | null,
    private readonly handle: FileHandle,
    private readonly mode: number | null,
  ) {}

  /** @throws PolytagError DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED */
  static async create(path: string): Promise<AtomicFile> {
    try {
      const { target, status } = await followLinks(path);
      if (status !== null && !status.isFile() && !status.isDirectory()) {
        return new AtomicFile(path, target, null, await open(target, 'w'), null);
      }
      if (status?.isDirectory()) {
        throw polytagError('WRITE_FAILED', { file: path, reason: 'it is a folder' });
      }
      await removeStaleTemporaries(dirname(target));
      const temporary = temporarySibling(target);
      const handle = await open(temporary, 'wx');
      removeOnExit(temporary);
      return new AtomicFile(path, target, temporary, handle, status ? status.mode & 0o7777 : null);
    } catch (error) {
      throw await explainWriteFailure(error, path);
    }
  }

  /** Whether it is an ordinary file: no pipe, no device. */
  get isRegular(): boolean {
    return this.temporary !== null;
  }

  /** Writes at the end, or over the bytes from `position` on. Await one call before the next. */
  async write(piece: string | Uint8Array, position?: number): Promise<void> {
    const bytes = typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece;
    try {
      let done = 0;
      while (done < bytes.length) {
        const at = position === undefined ? null : position + done;
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, at);
        done += bytesWritten;
      }
    } catch (error) {
      throw await explainWriteFailure(error, this.path);
    }
  }

  /** Syncs, closes and renames into place. On failure it discards before it throws. */
  async commit(): Promise<void> {
    try {
      if (this.temporary === null) {
        await this.handle.close();
        return;
      }
      if (this.mode !== null) {
        await this.handle.chmod(this.mode);
      }
      await this.handle.sync();
      await this.handle.close();
      await rename(this.temporary, this.target);
      keepOnExit(this.temporary);
      await syncFolder(dirname(this.target));
    } catch (error) {
      await this.discard();
      throw await explainWriteFailure(error, this.path);
    }
  }

  /** Removes what was written; the old file stays as it was. Never throws. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    if (this.temporary !== null) {
      await rm(this.temporary, { force: true }).catch(() => undefined);
      keepOnExit(this.temporary);
    }
  }
}

/**
 * Fills a folder as a whole or not at all: `fill` writes into a temporary sibling; its files are synced
 * and it is renamed into place. Missing parent folders are made. An existing folder is replaced only
 * with `overwrite` (default false; an empty one always): it is renamed aside to
 * `NAME.previous-XXXXXXXX`, the new one renamed in, the old one deleted. A crash between the two renames
 * leaves both under those names.
 *
 * @throws PolytagError FOLDER_NOT_EMPTY, DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED, or what `fill`
 *   throws; the temporary folder is then removed and the old folder is in its place
 */
export async function writeFolderAtomically(
  path: string,
  fill: (temporaryFolder: string) => Promise<void>,
  options: { readonly overwrite?: boolean } = {},
): Promise<void> {
  let temporary = '';
  try {
    const { target } = await followLinks(path);
    await mkdir(dirname(target), { recursive: true });
    await refuseToReplace(target, path, options.overwrite ?? false);
    await removeStaleTemporaries(dirname(target));
    temporary = temporarySibling(target);
    await mkdir(temporary);
    removeOnExit(temporary);
    await fill(temporary);
    await syncTree(temporary);
    // Asked again: `fill` may have run for hours, and another program may have written meanwhile.
    await refuseToReplace(target, path, options.overwrite ?? false);
    await moveFolderInto(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    if (temporary !== '') {
      await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    }
    throw await explainWriteFailure(error, path);
  } finally {
    keepOnExit(temporary);
  }
}

async function refuseToReplace(target: string, path: string, overwrite: boolean): Promise<void> {
  const entries = await readdir(target).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') {
      return [];
    }
    if (systemCode(error) === 'ENOTDIR') {
      throw polytagError('WRITE_FAILED', { file: path, reason: 'it is a file, not a folder' });
    }
    throw error;
  });
  if (entries.length > 0 && !overwrite) {
    throw polytagError('FOLDER_NOT_EMPTY', { folder: path });
  }
}

async function moveFolderInto(temporary: string, target: string): Promise<void> {
  const aside = join(
    dirname(target),
    `${basename(target)}.previous-${randomBytes(4).toString('hex')}`,
  );
  const replaced = await lstat(target).then(
    () => true,
    () => false,
  );
  if (replaced) {
    // The new folder takes over the old one's permissions, as a file written anew would.
    await chmod(temporary, (await stat(target)).mode & 0o7777);
    await rename(target, aside);
  }
  try {
    await rename(temporary, target);
  } catch (error) {
    if (replaced) {
      await rename(aside, target);
    }
    throw error;
  }
  if (replaced) {
    await rm(aside, { recursive: true, force: true });
  }
}

async function followLinks(path: string): Promise<{ target: string; status: Stats | null }> {
  try {
    const target = await realpath(path);
    return { target, status: await stat(target) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return { target: resolve(path), status: null };
    }
    throw error;
  }
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await syncTree(path);
    } else if (entry.isFile()) {
      await syncPath(path, 'r+');
    }
  }
  await syncFolder(folder);
}

// A rename is durable only when its folder is: without this a power cut can bring the old name back.
async function syncFolder(folder: string): Promise<void> {
  try {
    await syncPath(folder, 'r');
  } catch (error) {
    // Windows and some network file systems cannot sync a folder; there the rename is all there is.
    if (!['EPERM', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EACCES'].includes(systemCode(error))) {
      throw error;
    }
  }
}

async function syncPath(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
