// A file that is arriving: grows at its end, survives an interruption, becomes a blob when it is whole.
import { type FileHandle, open, rename, rm, statfs } from 'node:fs/promises';
import { explainWriteFailure } from '../../data/index.js';
import { polytagError } from '../../errors/index.js';

export class PartialFile {
  private constructor(
    readonly path: string,
    private handle: FileHandle,
    private length: number,
  ) {}

  /** Opens `path` to go on at its end, or begins it. */
  static async open(path: string): Promise<PartialFile> {
    try {
      const handle = await open(path, 'r+').catch(() => open(path, 'wx+'));
      return new PartialFile(path, handle, (await handle.stat()).size);
    } catch (error) {
      throw await explainWriteFailure(error, path);
    }
  }

  /** Bytes so far. */
  get size(): number {
    return this.length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await this.handle.write(
          bytes,
          done,
          bytes.length - done,
          this.length,
        );
        done += bytesWritten;
        this.length += bytesWritten;
      }
    } catch (error) {
      throw await explainWriteFailure(error, this.path);
    }
  }

  /** Begins anew, in a new file: whoever may have the old one open cannot write into this one. */
  async restart(): Promise<void> {
    try {
      await this.handle.close();
      await rm(this.path, { force: true });
      this.handle = await open(this.path, 'wx+');
      this.length = 0;
    } catch (error) {
      throw await explainWriteFailure(error, this.path);
    }
  }

  /** Puts the file at `target`, on the disk before it has that name. */
  async moveTo(target: string): Promise<void> {
    try {
      await this.handle.sync();
      await this.handle.close();
      await rename(this.path, target);
    } catch (error) {
      throw await explainWriteFailure(error, target);
    }
  }

  /** Keeps what has arrived for the next time; nothing at all is not worth keeping. */
  async close(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    if (this.length === 0) {
      await this.remove();
    }
  }

  async remove(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.path, { force: true });
  }
}

/**
 * Refuses a download that the disk of `folder` has no room for; a server may promise any size.
 *
 * @throws PolytagError DISK_FULL
 */
export async function checkFreeSpace(folder: string, needed: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free !== null && needed > free) {
    throw polytagError('DISK_FULL', {
      file: folder,
      free: `${mebibytes(free)} free, ${mebibytes(needed)} needed`,
    });
  }
}

async function freeBytes(folder: string): Promise<number | null> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
