import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/graph/index.js';
import { listShards, openSafetensorsShards } from '../../src/weights/safetensors/shards.js';
import { writeSafetensors } from '../../src/weights/safetensors/writer.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';

const folder = temporaryFolder();
let made = 0;

const vector = (...values: number[]): Tensor => ({
  type: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});

/** A folder with two shards (a and b; c) and an index over `weightMap`; returns the path of the index. */
async function makeShards(weightMap: unknown): Promise<string> {
  const place = join(folder, String(made++));
  mkdirSync(place);
  const write = (file: string, names: string[]): Promise<void> =>
    writeSafetensors(
      join(place, file),
      names.map((name, index) => ({ ...vector(index), name, read: () => vector(index) })),
    );
  await write('model-00001-of-00002.safetensors', ['a', 'b']);
  await write('model-00002-of-00002.safetensors', ['c']);
  const index = join(place, 'model.safetensors.index.json');
  writeFileSync(
    index,
    typeof weightMap === 'string' ? weightMap : JSON.stringify({ weight_map: weightMap }),
  );
  return index;
}

const first = 'model-00001-of-00002.safetensors';
const second = 'model-00002-of-00002.safetensors';

describe('openSafetensorsShards', () => {
  it('joins the shards under one list of names', async () => {
    const index = await makeShards({ c: second, a: first, b: first });
    const source = await openSafetensorsShards(index);
    expect(source.names()).toEqual(['a', 'b', 'c']);
    expect(source.info('c')).toEqual({ type: 'float32', shape: [1] });
    expect((await source.read('b')).data).toEqual(Float32Array.of(1));
    await expectRefusal(source.read('d'), 'TENSOR_MISSING', '"d"');
    await source.close();
    expect(await listShards(index)).toEqual([first, second]);
  });

  it.each([
    '../outside.safetensors',
    '/etc/passwd',
    'sub/model.safetensors',
    '..\\model.safetensors',
    'C:\\model.safetensors',
    'model.safetensors\0.safetensors',
    'model.bin',
    '',
    '..',
  ])('refuses the shard name %j', async (name) => {
    await expectRefusal(
      openSafetensorsShards(await makeShards({ a: name })),
      'SAFETENSORS_INDEX_INVALID',
      'no file name',
    );
  });

  it('refuses a shard name that is no text', async () => {
    await expectRefusal(
      openSafetensorsShards(await makeShards({ a: 7 })),
      'SAFETENSORS_INDEX_INVALID',
      'number',
    );
  });

  it('refuses an index without a weight_map, or that is no JSON', async () => {
    await expectRefusal(
      openSafetensorsShards(await makeShards('{"metadata":{}}')),
      'SAFETENSORS_INDEX_INVALID',
      '"weight_map"',
    );
    await expectRefusal(openSafetensorsShards(await makeShards('{')), 'MODEL_JSON_INVALID');
    await expectRefusal(openSafetensorsShards(await makeShards('[]')), 'MODEL_JSON_INVALID');
  });

  it('refuses a tensor that its shard does not hold', async () => {
    await expectRefusal(
      openSafetensorsShards(await makeShards({ a: first, c: first })),
      'SAFETENSORS_INDEX_INVALID',
      '"c"',
      first,
    );
  });

  it('names a shard that is missing', async () => {
    await expectRefusal(
      openSafetensorsShards(await makeShards({ a: 'model-00003-of-00003.safetensors' })),
      'MODEL_FILE_UNREADABLE',
      'model-00003-of-00003.safetensors',
      'no such file',
    );
  });

  it('refuses more shards than any model has', async () => {
    const names = Array.from({ length: 300 }, (_, shard) => [`t${shard}`, `s${shard}.safetensors`]);
    await expectRefusal(
      openSafetensorsShards(await makeShards(Object.fromEntries(names))),
      'SAFETENSORS_INDEX_INVALID',
      'more than 256',
    );
  });
});
