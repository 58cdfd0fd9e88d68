import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataType, Tensor } from '../../src/graph/index.js';
import { bytesPerElement, tensorOverBytes } from '../../src/weights/element-types.js';
import { toFloat32 } from '../../src/weights/float16.js';
import { openSafetensors } from '../../src/weights/safetensors/reader.js';
import { tensorsToWrite, writeSafetensors } from '../../src/weights/safetensors/writer.js';
import { expectRefusal } from './support/refusal.js';
import { floats, safetensorsBytes } from './support/safetensors-bytes.js';
import { temporaryFolder } from './support/temporary-folder.js';

const folder = temporaryFolder();
const allTypesFile = fileURLToPath(
  new URL('../fixtures/safetensors/all-types.safetensors', import.meta.url),
);

interface Expected {
  readonly type: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

const { tensors: expectedTensors } = JSON.parse(
  readFileSync(new URL('../fixtures/safetensors/all-types.json', import.meta.url), 'utf8'),
) as { tensors: Record<string, Expected> };

const types: readonly DataType[] = [
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint64',
  'uint32',
  'uint16',
  'uint8',
  'bool',
];

function valuesOf(tensor: Tensor): (number | string)[] {
  const real = tensor.type === 'float64' ? null : toFloat32(tensor);
  return Array.from<number | bigint, number | string>((real ?? tensor).data, (value) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

describe('openSafetensors', () => {
  it.each(Object.entries(expectedTensors))(
    'reads %s as the reference package wrote it',
    async (name, { type, shape, values }) => {
      const file = await openSafetensors(allTypesFile);
      const tensor = await file.read(name);
      await file.close();
      expect(tensor.type).toBe(type);
      expect(tensor.shape).toEqual(shape);
      expect(valuesOf(tensor)).toEqual(values);
    },
  );

  it('lists names in order, with types, shapes and metadata', async () => {
    const file = await openSafetensors(allTypesFile);
    expect(file.names()).toEqual(Object.keys(expectedTensors).sort());
    expect(file.info('float64')).toEqual({ type: 'float64', shape: [2, 3] });
    expect([...file.metadata]).toEqual([['format', 'pt']]);
    await expectRefusal(file.read('absent'), 'TENSOR_MISSING', '"absent"', allTypesFile);
    expect(() => file.info('toString')).toThrow('holds no tensor');
    await file.close();
    await file.close();
  });

  it('gives each tensor an ArrayBuffer of its own', async () => {
    const file = await openSafetensors(allTypesFile);
    const first = await file.read('int32');
    const second = await file.read('int32');
    await file.close();
    expect(first.data.buffer).not.toBe(second.data.buffer);
    expect(first.data.buffer.byteLength).toBe(8);
  });

  it('follows links, as caches of the hub are made of them', async () => {
    const link = join(folder, 'link.safetensors');
    await symlink(allTypesFile, link);
    const file = await openSafetensors(link);
    expect(file.names()).toHaveLength(Object.keys(expectedTensors).length);
    await file.close();
  });

  it('reads a header of many tensors whose data are nothing', async () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `tensor ${index}`);
    const path = join(folder, 'many.safetensors');
    const header = Object.fromEntries(names.map((name) => [name, floats(0, 0)]));
    writeFileSync(path, safetensorsBytes(header));
    const file = await openSafetensors(path);
    expect(file.names()).toHaveLength(20_000);
    expect((await file.read('tensor 7')).data).toHaveLength(0);
    await file.close();
  });

  it('says so when the file shrinks after it was opened', async () => {
    const path = join(folder, 'shrinking.safetensors');
    writeFileSync(path, safetensorsBytes({ a: floats(0, 100) }, 400));
    const file = await openSafetensors(path);
    truncateSync(path, 200);
    await expectRefusal(file.read('a'), 'MODEL_FILE_UNREADABLE', path, 'shorter');
    await file.close();
  });

  it('refuses what is no file', async () => {
    await mkdir(join(folder, 'directory'));
    await expectRefusal(
      openSafetensors(join(folder, 'directory')),
      'MODEL_FILE_UNREADABLE',
      'folder',
    );
    await expectRefusal(
      openSafetensors(join(folder, 'absent')),
      'MODEL_FILE_UNREADABLE',
      'no such file',
    );
  });
});

describe('writeSafetensors', () => {
  it('writes the bytes that the reference package writes', async () => {
    const source = await openSafetensors(
      fileURLToPath(
        new URL('../fixtures/safetensors/reference-order.safetensors', import.meta.url),
      ),
    );
    const path = join(folder, 'rewritten.safetensors');
    await writeSafetensors(path, tensorsToWrite(source).reverse());
    await source.close();
    expect(await readFile(path)).toEqual(
      readFileSync(new URL('../fixtures/safetensors/reference-order.safetensors', import.meta.url)),
    );
  });

  it('brings back every type and shape bit by bit, each tensor at a multiple of its element size', async () => {
    const tensor = fc
      .tuple(fc.constantFrom(...types), fc.array(fc.nat(4), { maxLength: 4 }))
      .chain(([type, shape]) => {
        const size = shape.reduce((product, dimension) => product * dimension, 1);
        const byteLength = size * bytesPerElement(type);
        return fc
          .uint8Array({ minLength: byteLength, maxLength: byteLength })
          .map((bytes) => tensorOverBytes({ type, shape }, new Uint8Array(bytes).buffer));
      });
    const names = fc
      .string({ unit: 'grapheme' })
      .filter((name) => name !== '__metadata__' && !/\p{Surrogate}/u.test(name));
    const path = join(folder, 'property.safetensors');
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 8 }),
        async (tensors) => {
          await writeSafetensors(
            path,
            tensors.map(([name, value]) => ({ ...value, name, read: () => value })),
          );
          const file = await openSafetensors(path);
          expect(file.names()).toEqual(tensors.map(([name]) => name).sort());
          for (const [name, value] of tensors) {
            const { type, shape, data } = await file.read(name);
            expect([type, shape]).toEqual([value.type, value.shape]);
            expect(new Uint8Array(data.buffer)).toEqual(new Uint8Array(value.data.buffer));
          }
          await file.close();
          expectAligned(readFileSync(path));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('sorts metadata and may write none', async () => {
    const path = join(folder, 'metadata.safetensors');
    await writeSafetensors(path, [], { b: '2', a: '1' });
    expect(readFileSync(path, 'latin1').slice(8).trim()).toBe('{"__metadata__":{"a":"1","b":"2"}}');
  });

  it('leaves the old file when a tensor cannot be read', async () => {
    const path = join(folder, 'kept.safetensors');
    await writeFile(path, 'old');
    const broken = {
      name: 'a',
      type: 'float32',
      shape: [1],
      read: () => Promise.reject(new Error('gone')),
    } as const;
    await expect(writeSafetensors(path, [broken])).rejects.toThrow('gone');
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('refuses tensors that are not as announced, or there twice', async () => {
    const tensor = { type: 'float32', shape: [2], data: Float32Array.of(1, 2) } as const;
    const path = join(folder, 'mistaken.safetensors');
    const item = { ...tensor, name: 'a', read: () => tensor };
    await expect(writeSafetensors(path, [{ ...item, shape: [3] }])).rejects.toThrow('announced');
    await expect(writeSafetensors(path, [item, item])).rejects.toThrow('twice');
  });
});

function expectAligned(file: Buffer): void {
  const length = Number(file.readBigUInt64LE());
  expect(length % 8).toBe(0);
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<
    string,
    { data_offsets: number[]; dtype: string }
  >;
  for (const [name, { data_offsets: offsets, dtype }] of Object.entries(header)) {
    if (name !== '__metadata__') {
      const bits = Number(/\d+/.exec(dtype)?.[0] ?? 8);
      expect(offsets[0] % (bits / 8)).toBe(0);
    }
  }
}
