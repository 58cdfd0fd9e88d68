// The encoder as users have it: order, batches, workers, streams, limits, cancelling.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Encoder, type EncoderInput } from '../../src/bert/encoder.js';
import type { EncoderOptions } from '../../src/bert/encoder-options.js';
import { openModelFolder, writeSafetensors } from '../../src/weights/index.js';
import { fuzzedText, randomNumbers } from './fuzzed-texts.js';

const tiny = 'tests/fixtures/tf-bert-tiny';
const features = [
  { pooling: 'mean_max', layers: [-1] },
  { pooling: 'last', layers: [1, -2] },
] as const;

const random = randomNumbers(5);
const texts: EncoderInput[] = Array.from({ length: 200 }, (_, index) =>
  index % 7 === 3 ? [fuzzedText(random), fuzzedText(random)] : fuzzedText(random),
);
texts.push('', ['', ''], 'word '.repeat(100));

async function withEncoder<Result>(
  options: EncoderOptions,
  use: (encoder: Encoder) => Promise<Result>,
): Promise<Result> {
  const encoder = await Encoder.load(tiny, options);
  try {
    return await use(encoder);
  } finally {
    await encoder.close();
  }
}

describe('Encoder', () => {
  let encoder: Encoder;
  beforeAll(async () => {
    encoder = await Encoder.load(tiny, { workers: 1, features, tokenBudget: 300 });
  });
  afterAll(() => encoder.close());

  it('gives a text the same vector alone and among others', async () => {
    const together = await encoder.encode(texts);
    expect(together.shape).toEqual([texts.length, 4 * 32]);
    for (let row = 0; row < texts.length; row += 9) {
      const alone = await encoder.encode([texts[row]]);
      const vector = together.data.subarray(row * 128, (row + 1) * 128);
      const differences = vector.map((value, index) => Math.abs(value - alone.data[index]));
      expect(Math.max(...differences)).toBeLessThan(1e-5);
      expect(together.lengths[row]).toBe(alone.lengths[0]);
    }
  });

  it('gives the same bytes whatever the number of workers', async () => {
    const one = await encoder.encode(texts);
    const options = { workers: 3, features, tokenBudget: 300 };
    const three = await withEncoder(options, (other) => other.encode(texts));
    expect(Buffer.from(three.data.buffer).equals(Buffer.from(one.data.buffer))).toBe(true);
  });

  it('counts texts that were cut', async () => {
    const { truncatedTexts, lengths } = await encoder.encode(['a', 'word '.repeat(100)]);
    expect(truncatedTexts).toBe(1);
    expect(Array.from(lengths)).toEqual([3, 48]);
  });

  it('encodes nothing', async () => {
    const { data, shape } = await encoder.encode([]);
    expect(shape).toEqual([0, 128]);
    expect(data).toHaveLength(0);
  });

  it('streams in order, with tokens, and reports progress', async () => {
    const progress: number[] = [];
    async function* source(): AsyncGenerator<EncoderInput> {
      yield* texts;
      await Promise.resolve();
    }
    const whole = await encoder.encode(texts);
    let row = 0;
    const options = { onProgress: (done: number) => progress.push(done) };
    for await (const { vector, tokens } of encoder.encodeStream(source(), options)) {
      expect(vector).toEqual(whole.data.slice(row * 128, (row + 1) * 128));
      expect(tokens).toEqual(encoder.tokenize(texts[row]));
      row++;
    }
    expect(row).toBe(texts.length);
    expect(progress.at(-1)).toBe(texts.length);
    expect(progress).toEqual([...new Set(progress)].sort((left, right) => left - right));
  });

  it('reads no further ahead of a slow reader than a bounded number of texts', async () => {
    let read = 0;
    function* endless(): Generator<string> {
      for (;;) yield `text ${read++}`;
    }
    for await (const { vector } of encoder.encodeStream(endless())) {
      expect(vector).toHaveLength(128);
      break;
    }
    expect(read).toBeLessThan(10_000);
  });

  it('stops when told to', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = (done: number): void => {
      if (done >= 5) controller.abort(reason);
    };
    const many = Array.from({ length: 5000 }, (_, index) => `text number ${index}`);
    const { signal } = controller;
    await expect(encoder.encode(many, { signal, onProgress })).rejects.toBe(reason);
    expect((await encoder.encode(['and goes on'])).shape).toEqual([1, 128]);
  });

  it('has a key that tells settings and models apart, and not much else', async () => {
    const key = (options: EncoderOptions): Promise<string> =>
      withEncoder({ workers: 1, ...options }, (other) => other.contentKey());
    const keys = [
      await key({ layers: [-2] }),
      await key({ layers: [-1] }),
      await key({ maxLength: 20 }),
      await key({ truncation: 'tail' }),
      await key({ tokenizer: { lowercase: false } }),
      await key({ maskSpecialTokens: true }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(await key({ layers: [2], workers: 2, tokenBudget: 100 })).toBe(keys[0]);
  });
});

describe('token vectors', () => {
  it('are padded with zeros to the longest text, and streamed without padding', async () => {
    await withEncoder({ workers: 1, pooling: 'none', layers: [-1] }, async (encoder) => {
      const pair = ['please stop', 'you are an article of the page'];
      const { data, shape, lengths } = await encoder.encode(pair);
      expect(shape).toEqual([2, lengths[1], 32]);
      expect(lengths[0]).toBeLessThan(lengths[1]);
      const padding = data.subarray(lengths[0] * 32, lengths[1] * 32);
      expect(padding.every((value) => value === 0)).toBe(true);
      let row = 0;
      for await (const { vector, tokens } of encoder.encodeStream(pair)) {
        const start = row * lengths[1] * 32;
        expect(vector).toEqual(data.slice(start, start + tokens.ids.length * 32));
        row++;
      }
    });
  });
});

describe('limits', () => {
  // A temporary folder of our own shows what is left behind.
  const { TMPDIR } = process.env;
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'polytag-encoder-'));
    process.env['TMPDIR'] = folder;
  });
  afterEach(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
    rmSync(folder, { recursive: true });
  });

  it('refuses more tokens than the encoder has positions', async () => {
    await expect(Encoder.load(tiny, { maxLength: 49 })).rejects.toMatchObject({
      code: 'MAX_LENGTH_TOO_LARGE',
      message: expect.stringMatching(/49.*48/) as string,
    });
  });

  it.each([
    { maxLength: 2 },
    { maxLength: 10.5 },
    { layers: [4] },
    { truncation: 'middle' as 'head' },
    { precision: 'int8' as 'fp32' },
    { workers: 0 },
    { tokenBudget: 0 },
  ])('refuses %j and leaves nothing behind', async (options) => {
    await expect(Encoder.load(tiny, options)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing behind when it is closed', async () => {
    await withEncoder({ workers: 2 }, (encoder) => encoder.encode(['a text']));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not loaded once the signal aborts', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(Encoder.load(tiny, { signal })).rejects.toThrow('too late');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('reads the same encoder as a Hugging Face folder, and misses its pooler', async () => {
    const source = await openModelFolder(tiny);
    const names = source.tensors.names().filter((name) => !name.startsWith('pooler.'));
    const tensors = names.map((name) => ({
      name: `bert.${name}`,
      ...source.tensors.info(name),
      read: () => source.tensors.read(name),
    }));
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    await writeSafetensors(join(copy, 'model.safetensors'), tensors);
    await source.close();
    cpSync(join(tiny, 'vocab.txt'), join(copy, 'vocab.txt'));
    writeFileSync(join(copy, 'config.json'), JSON.stringify(source.config));

    const expected = await withEncoder({}, (encoder) => encoder.encode(texts));
    const encoder = await Encoder.load(copy);
    const found = await encoder.encode(texts);
    await encoder.close();
    expect(found).toEqual(expected);
    const refusal = { code: 'POOLER_MISSING' };
    await expect(Encoder.load(copy, { pooling: 'pooler' })).rejects.toMatchObject(refusal);
  });
});
