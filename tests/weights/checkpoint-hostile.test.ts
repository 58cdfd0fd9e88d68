// Each malformation of a checkpoint has one tiny file here, and gets its own refusal and no other. Checksums
// are right unless they are what is wrong, so that each check is met by itself.
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors/index.js';
import { crc32c, maskCrc } from '../../src/weights/checkpoint/crc32c.js';
import { openTensorFlowCheckpoint } from '../../src/weights/checkpoint/reader.js';
import {
  encodeEntry,
  encodeFooter,
  encodeHeader,
  encodeTable,
  type EntryFields,
  sealBlock,
  type TableItem,
  varint,
} from './support/checkpoint-writer.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';

const folder = temporaryFolder();
const prefix = join(folder, 'model.ckpt');
const dataFile = `${prefix}.data-00000-of-00001`;
const data = Buffer.alloc(16, 1);
const checksum = maskCrc(crc32c(data));
const good: EntryFields = { typeNumber: 1, shape: [4], size: 16, checksum };
const header: TableItem = { key: '', value: encodeHeader(1) };

function indexOf(...items: TableItem[]): Buffer {
  return encodeTable([header, ...items]);
}

function withEntry(fields: Partial<EntryFields>): Buffer {
  return indexOf({ key: 'w', value: encodeEntry({ ...good, ...fields }) });
}

const messageEntry = (...bytes: number[]): Buffer =>
  indexOf({ key: 'w', value: Uint8Array.from(bytes) });

/** A table whose one data block has these contents. */
function withBlock(contents: Uint8Array, type = 0): Buffer {
  const block = sealBlock(contents, type);
  const index = sealBlock(blockOf([['w', [varint(0), varint(contents.length)]]]), 0);
  const handle = Buffer.concat([varint(block.length), varint(index.length - 5)]);
  return Buffer.concat([block, index, encodeFooter(handle, handle)]);
}

/** Contents of a block: entries whose keys share nothing, then one restart point. */
function blockOf(entries: readonly (readonly [string, readonly Uint8Array[]])[]): Buffer {
  const parts = entries.map(([key, values]) => {
    const value = Buffer.concat(values);
    return Buffer.concat([
      varint(0),
      varint(key.length),
      varint(value.length),
      Buffer.from(key),
      value,
    ]);
  });
  return Buffer.concat([...parts, Buffer.of(0, 0, 0, 0, 1, 0, 0, 0)]);
}

function flipped(bytes: Buffer, position: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[position < 0 ? copy.length + position : position] ^= 1;
  return copy;
}

function withHandles(handles: readonly (readonly [number, number])[]): Buffer {
  const block = sealBlock(blockOf([['', [encodeHeader(1)]]]), 0);
  const entries = handles.map(
    ([position, size], index) =>
      [String(index), [varint(position), varint(size < 0 ? block.length - 5 : size)]] as const,
  );
  const index = sealBlock(blockOf(entries), 0);
  const handle = Buffer.concat([varint(block.length), varint(index.length - 5)]);
  return Buffer.concat([block, index, encodeFooter(handle, handle)]);
}

