// The cache of encodings: what it keeps, what it forgets, and runs that share it.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeRows, type RowEncoder } from '../../src/training/encoded-rows.js';
import { EncodingCache } from '../../src/training/encoding-cache.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'polytag-encodings-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

/** Encodes a text as its length and first code unit; counts what it was asked for. */
function countingEncoder(): RowEncoder & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    width: 2,
    asked,
    encode: (texts) => {
      asked.push(...texts);
      return iterate(
        texts.map((text) => ({
          values: Float32Array.of(text.length, text.charCodeAt(0)),
          truncated: text.length > 3,
        })),
      );
    },
  };
}

async function* iterate<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  for (const item of items) yield await Promise.resolve(item);
}

const texts = ['one', 'three', 'one', 'two'];
const expected = [3, 111, 5, 116, 3, 111, 3, 116];

describe('encodeRows', () => {
  it('encodes equal texts once and keeps the order of rows', async () => {
    const encoder = countingEncoder();
    const { features, truncated } = await encodeRows(encoder, texts);
    expect([...features]).toEqual(expected);
    expect(truncated).toBe(1);
    expect(encoder.asked).toEqual(['one', 'three', 'two']);
  });

  it('takes from the cache what an earlier run encoded', async () => {
    const first = await EncodingCache.open(root, 'key', 2);
    await encodeRows(countingEncoder(), texts.slice(0, 2), { cache: first });
    const encoder = countingEncoder();
    const cache = await EncodingCache.open(root, 'key', 2);
    const { features, truncated } = await encodeRows(encoder, texts, { cache });
    expect([...features]).toEqual(expected);
    expect(truncated).toBe(1);
    expect(encoder.asked).toEqual(['two']);
  });

  it('keeps encodings of different keys apart', async () => {
    const one = await EncodingCache.open(root, 'one', 2);
    await encodeRows(countingEncoder(), texts, { cache: one });
    const encoder = countingEncoder();
    await encodeRows(encoder, texts, { cache: await EncodingCache.open(root, 'other', 2) });
    expect(encoder.asked).toHaveLength(3);
  });

  it('is safe to share between runs at the same time', async () => {
    const runs = await Promise.all(
      [0, 1, 2, 3].map(async () => {
        const cache = await EncodingCache.open(root, 'key', 2);
        return encodeRows(countingEncoder(), texts, { cache });
      }),
    );
    for (const { features } of runs) expect([...features]).toEqual(expected);
    const encoder = countingEncoder();
    const cache = await EncodingCache.open(root, 'key', 2);
    await encodeRows(encoder, texts, { cache });
    expect(encoder.asked).toEqual([]);
  });

  it('encodes again what lies in a damaged segment, wherever the flipped bit is', async () => {
    const cache = await EncodingCache.open(root, 'key', 2);
    await encodeRows(countingEncoder(), texts, { cache });
    const [folder] = await readdir(root);
    const [segment] = await readdir(join(root, folder));
    const whole = await readFile(join(root, folder, segment));
    for (let position = 0; position < whole.length; position += 7) {
      const damaged = Uint8Array.from(whole);
      damaged[position] ^= 0x10;
      for (const name of await readdir(join(root, folder))) await rm(join(root, folder, name));
      await writeFile(join(root, folder, segment), damaged);
      const { features } = await encodeRows(countingEncoder(), texts, { cache });
      expect([...features]).toEqual(expected);
    }
  });

  it('keeps what was done before an interruption', async () => {
    const many = Array.from({ length: 1100 }, (_, index) => `text ${index}`);
    const cache = await EncodingCache.open(root, 'key', 2);
    const breaking: RowEncoder = {
      width: 2,
      async *encode(asked) {
        let given = 0;
        for await (const encoding of countingEncoder().encode(asked)) {
          if (++given > 1050) throw new Error('interrupted');
          yield encoding;
        }
      },
    };
    await expect(encodeRows(breaking, many, { cache })).rejects.toThrow('interrupted');
    const encoder = countingEncoder();
    await encodeRows(encoder, many, { cache });
    expect(encoder.asked).toHaveLength(1100 - 1024);
  });
});
