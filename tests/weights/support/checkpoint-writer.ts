// Writes TensorFlow V2 checkpoints: what tests read back, in whole or with one thing wrong.
import { open, writeFile } from 'node:fs/promises';
import type { DataType, Tensor } from '../../../src/graph/index.js';
import { crc32c, maskCrc } from '../../../src/weights/checkpoint/crc32c.js';

/** One entry of a sorted table. */
export interface TableItem {
  readonly key: Uint8Array | string;
  readonly value: Uint8Array;
}

/** How a table is laid out; the defaults are TensorFlow's, blocks apart. */
export interface TableLayout {
  /** A block ends when it has this many bytes. Default 4,096. */
  readonly blockBytes?: number;
  /** Every so many keys one is stored in full. Default 16. */
  readonly restartInterval?: number;
  /** Packs a block's contents; `type` is the byte that says how. Default: as they are, 0. */
  readonly pack?: (contents: Uint8Array) => {
    readonly type: number;
    readonly contents: Uint8Array;
  };
}

/** A BundleEntryProto to be. */
export interface EntryFields {
  readonly typeNumber: number;
  readonly shape: readonly (number | bigint)[];
  readonly shard?: number;
  readonly offset?: number | bigint;
  readonly size: number | bigint;
  /** Masked. */
  readonly checksum?: number;
  readonly sliced?: boolean;
}

const typeNumbers: Readonly<Record<DataType, number>> = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  float16: 19,
  uint32: 22,
  uint64: 23,
};

/** A variable-length number; negative ones as 64-bit two's complement. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

function field(number: number, value: number | bigint | Uint8Array): Buffer {
  return value instanceof Uint8Array
    ? Buffer.concat([varint(number * 8 + 2), varint(value.length), value])
    : Buffer.concat([varint(number * 8), varint(value)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A BundleHeaderProto. */
export function encodeHeader(shards: number, endianness = 0, oldestReader = 0): Buffer {
  const version = Buffer.concat([field(1, 1), field(2, oldestReader)]);
  return Buffer.concat([field(1, shards), field(2, endianness), field(3, version)]);
}

/** A BundleEntryProto. */
export function encodeEntry(fields: EntryFields): Buffer {
  const { typeNumber, shape, shard = 0, offset = 0, size, checksum = 0, sliced = false } = fields;
  return Buffer.concat([
    field(1, typeNumber),
    field(2, Buffer.concat(shape.map((dimension) => field(2, field(1, dimension))))),
    field(3, shard),
    field(4, offset),
    field(5, size),
    varint(6 * 8 + 5),
    uint32(checksum),
    sliced ? field(7, Buffer.alloc(0)) : Buffer.alloc(0),
  ]);
}

/** A table of entries, in the order given. */
export function encodeTable(items: readonly TableItem[], layout: TableLayout = {}): Buffer {
  const { blockBytes = 4096, restartInterval = 16 } = layout;
  const file: Buffer[] = [];
  let position = 0;
  const addBlock = (block: BlockBuilder): Buffer => {
    const raw = block.finish();
    const { type, contents } = layout.pack?.(raw) ?? { type: 0, contents: raw };
    const sealed = sealBlock(contents, type);
    const handle = Buffer.concat([varint(position), varint(contents.length)]);
    file.push(sealed);
    position += sealed.length;
    return handle;
  };
  const index = new BlockBuilder(1);
  let block = new BlockBuilder(restartInterval);
  items.forEach(({ key, value }, number) => {
    const bytes = Buffer.from(key);
    block.add(bytes, value);
    if (block.size >= blockBytes || number === items.length - 1) {
      index.add(bytes, addBlock(block));
      block = new BlockBuilder(restartInterval);
    }
  });
  const metaHandle = addBlock(new BlockBuilder(1));
  const indexHandle = addBlock(index);
  return Buffer.concat([...file, encodeFooter(metaHandle, indexHandle)]);
}

/** A block's contents with the byte for its compression and its checksum. */
export function sealBlock(contents: Uint8Array, type: number): Buffer {
  const typed = Buffer.concat([contents, Buffer.of(type)]);
  return Buffer.concat([typed, uint32(maskCrc(crc32c(typed)))]);
}

/** The last 48 bytes of a table. */
export function encodeFooter(metaHandle: Uint8Array, indexHandle: Uint8Array): Buffer {
  const footer = Buffer.alloc(48);
  Buffer.concat([metaHandle, indexHandle]).copy(footer);
  footer.writeBigUInt64LE(0xdb47_7524_8b80_fb57n, 40);
  return footer;
}

class BlockBuilder {
  size = 0;
  private readonly parts: Buffer[] = [];
  private readonly restarts: number[] = [];
  private count = 0;
  private last: Uint8Array = Buffer.alloc(0);

  constructor(private readonly restartInterval: number) {}

  add(key: Uint8Array, value: Uint8Array): void {
    let shared = 0;
    if (this.count++ % this.restartInterval === 0) {
      this.restarts.push(this.size);
    } else {
      while (shared < Math.min(key.length, this.last.length) && key[shared] === this.last[shared]) {
        shared++;
      }
    }
    const heads = [shared, key.length - shared, value.length].map(varint);
    const part = Buffer.concat([...heads, key.subarray(shared), value]);
    this.parts.push(part);
    this.size += part.length;
    this.last = key;
  }

  finish(): Buffer {
    const restarts = this.restarts.length === 0 ? [0] : this.restarts;
    return Buffer.concat([...this.parts, ...restarts.map(uint32), uint32(restarts.length)]);
  }
}

/**
 * Writes a checkpoint as TensorFlow would. Tensors are spread over the shards in turn; only one is in
 * memory at a time.
 */
export async function writeCheckpoint(
  prefix: string,
  tensors: Iterable<readonly [string, Tensor]>,
  { shards = 1, ...layout }: TableLayout & { readonly shards?: number } = {},
): Promise<void> {
  const digits = (number: number): string => String(number).padStart(5, '0');
  const names = Array.from(
    { length: shards },
    (_, shard) => `${prefix}.data-${digits(shard)}-of-${digits(shards)}`,
  );
  const files = await Promise.all(names.map((name) => open(name, 'w')));
  const offsets = names.map(() => 0);
  const entries: TableItem[] = [];
  let shard = 0;
  for (const [name, { type, shape, data }] of tensors) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await files[shard].writeFile(bytes);
    const placed = { shard, offset: offsets[shard], size: bytes.length };
    const checksum = maskCrc(crc32c(bytes));
    entries.push({
      key: name,
      value: encodeEntry({ typeNumber: typeNumbers[type], shape, ...placed, checksum }),
    });
    offsets[shard] += bytes.length;
    shard = (shard + 1) % shards;
  }
  await Promise.all(files.map((file) => file.close()));
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  const table = encodeTable([{ key: '', value: encodeHeader(shards) }, ...entries], layout);
  await writeFile(`${prefix}.index`, table);
}