const indexInvalid: readonly (readonly [string, Buffer, string])[] = [
  ['an empty file', Buffer.alloc(0), 'it has 0 bytes'],
  ['47 bytes', Buffer.alloc(47), 'it has 47 bytes'],
  ['another magic number', flipped(withEntry({}), -1), 'magic number'],
  [
    'a footer whose index block lies outside',
    encodeFooter(
      Buffer.concat([varint(0), varint(0)]),
      Buffer.concat([varint(0), varint(10 ** 9)]),
    ),
    'lies outside',
  ],
  [
    'a footer with a number of eleven bytes',
    encodeFooter(Buffer.alloc(11, 0xff), Buffer.alloc(0)),
    'more than ten bytes',
  ],
  [
    'a footer with a place beyond 2^53',
    encodeFooter(Buffer.concat([varint(2n ** 60n), varint(1)]), Buffer.alloc(0)),
    'above 2^53',
  ],
  ['a data block that lies outside', withHandles([[10 ** 6, 4]]), 'lies outside'],
  [
    'a data block named twice, as a bomb would',
    withHandles([
      [0, -1],
      [0, -1],
    ]),
    'overlap',
  ],
  ['a block of three bytes', withBlock(Buffer.alloc(3)), 'too short for its restart points'],
  ['a block of restart points only', withBlock(Buffer.of(0xff, 0xff, 0xff, 0xff)), 'too short'],
  [
    'a key that shares more than there is',
    withBlock(Buffer.concat([varint(1), varint(0), varint(0), Buffer.of(0, 0, 0, 0, 1, 0, 0, 0)])),
    'shares more than there is',
  ],
  [
    'a value longer than its block',
    withBlock(Buffer.concat([varint(0), varint(0), varint(99), Buffer.of(0, 0, 0, 0, 1, 0, 0, 0)])),
    'middle of a value',
  ],
  ['a key of 1,025 bytes', indexOf({ key: 'k'.repeat(1025), value: encodeEntry(good) }), '1,024'],
  [
    'keys out of order',
    indexOf({ key: 'b', value: encodeEntry(good) }, { key: 'a', value: encodeEntry(good) }),
    'not in order',
  ],
  [
    'a key twice',
    indexOf({ key: 'a', value: encodeEntry(good) }, { key: 'a', value: encodeEntry(good) }),
    'not in order',
  ],
  [
    'a name that is not UTF-8',
    indexOf({ key: Buffer.of(0xc3), value: encodeEntry(good) }),
    'UTF-8',
  ],
  ['no header', encodeTable([{ key: 'w', value: encodeEntry(good) }]), 'no header'],
  ['no entries at all', encodeTable([]), 'no header'],
  ['no shards', encodeTable([{ key: '', value: encodeHeader(0) }]), 'announces 0 data files'],
  ['a million shards', encodeTable([{ key: '', value: encodeHeader(1e6) }]), '1000000 data files'],
  ['a negative number of shards', encodeTable([{ key: '', value: encodeHeader(-1) }]), 'negative'],
  ['a snappy block that is none', withBlock(Buffer.of(200, 1, 0xff), 1), 'Snappy'],
  ['an entry cut short', messageEntry(0x08), 'middle of a value'],
  ['an entry with the field 0', messageEntry(0x00, 0x00), 'the number 0'],
  ['an entry with a group', messageEntry(0x0b), 'wire type 3'],
  ['an entry whose type is a message', messageEntry(0x0a, 0x00), 'field 1 has the wire type 2'],
  ['a shape that is a number', messageEntry(0x10, 0x01), 'field 2 has the wire type 0'],
  ['a message longer than its field', messageEntry(0x12, 0x7f, 0x00), 'middle of a value'],
  ['a negative dimension', withEntry({ shape: [-1n] }), 'negative'],
  ['a negative offset', withEntry({ offset: -1n }), 'negative'],
  ['a size beyond 2^53', withEntry({ size: 2n ** 53n }), 'above 2^53'],
];

const tensorInvalid: readonly (readonly [string, Buffer, string])[] = [
  ['a shard that is not there', withEntry({ shard: 1 }), 'data file 1 of 1'],
  ['an end after the data', withEntry({ offset: 1 }), 'ends at byte 17'],
  ['fewer bytes than the shape needs', withEntry({ shape: [5] }), 'float32 of shape [5]'],
  ['more bytes than the shape needs', withEntry({ typeNumber: 19 }), 'float16 of shape [4]'],
  ['a shape whose product overflows', withEntry({ shape: [2 ** 40, 2 ** 40] }), 'does not take 16'],
  ['an overflow behind a zero', withEntry({ shape: [2 ** 40, 2 ** 40, 0], size: 0 }), 'take 0'],
];

const unsupported: readonly (readonly [string, Buffer, string])[] = [
  ['big-endian data', encodeTable([{ key: '', value: encodeHeader(1, 1) }]), 'big-endian'],
  ['a later format', encodeTable([{ key: '', value: encodeHeader(1, 0, 2) }]), 'version 2'],
  ['another compression', withBlock(blockOf([]), 2), 'compressed by method 2'],
];

