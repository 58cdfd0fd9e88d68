// Hidden states, poolings and encodings against numbers that TensorFlow and PyTorch computed in float64.
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseBertConfig } from '../../src/bert/config.js';
import { Encoder } from '../../src/bert/encoder.js';
import {
  buildEncoderModel,
  encodingsName,
  readEncoderWeights,
} from '../../src/bert/encoder-model.js';
import type { EncoderOptions } from '../../src/bert/encoder-options.js';
import { type FeaturePooling, resolveFeatures } from '../../src/bert/pooling.js';
import { modelToChunks } from '../../src/graph/index.js';
import { openModelFolder } from '../../src/weights/index.js';

const tiny = 'tests/fixtures/tf-bert-tiny';

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The largest difference between two lists of numbers of one length. */
function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs(found[index] - expected[index]);
    // NaN must not count as agreement.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

interface Reference {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly token_type_ids: number[][];
  readonly hidden_states: number[][][][];
  readonly pooler_output: number[][];
}

describe('hidden states of a TensorFlow checkpoint', () => {
  const reference = readJson(`${tiny}/reference.json`) as Reference;

  async function run(pooling: FeaturePooling, layer: number): Promise<Float32Array> {
    const model = await openModelFolder(tiny);
    const config = parseBertConfig(model.config, model.configFile);
    const features = resolveFeatures(config, [{ pooling, layers: [layer] }]);
    const weights = await readEncoderWeights(model.tensors, features, tiny);
    await model.close();
    const bytes = Buffer.concat(modelToChunks(buildEncoderModel(config, features, weights)));
    const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
    const feed = (rows: number[][]): RuntimeTensor =>
      new RuntimeTensor('int64', BigInt64Array.from(rows.flat(), BigInt), [3, 9]);
    const outputs = await session.run({
      input_ids: feed(reference.input_ids),
      attention_mask: feed(reference.attention_mask),
      token_type_ids: feed(reference.token_type_ids),
    });
    await session.release();
    return outputs[encodingsName].data as Float32Array;
  }

  it.each([0, 1, 2, 3])('layer %i', async (layer) => {
    const expected = reference.hidden_states[layer].map((tokens, row) =>
      // Values at masked positions mean nothing; `none` makes them zero.
      tokens.map((vector, column) =>
        vector.map((value) => value * reference.attention_mask[row][column]),
      ),
    );
    expect(largestDifference(await run('none', layer), expected.flat(2))).toBeLessThan(1e-5);
  });

  it('pooler', async () => {
    const expected = reference.pooler_output.flat();
    expect(largestDifference(await run('pooler', -1), expected)).toBeLessThan(1e-5);
  });
});

type Vectors = Record<string, number[][]>;

interface EncodeReference {
  readonly max_seq_len: number;
  readonly texts: string[];
  readonly tokens: string[][];
  readonly input_ids: number[][];
  readonly token_type_ids: number[][];
  readonly pooling: Record<string, Vectors & { readonly NONE: number[][][] }>;
  readonly cls_pooled: number[][];
}

