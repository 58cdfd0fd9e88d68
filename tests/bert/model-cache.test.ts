// The cache of converted models: used, distrusted, bounded, and shared by several processes.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Encoder } from '../../src/bert/encoder.js';
import type { EncoderOptions } from '../../src/bert/encoder-options.js';
import { encodeOnce } from './support/encoding.js';
import { temporaryFolder } from './support/temporary-folder.js';

const tiny = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const texts = ['you are an idiot', 'Please stop vandalizing the article.'];
const root = temporaryFolder();
let made = 0;
const newPath = (name: string): string => join(root, `${name}-${made++}`);

async function vectors(folder: string, options: EncoderOptions): Promise<Float32Array> {
  return (await encodeOnce(folder, texts, options)).data;
}

const expected = await vectors(tiny, { modelCache: false });

/** A copy of the model whose weights cannot be read any more; only a cache can give its vectors. */
function damagedCopy(): string {
  const folder = newPath('damaged');
  cpSync(tiny, folder, { recursive: true });
  const data = join(folder, 'bert_model.ckpt.data-00000-of-00001');
  writeFileSync(data, Buffer.alloc(readFileSync(data).length));
  return folder;
}

function changeByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
}

describe('modelCache', () => {
  it('keeps the converted model, and takes the next start from it', async () => {
    const modelCache = newPath('cache');
    expect(await vectors(tiny, { modelCache })).toEqual(expected);
    expect(readdirSync(modelCache)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    const damaged = damagedCopy();
    await expect(vectors(damaged, {})).rejects.toMatchObject({ code: 'CHECKPOINT_CHECKSUM_WRONG' });
    expect(await vectors(damaged, { modelCache })).toEqual(expected);
    expect(readdirSync(modelCache)).toHaveLength(1);
  });

  it.each([
    [
      'graph',
      (entry: string) => {
        changeByte(join(entry, 'model.onnx'));
      },
    ],
    [
      'weights',
      (entry: string) => {
        changeByte(join(entry, 'model.onnx.data'));
      },
    ],
    [
      'length',
      (entry: string) => {
        truncateSync(join(entry, 'model.onnx.data'), 1000);
      },
    ],
    [
      'record',
      (entry: string) => {
        writeFileSync(join(entry, 'record.json'), '{"graph":{}}');
      },
    ],
    [
      'missing record',
      (entry: string) => {
        rmSync(join(entry, 'record.json'));
      },
    ],
    [
      'missing weights',
      (entry: string) => {
        rmSync(join(entry, 'model.onnx.data'));
      },
    ],
  ])('does not trust a damaged %s: converts anew and mends it', async (_, damage) => {
    const modelCache = newPath('cache');
    await vectors(tiny, { modelCache });
    damage(join(modelCache, readdirSync(modelCache)[0]));
    expect(await vectors(tiny, { modelCache })).toEqual(expected);
    expect(await vectors(damagedCopy(), { modelCache })).toEqual(expected);
    expect(readdirSync(modelCache)).toHaveLength(1);
  });

  it('keeps the four used last, each setting and each model for itself', async () => {
    const modelCache = newPath('cache');
    const settings: EncoderOptions[] = [
      { layers: [-1] },
      { layers: [-2] },
      { pooling: 'max' },
      { positionEmbeddings: false },
    ];
    const before = [];
    for (const setting of settings) before.push(await vectors(tiny, { ...setting, modelCache }));
    const keys = readdirSync(modelCache);
    expect(keys).toHaveLength(4);
    for (const key of keys) utimesSync(join(modelCache, key, 'record.json'), 1000, 1000);
    expect(await vectors(tiny, { ...settings[2], modelCache })).toEqual(before[2]);
    await vectors(tiny, { pooling: 'first', modelCache });
    expect(readdirSync(modelCache)).toHaveLength(4);
    // What was used since is still there.
    expect(await vectors(damagedCopy(), { ...settings[2], modelCache })).toEqual(before[2]);
  });

  it('knows a model again wherever it lies, and another model from it', async () => {
    const modelCache = newPath('cache');
    await vectors(tiny, { modelCache });
    const copy = newPath('copy');
    cpSync(tiny, copy, { recursive: true });
    expect(await vectors(copy, { modelCache })).toEqual(expected);
    expect(readdirSync(modelCache)).toHaveLength(1);
    const config = JSON.parse(readFileSync(join(copy, 'bert_config.json'), 'utf8')) as object;
    const text = JSON.stringify({ ...config, num_attention_heads: 2 });
    writeFileSync(join(copy, 'bert_config.json'), text);
    expect(await vectors(copy, { modelCache })).not.toEqual(expected);
    expect(readdirSync(modelCache)).toHaveLength(2);
  });

  it('serves on when the entry is removed meanwhile', async () => {
    const modelCache = newPath('cache');
    await vectors(tiny, { modelCache });
    const encoder = await Encoder.load(tiny, { modelCache, workers: 2 });
    for (const name of readdirSync(modelCache).filter((entry) => !entry.startsWith('.'))) {
      rmSync(join(modelCache, name), { recursive: true });
    }
    const { data } = await encoder.encode(texts);
    await encoder.close();
    expect(data).toEqual(expected);
    expect(readdirSync(modelCache)).toEqual([]);
  });

  it('sweeps what a process left behind that is long gone, and nothing else', async () => {
    const modelCache = newPath('cache');
    const encoder = await Encoder.load(tiny, { modelCache, workers: 1 });
    const own = readdirSync(modelCache).find((name) => name.startsWith('.in-use-')) ?? '';
    // Beyond the largest process number of Linux and macOS.
    const gone = own.replace(/-\d+-/, '-99999999-');
    const young = own.replace(/-\d+-/, '-99999998-');
    for (const name of [gone, young])
      cpSync(join(modelCache, own), join(modelCache, name), { recursive: true });
    for (const name of [own, gone]) utimesSync(join(modelCache, name), 1000, 1000);
    await vectors(tiny, { modelCache, pooling: 'max' });
    const names = readdirSync(modelCache);
    await encoder.close();
    expect([own, gone, young].map((name) => names.includes(name))).toEqual([true, false, true]);
  });

  it('goes without it, and says so, where it cannot be written', async () => {
    const modelCache = newPath('file');
    writeFileSync(modelCache, 'a file');
    const warnings: string[] = [];
    const onWarning = (sentence: string): void => void warnings.push(sentence);
    expect(await vectors(tiny, { modelCache, onWarning })).toEqual(expected);
    expect(warnings).toEqual([expect.stringMatching(/^the converted model is not kept .*file/)]);
  });

  it('is off for small models, and on in the cache folder when asked for', async () => {
    const { POLYTAG_CACHE } = process.env;
    const cache = newPath('polytag');
    process.env['POLYTAG_CACHE'] = cache;
    try {
      await vectors(tiny, {});
      expect(readdirSync(root)).not.toContain(cache.slice(root.length + 1));
      await vectors(tiny, { modelCache: true });
      expect(readdirSync(join(cache, 'models'))).toHaveLength(1);
    } finally {
      if (POLYTAG_CACHE === undefined) delete process.env['POLYTAG_CACHE'];
      else process.env['POLYTAG_CACHE'] = POLYTAG_CACHE;
    }
  });

  it('serves several processes at once', async () => {
    const modelCache = newPath('cache');
    const program = fileURLToPath(new URL('./support/load-program.mjs', import.meta.url));
    const library = fileURLToPath(new URL('../../dist/bert/index.js', import.meta.url));
    const children = Array.from({ length: 3 }, () =>
      fork(program, [library, tiny, modelCache, ...texts], { stdio: 'ignore' }),
    );
    const answers = await Promise.all(
      children.map(async (child) => {
        const [answer] = (await once(child, 'message')) as [number[]];
        return answer;
      }),
    );
    for (const answer of answers) expect(answer).toEqual(Array.from(expected));
    for (const child of children) if (child.exitCode === null) await once(child, 'exit');
    expect(readdirSync(modelCache)).toHaveLength(1);
  });
});
