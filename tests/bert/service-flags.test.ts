// What bert-as-service's flags ask of an encoder, against numbers that PyTorch computed in float64.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EncoderInput } from '../../src/bert/encoder.js';
import type { EncoderOptions } from '../../src/bert/encoder-options.js';
import type { Pooling } from '../../src/bert/pooling.js';
import type { Tensor } from '../../src/graph/index.js';
import { openTensorFlowCheckpoint } from '../../src/weights/checkpoint/reader.js';
import { convertToHuggingFaceFolder } from '../../src/weights/index.js';
import { writeCheckpoint } from '../weights/support/checkpoint-writer.js';
import { encodeOnce, largestDifference } from './support/encoding.js';
import { temporaryFolder } from './support/temporary-folder.js';

interface Reference {
  readonly classifier: Record<'weight' | 'bias', number[]> &
    Record<'softmax' | 'sigmoid', number[][]>;
  readonly regressor: Record<'weight' | 'bias', number[]> & Record<'sigmoid', number[][]>;
  readonly without_positions: Record<string, number[][]>;
  readonly pieces: readonly {
    readonly tokens: string[];
    readonly ids: number[];
    readonly without_special_tokens: Record<string, number[]>;
    readonly with_special_tokens: Record<string, number[]>;
  }[];
}

const tiny = 'tests/fixtures/tf-bert-tiny';
const root = temporaryFolder();

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(tiny, name), 'utf8'));
}

const reference = readJson('flags-reference.json') as Reference;
const { texts: lines, tokens: linePieces } = readJson('encode-reference.json') as {
  texts: string[];
  tokens: string[][];
};
const texts = lines.map((text): EncoderInput => {
  const pair = /^(.*) \|\|\| (.*)$/.exec(text);
  return pair === null ? text : [pair[1], pair[2]];
});
const options = { maxLength: 20 } as const;

async function expectVectors(
  folder: string,
  expected: number[][],
  settings: EncoderOptions,
): Promise<void> {
  const { data, shape } = await encodeOnce(folder, texts, { ...options, ...settings });
  expect(shape).toEqual([texts.length, expected[0].length]);
  expect(largestDifference(data, expected.flat())).toBeLessThan(1e-5);
}

/** Writes the tiny checkpoint with a classifier beside it, as Google's run_classifier.py does. */
async function writeTuned(
  prefix: string,
  head: Record<'weight' | 'bias', number[]>,
): Promise<void> {
  const source = await openTensorFlowCheckpoint(join(tiny, 'bert_model.ckpt'));
  const variables: [string, Tensor][] = [];
  for (const name of source.names()) variables.push([name, await source.read(name)]);
  await source.close();
  const labels = head.bias.length;
  const weight = Float32Array.from(head.weight);
  const bias = Float32Array.from(head.bias);
  variables.push(['output_weights', { type: 'float32', shape: [labels, 32], data: weight }]);
  variables.push(['output_bias', { type: 'float32', shape: [labels], data: bias }]);
  await writeCheckpoint(prefix, variables);
}

