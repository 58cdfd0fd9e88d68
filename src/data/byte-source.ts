// Opens a file, standard input, or what is packed in a .gz or .zip, as a stream of bytes.
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PolytagError, polytagError } from '../errors/index.js';
import { systemCode } from './write-failure.js';
import { openZippedTable } from './zipped-table.js';

/** Bytes of a table, unpacked. */
export interface ByteSource {
  /** The name to go by when the format is told from the extension; without .gz or .zip. */
  readonly name: string;
  /** The first bytes (up to 64 KiB, all if the source is shorter), which `chunks` gives again. */
  readonly head: Buffer;
  /** All bytes, once. Ending the iteration closes the source. */
  readonly chunks: ByteChunks;
  /** Whether it came out of a .gz or .zip. */
  readonly packed: boolean;
}

/**
 * Chunks of bytes, those already read first. No generator function: ending one of these before its first
 * step would not run its `finally`, and leave the file open.
 */
export class ByteChunks implements AsyncIterable<Uint8Array> {
  constructor(
    private readonly taken: Uint8Array[],
    private readonly rest: AsyncGenerator<Uint8Array, void> | ByteChunks,
  ) {}

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    const first = this.taken.shift();
    return first === undefined ? await this.rest.next() : { done: false, value: first };
  }

  /** Closes the source; also before the first step, and a second time. */
  async return(): Promise<IteratorResult<Uint8Array, void>> {
    this.taken.length = 0;
    return await this.rest.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const chunkSize = 256 * 1024;
const headSize = 64 * 1024;

/** The name in messages for the path `-`. */
export const standardInput = 'standard input';

/**
 * Opens `path` (`-`: standard input), and unpacks gzip (also of several members) and a .zip that holds
 * one table, told by their first bytes.
 *
 * @throws PolytagError FILE_MISSING, FILE_UNREADABLE, TABLE_EMPTY, ZIP_UNSUITABLE or TABLE_DAMAGED;
 *   reading may throw the last one too
 */
export async function openByteSource(path: string): Promise<ByteSource> {
  if (path === '-') {
    return await unpack(standardInput, '', namingErrors(standardInput, process.stdin));
  }
  const status = await inspectFile(path);
  if (status.isFile() && status.size === 0) {
    throw polytagError('TABLE_EMPTY', { file: path, reason: 'the file is empty' });
  }
  if (status.isFile() && (await startsAsZip(path))) {
    const { name, chunks } = await openZippedTable(path);
    return { ...(await unpack(path, name, chunks)), packed: true };
  }
  const chunks = namingErrors(path, readFrom(path));
  return await unpack(path, path, chunks);
}

/**
 * The status of an existing, readable file or pipe.
 *
 * @throws PolytagError FILE_MISSING or FILE_UNREADABLE
 */
export async function inspectFile(path: string): Promise<Stats> {
  let status: Stats;
  try {
    status = await stat(path);
  } catch (error) {
    throw explainReadFailure(error, path);
  }
  if (status.isDirectory()) {
    throw polytagError('FILE_UNREADABLE', { file: path, reason: 'it is a folder, not a file' });
  }
  return status;
}

/** The error to throw when reading `file` failed with `error`. */
function explainReadFailure(error: unknown, file: string): Error {
  const original = error instanceof Error ? error : new Error(String(error), { cause: error });
  const code = systemCode(error);
  if (error instanceof PolytagError) {
    return original;
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return polytagError('FILE_MISSING', { file }, { cause: error });
  }
  const reasons: Record<string, string> = {
    EACCES: 'this user may not read it',
    EPERM: 'this user may not read it',
    EISDIR: 'it is a folder, not a file',
    EIO: 'the disk reported an input/output error',
    EMFILE: 'too many files are open in this process',
    ELOOP: 'its links lead in a circle',
    ENAMETOOLONG: 'the name is too long for the file system',
  };
  if (Object.hasOwn(reasons, code)) {
    return polytagError('FILE_UNREADABLE', { file, reason: reasons[code] }, { cause: error });
  }
  if (code.startsWith('Z_')) {
    const reason =
      code === 'Z_BUF_ERROR' ? 'the gzip data ends too early' : 'the gzip data is invalid';
    return polytagError('TABLE_DAMAGED', { file, reason }, { cause: error });
  }
  return original;
}

async function startsAsZip(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return bytesRead === 4 && isZip(buffer);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw explainReadFailure(error, path);
  }
}

function isZip(head: Buffer): boolean {
  return (
    head.subarray(0, 2).toString('latin1') === 'PK' &&
    [0x0403, 0x0605].includes(head.readUInt16LE(2))
  );
}

async function* readFrom(path: string): AsyncGenerator<Uint8Array, void> {
  const handle = await open(path, 'r');
  try {
    for (;;) {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize);
      if (bytesRead === 0) {
        return;
      }
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* namingErrors(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* chunks;
  } catch (error) {
    throw explainReadFailure(error, file);
  }
}

async function unpack(
  file: string,
  name: string,
  chunks: AsyncGenerator<Uint8Array, void>,
): Promise<ByteSource> {
  const packed = await readHead(chunks, 4);
  if (packed.head.length >= 4 && isZip(packed.head)) {
    await packed.chunks.return();
    const reason =
      'a .zip must be a file of its own: it cannot be read from a pipe or out of another';
    throw polytagError('ZIP_UNSUITABLE', { file, reason });
  }
  const source = isGzip(packed.head)
    ? await readHead(namingErrors(file, gunzip(packed.chunks)), headSize)
    : await readHead(packed.chunks, headSize);
  if (source.head.length === 0) {
    throw polytagError('TABLE_EMPTY', { file, reason: 'there is nothing in it' });
  }
  return { name: name.replace(/\.(?:gz|gzip)$/i, ''), ...source, packed: isGzip(packed.head) };
}

function isGzip(head: Buffer): boolean {
  return head.length >= 2 && head.readUInt16BE(0) === 0x1f8b;
}

async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const packed = Readable.from(chunks, { objectMode: false });
  const unpacked = createGunzip({ chunkSize });
  // An error of the file has to reach whoever waits for unpacked bytes.
  packed.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const chunk of packed.pipe(unpacked)) {
      if (chunk instanceof Uint8Array) {
        yield chunk;
      }
    }
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

/** Reads until at least `size` bytes are there, and gives them back in front of the rest. */
async function readHead(
  chunks: AsyncGenerator<Uint8Array, void> | ByteChunks,
  size: number,
): Promise<{ head: Buffer; chunks: ByteChunks }> {
  const taken: Uint8Array[] = [];
  let length = 0;
  while (length < size) {
    const next = await chunks.next();
    if (next.done === true) {
      break;
    }
    taken.push(next.value);
    length += next.value.length;
  }
  return { head: Buffer.concat(taken).subarray(0, size), chunks: new ByteChunks(taken, chunks) };
}