describe('openTensorFlowCheckpoint refuses', () => {
  async function expectOpeningRefused(
    index: Buffer,
    code: ErrorCode,
    ...parts: string[]
  ): Promise<void> {
    writeFileSync(dataFile, data);
    writeFileSync(`${prefix}.index`, index);
    await expectRefusal(openTensorFlowCheckpoint(prefix), code, prefix, ...parts);
  }

  it('nothing in the checkpoint that the others are made from', async () => {
    writeFileSync(dataFile, data);
    writeFileSync(`${prefix}.index`, withEntry({}));
    const source = await openTensorFlowCheckpoint(prefix);
    expect((await source.read('w')).data).toHaveLength(4);
    await source.close();
  });

  it.each(indexInvalid)('%s', (_, index, problem) =>
    expectOpeningRefused(index, 'CHECKPOINT_INDEX_INVALID', problem),
  );

  it.each(tensorInvalid)('%s', (_, index, problem) =>
    expectOpeningRefused(index, 'CHECKPOINT_TENSOR_INVALID', '"w"', problem),
  );

  it.each(unsupported)('%s', (_, index, feature) =>
    expectOpeningRefused(index, 'CHECKPOINT_UNSUPPORTED', feature),
  );

  it('more entries than any model has', async () => {
    const items = Array.from({ length: 100_001 }, (_, index) => ({
      key: String(index).padStart(6, '0'),
      value: Buffer.alloc(0),
    }));
    await expectOpeningRefused(indexOf(...items), 'CHECKPOINT_INDEX_INVALID', 'more than 100000');
  });

  it('every flipped bit of a block, by the checksum', async () => {
    const index = withEntry({});
    writeFileSync(dataFile, data);
    const accepted: number[] = [];
    for (let position = 0; position < index.length - 48; position++) {
      writeFileSync(`${prefix}.index`, flipped(index, position));
      const code = await openTensorFlowCheckpoint(prefix).then(
        (source) => source.close(),
        (error: unknown) => error,
      );
      if (code === undefined) {
        accepted.push(position);
      } else {
        expect(code).toHaveProperty('code', 'CHECKPOINT_CHECKSUM_WRONG');
      }
    }
    // The meta-index block, 8 bytes and their checksum, is not read and may hold anything.
    expect(accepted).toEqual(Array.from({ length: 13 }, (_, place) => accepted[0] + place));
  });

  it('a data file that is missing, and one that is cut short', async () => {
    writeFileSync(`${prefix}.index`, withEntry({}));
    rmSync(dataFile, { force: true });
    await expectRefusal(
      openTensorFlowCheckpoint(prefix),
      'MODEL_FILE_UNREADABLE',
      dataFile,
      'no such file',
    );
    writeFileSync(dataFile, data.subarray(1));
    await expectRefusal(openTensorFlowCheckpoint(prefix), 'CHECKPOINT_TENSOR_INVALID', 'has 15');
  });

  it('a checkpoint without an index', async () => {
    const attempt = openTensorFlowCheckpoint(join(folder, 'absent.ckpt'));
    await expectRefusal(attempt, 'MODEL_FILE_UNREADABLE', 'absent.ckpt.index');
  });

  it('a tensor with a flipped bit, when it is read', async () => {
    writeFileSync(`${prefix}.index`, withEntry({}));
    writeFileSync(dataFile, flipped(data, 7));
    const source = await openTensorFlowCheckpoint(prefix);
    await expectRefusal(source.read('w'), 'CHECKPOINT_CHECKSUM_WRONG', dataFile, 'tensor "w"');
    await source.close();
  });

  it('a data file that shrank after it was opened', async () => {
    writeFileSync(`${prefix}.index`, withEntry({}));
    writeFileSync(dataFile, data);
    const source = await openTensorFlowCheckpoint(prefix);
    truncateSync(dataFile, 3);
    await expectRefusal(source.read('w'), 'MODEL_FILE_UNREADABLE', 'shorter');
    await source.close();
  });
});
