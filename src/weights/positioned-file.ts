// A file read by range: only the asked bytes enter memory, and only when the file really has them.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { polytagError } from '../errors/index.js';

const pieceBytes = 8 * 2 ** 20;

const systemReasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ELOOP: 'it is a link that leads to itself',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  EIO: 'the disk reported an input/output error',
  EMFILE: 'too many files are open in this process',
  ENFILE: 'too many files are open on this machine',
  ENAMETOOLONG: 'the name is too long for the file system',
  ENXIO: 'it is not a regular file',
};

/** The error to throw when reading `file` failed with `error`; errors that are not the system's come back as they are. */
export function explainReadFailure(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!Object.hasOwn(systemReasons, code)) {
    return error;
  }
  return polytagError(
    'MODEL_FILE_UNREADABLE',
    { file, reason: systemReasons[code] },
    { cause: error },
  );
}

/** An open regular file with the size it had when it was opened. */
export class PositionedFile {
  private constructor(
    readonly path: string,
    /** In bytes. */
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  /** @throws PolytagError MODEL_FILE_UNREADABLE */
  static async open(path: string): Promise<PositionedFile> {
    let handle: FileHandle | null = null;
    try {
      // Without blocking: a named pipe would wait for a writer before it could be refused.
      handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const status = await handle.stat();
      if (!status.isFile()) {
        const reason = status.isDirectory() ? 'it is a folder' : 'it is not a regular file';
        throw polytagError('MODEL_FILE_UNREADABLE', { file: path, reason });
      }
      return new PositionedFile(path, status.size, handle);
    } catch (error) {
      await handle?.close();
      throw explainReadFailure(error, path);
    }
  }

  /**
   * The `length` bytes from `position` on, in an ArrayBuffer of their own.
   *
   * @param onPiece called with each piece (at most 8 MiB) as it arrives, in order
   * @throws PolytagError MODEL_FILE_UNREADABLE if the range leaves the file, the file has shrunk, the
   *   disk fails or there is no memory for so many bytes
   */
  async read(
    position: number,
    length: number,
    onPiece?: (piece: Uint8Array) => void,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (position < 0 || length < 0 || position + length > this.size) {
      throw this.unreadable(`it ends at byte ${this.size}, before byte ${position + length}`);
    }
    const bytes = this.allocate(length);
    for (let done = 0; done < length; ) {
      const size = Math.min(pieceBytes, length - done);
      const { bytesRead } = await this.handle
        .read(bytes, done, size, position + done)
        .catch((error: unknown) => {
          throw explainReadFailure(error, this.path);
        });
      if (bytesRead === 0) {
        throw this.unreadable('it became shorter while it was being read');
      }
      onPiece?.(bytes.subarray(done, done + bytesRead));
      done += bytesRead;
    }
    return bytes;
  }

  /** A second call does nothing. */
  async close(): Promise<void> {
    await this.handle.close();
  }

  private allocate(length: number): Uint8Array<ArrayBuffer> {
    try {
      return new Uint8Array(length);
    } catch (error) {
      // A sparse file of terabytes costs its author nothing.
      throw polytagError(
        'MODEL_FILE_UNREADABLE',
        { file: this.path, reason: `there is no memory for ${length} bytes of it` },
        { cause: error },
      );
    }
  }

  private unreadable(reason: string): Error {
    return polytagError('MODEL_FILE_UNREADABLE', { file: this.path, reason });
  }
}