describe("bert-as-service's encodings", () => {
  const reference = readJson(`${tiny}/encode-reference.json`) as EncodeReference;
  const masked = readJson(`${tiny}/masked-reference.json`) as { pooling: Vectors };
  const strategies = {
    REDUCE_MEAN: 'mean',
    REDUCE_MAX: 'max',
    REDUCE_MEAN_MAX: 'mean_max',
    FIRST_TOKEN: 'first',
    LAST_TOKEN: 'last',
  } as const;
  const texts = reference.texts.map((text): string | [string, string] => {
    const pair = /^(.*) \|\|\| (.*)$/.exec(text);
    return pair === null ? text : [pair[1], pair[2]];
  });

  async function load(options: EncoderOptions): Promise<Encoder> {
    return Encoder.load(tiny, { workers: 1, maxLength: reference.max_seq_len, ...options });
  }

  async function encode(options: EncoderOptions): ReturnType<Encoder['encode']> {
    const encoder = await load(options);
    try {
      return await encoder.encode(texts);
    } finally {
      await encoder.close();
    }
  }

  /** All strategies as features of one pass, each against its own columns. */
  async function compareStrategies(
    layers: readonly number[],
    expected: Vectors,
    options: EncoderOptions,
  ): Promise<void> {
    const features = Object.values(strategies).map((pooling) => ({ pooling, layers }));
    const { data, shape } = await encode({ ...options, features });
    const width = layers.length * 32 * (Object.keys(strategies).length + 1);
    expect(shape).toEqual([texts.length, width]);
    for (let row = 0; row < texts.length; row++) {
      const vectors = Object.keys(strategies).flatMap((strategy) => expected[strategy][row]);
      const found = data.subarray(row * width, (row + 1) * width);
      expect(largestDifference(found, vectors)).toBeLessThan(1e-5);
    }
  }

  it('tokens, ids and segments', async () => {
    const encoder = await load({});
    const tokens = texts.map((text) => encoder.tokenize(text));
    await encoder.close();
    expect(tokens.map(({ ids }) => Array.from(ids))).toEqual(reference.input_ids);
    expect(tokens.map(({ typeIds }) => Array.from(typeIds))).toEqual(reference.token_type_ids);
    expect(tokens.map(({ ids }) => Array.from(ids, (id) => encoder.tokenizer.tokenOf(id)))).toEqual(
      reference.tokens,
    );
  });

  it.each(['-1', '-2', '-1 -2'])('every strategy of layers %s', async (layers) => {
    const numbers = layers.split(' ').map(Number);
    await compareStrategies(numbers, reference.pooling[layers], {});
  });

  it('every strategy with [CLS] and [SEP] masked', async () => {
    await compareStrategies([-2], masked.pooling, { maskSpecialTokens: true });
  });

  it('NONE', async () => {
    const { data, shape } = await encode({ pooling: 'none', layers: [-2] });
    expect(shape).toEqual([6, 20, 32]);
    const expected = reference.pooling['-2'].NONE.flat(2);
    expect(largestDifference(data, expected)).toBeLessThan(1e-5);
  });

  it('CLS_POOLED', async () => {
    const { data } = await encode({ pooling: 'pooler' });
    expect(largestDifference(data, reference.cls_pooled.flat())).toBeLessThan(1e-5);
  });
});

const miniLmFeatures = {
  mean_last: { pooling: 'mean', layers: [-1] },
  mean_second_last: { pooling: 'mean', layers: [-2] },
  max_last: { pooling: 'max', layers: [-1] },
  cls_last: { pooling: 'first', layers: [-1] },
  pooler: { pooling: 'pooler', layers: [] },
} as const;

type MiniLmCase = { readonly text: string; readonly ids: number[] } & {
  readonly [Name in keyof typeof miniLmFeatures]: number[];
};

describe('all-MiniLM-L6-v2', () => {
  let encoder: Encoder;

  beforeAll(async () => {
    const features = Object.values(miniLmFeatures);
    encoder = await Encoder.load('all-MiniLM-L6-v2', { workers: 1, maxLength: 256, features });
  });
  afterAll(() => encoder.close());

  it.each([
    { file: 'encode-half.json', name: 'its bundled weights', tolerance: 1e-4 },
    // Half precision moves vectors further than arithmetic does.
    { file: 'encode.json', name: 'its original weights', tolerance: 5e-3 },
  ])('agrees with PyTorch for $name', async ({ file, tolerance }) => {
    const { cases } = readJson(`tests/fixtures/minilm/${file}`) as { cases: MiniLmCase[] };
    const { data, shape, truncatedTexts } = await encoder.encode(cases.map(({ text }) => text));
    expect(shape).toEqual([5, 5 * 384]);
    expect(truncatedTexts).toBe(1);
    cases.forEach((expected, row) => {
      expect(Array.from(encoder.tokenize(expected.text).ids)).toEqual(expected.ids);
      Object.keys(miniLmFeatures).forEach((name, column) => {
        const start = row * 5 * 384 + column * 384;
        const numbers = expected[name as keyof typeof miniLmFeatures];
        const difference = largestDifference(data.subarray(start, start + 384), numbers);
        expect({ name, difference: difference < tolerance }).toEqual({ name, difference: true });
      });
    });
  });
});