describe('the outputs of a classifier', () => {
  const classifier = join(root, 'tuned');
  const regressor = join(root, 'regressor');
  const whole = join(root, 'whole');
  const huggingFace = join(root, 'hugging-face');

  beforeAll(async () => {
    mkdirSync(classifier);
    mkdirSync(regressor);
    mkdirSync(whole);
    await writeTuned(join(classifier, 'model.ckpt-0'), reference.regressor);
    await writeTuned(join(classifier, 'model.ckpt-343'), reference.classifier);
    const state = 'model_checkpoint_path: "/elsewhere/model.ckpt-343"\n';
    writeFileSync(join(classifier, 'checkpoint'), `${state}all_${state}`);
    await writeTuned(join(regressor, 'model.ckpt'), reference.regressor);
    await writeTuned(join(whole, 'bert_model.ckpt'), reference.classifier);
    for (const name of ['vocab.txt', 'bert_config.json'])
      cpSync(join(tiny, name), join(whole, name));
    await convertToHuggingFaceFolder(whole, huggingFace);
  });

  it('are the softmax of a fine-tuned checkpoint beside the model', async () => {
    const settings = { tunedFolder: classifier, pooling: 'classification' } as const;
    await expectVectors(tiny, reference.classifier.softmax, settings);
  });

  it('are those of the checkpoint that is named', async () => {
    const checkpointName = 'model.ckpt-0';
    const settings = { tunedFolder: classifier, checkpointName, pooling: 'regression' } as const;
    await expectVectors(tiny, reference.regressor.sigmoid, settings);
  });

  it('are the sigmoid of one unit for a regression', async () => {
    const settings = { tunedFolder: regressor, pooling: 'regression' } as const;
    await expectVectors(tiny, reference.regressor.sigmoid, settings);
  });

  it.each([whole, huggingFace])('are those of one folder with everything', async (folder) => {
    await expectVectors(folder, reference.classifier.softmax, { pooling: 'classification' });
  });

  it('are sigmoids where the model says that labels do not exclude each other', async () => {
    const folder = join(root, 'multi-label');
    cpSync(huggingFace, folder, { recursive: true });
    const file = join(folder, 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as object;
    const problem = { problem_type: 'multi_label_classification' };
    writeFileSync(file, JSON.stringify({ ...config, ...problem }));
    await expectVectors(folder, reference.classifier.sigmoid, { pooling: 'classification' });
  });

  it.each([
    { name: 'a model without classifier', folder: tiny, code: 'CLASSIFIER_HEAD_MISSING' },
    { name: 'a regression of three labels', folder: whole, pooling: 'regression' },
    { name: 'a softmax of one label', folder: tiny, tunedFolder: regressor },
  ] as const)('are refused for $name', async ({ folder, ...settings }) => {
    const { code = 'OPTION_INVALID', pooling = 'classification' as Pooling } = {
      code: undefined,
      pooling: undefined,
      ...settings,
    };
    const { tunedFolder } = { tunedFolder: undefined, ...settings };
    await expect(encodeOnce(folder, texts, { pooling, tunedFolder })).rejects.toMatchObject({
      code,
    });
  });

  it('are refused for a model that polytag trained, whose classifier works on other features', async () => {
    const folder = join(root, 'polytag');
    cpSync(whole, folder, { recursive: true });
    writeFileSync(join(folder, 'polytag.json'), '{}');
    await expect(encodeOnce(folder, texts, { pooling: 'classification' })).rejects.toMatchObject({
      code: 'CLASSIFIER_HEAD_MISSING',
    });
  });
});

describe('an encoder without position embeddings', () => {
  const expected = reference.without_positions;

  it.each([
    { pooling: 'mean', strategy: 'REDUCE_MEAN' },
    { pooling: 'first', strategy: 'FIRST_TOKEN' },
    { pooling: 'pooler', strategy: 'CLS_POOLED' },
  ] as const)('agrees with PyTorch: $pooling', async ({ pooling, strategy }) => {
    await expectVectors(tiny, expected[strategy], { pooling, positionEmbeddings: false });
  });

  it('takes texts that are longer than its positions', async () => {
    const settings = { positionEmbeddings: false, maxLength: 100 };
    const { lengths } = await encodeOnce(tiny, ['the '.repeat(200)], settings);
    expect(Array.from(lengths)).toEqual([100]);
  });
});

describe('word pieces', () => {
  const strategies = {
    mean: 'REDUCE_MEAN',
    max: 'REDUCE_MAX',
    first: 'FIRST_TOKEN',
    last: 'LAST_TOKEN',
  } as const;
  const inputs = reference.pieces.map(({ tokens }) => ({ tokens }));

  it.each(Object.entries(strategies))('agree with PyTorch: %s', async (pooling, strategy) => {
    for (const addSpecialTokens of [true, false]) {
      const settings = { pooling: pooling as Pooling, addSpecialTokens };
      const { data, lengths } = await encodeOnce(tiny, inputs, settings);
      const key = addSpecialTokens ? 'with_special_tokens' : 'without_special_tokens';
      const vectors = reference.pieces.map((piece) => piece[key][strategy]);
      expect(largestDifference(data, vectors.flat())).toBeLessThan(1e-5);
      const around = addSpecialTokens ? 2 : 0;
      expect(Array.from(lengths)).toEqual(reference.pieces.map(({ ids }) => ids.length + around));
    }
  });

  it('of a text give the vector of the text, pairs too', async () => {
    const inner = (list: string[]): string[] =>
      list.filter((token) => !/^\[(?:CLS|SEP)\]$/.test(token));
    const pieces = linePieces.map((list): EncoderInput => {
      const middle = list.indexOf('[SEP]');
      const pairTokens = inner(list.slice(middle));
      return { tokens: inner(list.slice(0, middle)), pairTokens };
    });
    const expected = await encodeOnce(tiny, texts, options);
    // Pairs keep their special tokens without addSpecialTokens.
    const pairs = texts.flatMap((text, row) => (typeof text === 'string' ? [] : [row]));
    expect(pairs.length).toBeGreaterThan(0);
    for (const addSpecialTokens of [true, false]) {
      const { data } = await encodeOnce(tiny, pieces, { ...options, addSpecialTokens });
      for (const row of addSpecialTokens ? texts.keys() : pairs) {
        const found = data.subarray(row * 32, (row + 1) * 32);
        const wanted = expected.data.subarray(row * 32, (row + 1) * 32);
        expect(largestDifference(found, wanted)).toBeLessThan(2e-6);
      }
    }
  });

  it.each(['mean', 'max', 'first', 'last', 'pooler', 'none'] as const)(
    'none at all and no special tokens are a vector of zeros: %s',
    async (pooling) => {
      const some = { tokens: ['you', 'are'] };
      const settings = { addSpecialTokens: false, pooling };
      const { data, shape, lengths } = await encodeOnce(tiny, [{ tokens: [] }, some], settings);
      expect(Array.from(lengths)).toEqual([0, 2]);
      const row = data.length / shape[0];
      expect(data.subarray(0, row).every((value) => value === 0)).toBe(true);
      expect(data.subarray(row).every((value) => value !== 0)).toBe(true);
    },
  );

  it('are not asked for by texts: those keep their special tokens', async () => {
    const { lengths } = await encodeOnce(tiny, ['you are', ''], { addSpecialTokens: false });
    expect(Array.from(lengths)).toEqual([4, 2]);
  });
});

describe('a text of which everything is masked', () => {
  it.each(['mean', 'max', 'first', 'last'] as const)(
    'is a vector of zeros: %s',
    async (pooling) => {
      const settings = { maskSpecialTokens: true, pooling };
      const { data } = await encodeOnce(tiny, ['', 'a longer text beside it'], settings);
      expect(data.subarray(0, 32).every((value) => value === 0)).toBe(true);
      expect(data.subarray(32).every((value) => value !== 0)).toBe(true);
    },
  );
});
