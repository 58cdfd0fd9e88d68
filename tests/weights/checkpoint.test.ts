import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/graph/index.js';
import { crc32c, maskCrc } from '../../src/weights/checkpoint/crc32c.js';
import {
  listCheckpointFiles,
  openTensorFlowCheckpoint,
} from '../../src/weights/checkpoint/reader.js';
import { unpackSnappy } from '../../src/weights/checkpoint/snappy.js';
import { toFloat32 } from '../../src/weights/float16.js';
import { writeCheckpoint } from './support/checkpoint-writer.js';
import { expectRefusal } from './support/refusal.js';
import { packSnappy } from './support/snappy-packer.js';
import { temporaryFolder } from './support/temporary-folder.js';

const folder = temporaryFolder();
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/checkpoints/${name}`, import.meta.url));

const values = JSON.parse(readFileSync(fixture('values.json'), 'utf8')) as {
  types: Record<string, { type: string; shape: number[]; values: (number | string)[] }>;
  shards: Record<string, number[]>;
};

const refuse = (problem: string): Error => new Error(problem);

describe('openTensorFlowCheckpoint', () => {
  it.each(Object.entries(values.types))(
    'reads %s as TensorFlow wrote it',
    async (name, expected) => {
      const source = await openTensorFlowCheckpoint(fixture('types.ckpt'));
      const { type, shape, data } = await source.read(name);
      await source.close();
      expect([type, shape]).toEqual([expected.type, expected.shape]);
      const real = toFloat32({ type, shape, data });
      const shown = Array.from<number | bigint, number | string>(
        type === 'float64' ? data : (real?.data ?? data),
        (value) => (typeof value === 'bigint' ? value.toString() : value),
      );
      expect(shown).toEqual(expected.values);
    },
  );

  it('reads tensors from several data files', async () => {
    const source = await openTensorFlowCheckpoint(fixture('shards.ckpt'));
    expect(source.names()).toEqual(Object.keys(values.shards).sort());
    for (const [name, numbers] of Object.entries(values.shards)) {
      expect([...(await source.read(name)).data]).toEqual(numbers);
    }
    await source.close();
    expect(await listCheckpointFiles(fixture('shards.ckpt'))).toHaveLength(3);
  });

  it.each([
    ['types.ckpt', 'text', '"text" with element type 7'],
    ['types.ckpt', 'complex', '"complex" with element type 8'],
    ['sliced.ckpt', 'w', '"w" in parts'],
  ])('refuses in %s only the tensor %s, by its name', async (file, name, part) => {
    const source = await openTensorFlowCheckpoint(fixture(file));
    await expectRefusal(source.read(name), 'CHECKPOINT_UNSUPPORTED', part);
    const other = source.names().find((candidate) => candidate !== name) ?? '';
    await expect(source.read(other)).resolves.toBeDefined();
    await source.close();
  });

  it('reads what our writer wrote, for any block size, restart interval, shards and compression', async () => {
    const layout = fc.record({
      blockBytes: fc.integer({ min: 1, max: 5000 }),
      restartInterval: fc.integer({ min: 1, max: 20 }),
      shards: fc.integer({ min: 1, max: 3 }),
      packed: fc.boolean(),
    });
    const names = fc.uniqueArray(
      fc.array(fc.constantFrom('bert/', 'layer_', '1', '12', 'kernel', 'ü', '中'), {
        minLength: 1,
        maxLength: 9,
      }),
      { maxLength: 40, selector: (parts) => parts.join('') },
    );
    const prefix = join(folder, 'property.ckpt');
    await fc.assert(
      fc.asyncProperty(layout, names, async ({ packed, ...rest }, parts) => {
        const tensors = parts.map((path, index): [string, Tensor] => {
          const data = Float32Array.from({ length: index }, (_, place) => place + index);
          return [path.join(''), { type: 'float32', shape: [index], data }];
        });
        const pack = (contents: Uint8Array): { type: number; contents: Uint8Array } => ({
          type: 1,
          contents: packSnappy(contents),
        });
        await writeCheckpoint(prefix, tensors, packed ? { ...rest, pack } : rest);
        const source = await openTensorFlowCheckpoint(prefix);
        expect(source.names()).toEqual(tensors.map(([name]) => name).sort());
        for (const [name, tensor] of tensors) {
          expect(await source.read(name)).toEqual(tensor);
        }
        await source.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('crc32c', () => {
  // RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  it.each([
    [new Uint8Array(32), 0x8a91_36aa],
    [new Uint8Array(32).fill(0xff), 0x62a8_ab43],
    [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd_794e],
    [Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113f_db5c],
    [Buffer.from('123456789'), 0xe306_9283],
    [new Uint8Array(0), 0],
  ])('gives the published checksum (case %#)', (bytes, checksum) => {
    expect(crc32c(bytes)).toBe(checksum);
  });

  it('goes on from where it was, wherever the bytes are cut', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => (index * 37) % 256);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
    }
  });

  it('masks as LevelDB does', () => {
    // The start of the one block in an empty table of LevelDB: no entries, one restart, type 0.
    const block = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0);
    expect(maskCrc(crc32c(block)).toString(16)).toBe('b0a1f2c0');
  });
});

describe('unpackSnappy', () => {
  it('unpacks what the reference library packed', () => {
    const packed = readFileSync(fixture('reference.snappy'));
    const expected = readFileSync(fixture('reference.unpacked'));
    expect(Buffer.from(unpackSnappy(packed, 1e6, refuse))).toEqual(expected);
  });

  it('unpacks copies of every kind and literals of every length', () => {
    const text = fc.array(fc.constantFrom('a', 'bc', 'the quick brown fox ', '\0'.repeat(90)), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(text, fc.uint8Array({ maxLength: 700 }), (words, noise) => {
        const bytes = Buffer.concat([
          Buffer.from(words.join('')),
          noise,
          Buffer.from(words.join('')),
        ]);
        expect(Buffer.from(unpackSnappy(packSnappy(bytes), 1e6, refuse))).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['nothing', [], 'middle of a value'],
    ['a size beyond the limit', [0xff, 0xff, 0xff, 0x7f], 'announces 268435455 bytes'],
    ['a size beyond what its bytes can hold', [0xe8, 0x07, 0x00, 0x61], 'announces 1000 bytes'],
    ['a literal that is cut short', [4, 3 << 2, 97], 'middle of a value'],
    ['a literal longer than announced', [1, 1 << 2, 97, 97], 'outside'],
    ['a copy from before the start', [8, 0, 97, 1, 2], 'outside'],
    ['a copy from distance 0', [5, 0, 97, 1, 0], 'outside'],
    ['a copy past the end', [3, 0, 97, 1, 1], 'outside'],
    ['fewer bytes than announced', [3, 0, 97], 'fewer bytes'],
    ['a literal of 4 GB', [3, 63 << 2, 255, 255, 255, 255], 'outside'],
  ])('refuses %s', (_, bytes, problem) => {
    expect(() => unpackSnappy(Uint8Array.from(bytes), 1e6, refuse)).toThrow(problem);
  });
});
