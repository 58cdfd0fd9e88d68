// Reads the sorted string table that a checkpoint's .index file is.
// Format: https://github.com/google/leveldb/blob/main/doc/table_format.md
import { polytagError } from '../../errors/index.js';
import type { PositionedFile } from '../positioned-file.js';
import { ByteReader } from './byte-reader.js';
import { crc32c, maskCrc } from './crc32c.js';
import { unpackSnappy } from './snappy.js';

const footerBytes = 48;
const magicBytes = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);
const blockTrailerBytes = 5;

// A tensor takes about 60 bytes of an index. These bound memory and time, not any real checkpoint.
const maximalTableBytes = 64 * 2 ** 20;
const maximalBlockBytes = 16 * 2 ** 20;
const maximalKeyBytes = 1024;
const maximalEntries = 100_000;

interface BlockHandle {
  readonly position: number;
  readonly size: number;
}

/** One entry of a table. */
export interface TableEntry {
  readonly key: Uint8Array;
  /** Shares memory with its block. */
  readonly value: Uint8Array;
}

/**
 * All entries of a table, in the order of their keys, which must rise strictly. Every block's checksum is
 * verified; compressed blocks (none or Snappy) are unpacked.
 *
 * @throws PolytagError CHECKPOINT_INDEX_INVALID, CHECKPOINT_CHECKSUM_WRONG, CHECKPOINT_UNSUPPORTED or
 *   MODEL_FILE_UNREADABLE
 */
export async function readTable(file: PositionedFile): Promise<TableEntry[]> {
  const refuse = refusalOf(file);
  const index = await readBlock(file, await readFooter(file));
  const entries: TableEntry[] = [];
  let end = 0;
  for (const { value } of parseBlock(index, refuse)) {
    const handle = parseHandle(new ByteReader(value, refuse));
    // Blocks that overlap would let a small file stand for a huge table.
    if (handle.position < end) {
      throw refuse('its blocks overlap or are out of order');
    }
    end = handle.position + handle.size;
    for (const entry of parseBlock(await readBlock(file, handle), refuse)) {
      const previous = entries.at(-1);
      if (previous !== undefined && Buffer.compare(previous.key, entry.key) >= 0) {
        throw refuse('its keys are not in order');
      }
      if (entries.length === maximalEntries) {
        throw refuse(`it has more than ${maximalEntries} entries`);
      }
      entries.push(entry);
    }
  }
  return entries;
}

function refusalOf(file: PositionedFile): (problem: string) => Error {
  return (problem) => polytagError('CHECKPOINT_INDEX_INVALID', { file: file.path, problem });
}

/** The handle of the index block, from the last 48 bytes: two handles, padding, magic number. */
async function readFooter(file: PositionedFile): Promise<BlockHandle> {
  const refuse = refusalOf(file);
  if (file.size < footerBytes || file.size > maximalTableBytes) {
    throw refuse(`it has ${file.size} bytes; expected ${footerBytes} to ${maximalTableBytes}`);
  }
  const footer = await file.read(file.size - footerBytes, footerBytes);
  if (Buffer.compare(footer.subarray(-magicBytes.length), magicBytes) !== 0) {
    throw refuse('it does not end with the magic number of a table');
  }
  const reader = new ByteReader(footer.subarray(0, -magicBytes.length), refuse);
  // The first handle is the meta-index block's, which holds filters for look-ups.
  parseHandle(reader);
  return parseHandle(reader);
}

function parseHandle(reader: ByteReader): BlockHandle {
  return { position: reader.varint(), size: reader.varint() };
}

async function readBlock(
  file: PositionedFile,
  { position, size }: BlockHandle,
): Promise<Uint8Array> {
  const refuse = refusalOf(file);
  if (position + size + blockTrailerBytes > file.size - footerBytes) {
    throw refuse(`its block of ${size} bytes at ${position} lies outside of it`);
  }
  if (size > maximalBlockBytes) {
    throw refuse(`its block at ${position} has ${size} bytes, more than ${maximalBlockBytes}`);
  }
  const block = await file.read(position, size + blockTrailerBytes);
  const stored = new DataView(block.buffer).getUint32(size + 1, true);
  if (maskCrc(crc32c(block.subarray(0, size + 1))) !== stored) {
    throw polytagError('CHECKPOINT_CHECKSUM_WRONG', {
      file: file.path,
      part: `its block at byte ${position}`,
    });
  }
  const contents = block.subarray(0, size);
  switch (block[size]) {
    case 0:
      return contents;
    case 1:
      return unpackSnappy(contents, maximalBlockBytes, refuse);
    default:
      throw polytagError('CHECKPOINT_UNSUPPORTED', {
        file: file.path,
        feature: `is compressed by method ${block[size]}`,
      });
  }
}

/** Entries, each sharing the start of its key with the one before, then restart points and their number. */
function* parseBlock(
  block: Uint8Array,
  refuse: (problem: string) => Error,
): Generator<TableEntry, void> {
  const restarts =
    block.length < 4
      ? Number.POSITIVE_INFINITY
      : new ByteReader(block.subarray(-4), refuse).littleEndian(4);
  const entriesEnd = block.length - 4 - 4 * restarts;
  if (entriesEnd < 0) {
    throw refuse('a block is too short for its restart points');
  }
  // Restart points serve binary search; reading from the start needs none.
  const reader = new ByteReader(block.subarray(0, entriesEnd), refuse);
  let key = new Uint8Array(0);
  while (!reader.atEnd()) {
    const shared = reader.varint();
    const unshared = reader.varint();
    const valueSize = reader.varint();
    if (shared > key.length || shared + unshared > maximalKeyBytes) {
      throw refuse('a key is longer than 1,024 bytes or shares more than there is');
    }
    const next = new Uint8Array(shared + unshared);
    next.set(key.subarray(0, shared));
    next.set(reader.bytes(unshared), shared);
    key = next;
    yield { key, value: reader.bytes(valueSize) };
  }
}
