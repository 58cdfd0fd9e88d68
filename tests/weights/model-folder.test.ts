import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type ModelFolder, openModelFolder } from '../../src/weights/folder/model-folder.js';
import { writeCheckpoint } from './support/checkpoint-writer.js';
import { temporaryFolder } from './support/temporary-folder.js';
import {
  bertConfig,
  bertTensors,
  distilConfig,
  distilName,
  googleTensors,
  randomTensor,
  renamed,
  type Tensors,
  vocabulary,
  writeHuggingFaceFolder,
  writeTexts,
} from './support/tiny-models.js';

const root = temporaryFolder();
let made = 0;
const newFolder = (): string => join(root, `model-${made++}`);
const tensors = bertTensors();

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

async function expectTensors(model: ModelFolder, expected: Tensors): Promise<void> {
  expect(model.tensors.names()).toEqual([...expected.keys()].sort());
  for (const [name, tensor] of expected) {
    expect(model.tensors.info(name)).toEqual({ type: 'float32', shape: tensor.shape });
    expect(await model.tensors.read(name)).toEqual(tensor);
  }
}

describe('openModelFolder', () => {
  it.each([
    ['names without prefix', (name: string) => name],
    ['the prefix bert.', (name: string) => `bert.${name}`],
    [
      'gamma and beta',
      (name: string) =>
        `bert.${name.replace(/LayerNorm\.weight/, 'LayerNorm.gamma').replace(/LayerNorm\.bias/, 'LayerNorm.beta')}`,
    ],
  ])('reads a Hugging Face BERT with %s', async (_, rename) => {
    const folder = newFolder();
    const others = new Map([
      ['cls.predictions.bias', randomTensor(10)],
      ['bert.embeddings.position_ids', randomTensor(1, 7)],
    ]);
    await writeHuggingFaceFolder(folder, new Map([...renamed(tensors, rename), ...others]));
    const model = await openModelFolder(folder);
    expect(model.format).toBe('huggingface');
    expect({ ...model.config }).toEqual(bertConfig);
    expect(model.vocabularyFile).toBe(join(folder, 'vocab.txt'));
    expect(model.tokenizerFile).toBeNull();
    await expectTensors(model, tensors);
    await model.close();
  });

  it('reads a DistilBERT under the names of a BERT, with its classifier', async () => {
    const folder = newFolder();
    const head: Tensors = new Map([
      ['pre_classifier.weight', randomTensor(4, 4)],
      ['pre_classifier.bias', randomTensor(4)],
      ['classifier.weight', randomTensor(3, 4)],
      ['classifier.bias', randomTensor(3)],
    ]);
    await writeHuggingFaceFolder(folder, new Map([...renamed(tensors, distilName), ...head]), {
      'config.json': distilConfig,
      'vocab.txt': vocabulary,
    });
    const model = await openModelFolder(folder);
    const encoder = renamed(tensors, (name) => (distilName(name) === null ? null : name));
    await expectTensors(model, new Map([...encoder, ...head]));
    await model.close();
  });

  it('reads a checkpoint in the layout of Google, with its fine-tuned classifier', async () => {
    const folder = newFolder();
    writeTexts(folder, { 'bert_config.json': bertConfig, 'vocab.txt': vocabulary });
    const head = new Map([
      ['output_weights', randomTensor(3, 4)],
      ['output_bias', randomTensor(3)],
    ]);
    const variables = googleTensors(tensors);
    const slots = new Map([
      ['bert/pooler/dense/kernel/adam_m', randomTensor(4, 4)],
      ['cls/predictions/output_bias', randomTensor(10)],
      ['global_step', randomTensor()],
    ]);
    await writeCheckpoint(join(folder, 'bert_model.ckpt'), [...variables, ...slots, ...head], {
      shards: 2,
    });
    const model = await openModelFolder(folder);
    expect(model.format).toBe('google');
    const classifier: Tensors = new Map([
      ['classifier.weight', head.get('output_weights') ?? randomTensor()],
      ['classifier.bias', head.get('output_bias') ?? randomTensor()],
    ]);
    await expectTensors(model, new Map([...tensors, ...classifier]));
    await model.close();
  });

  it("gives TensorFlow's own numbers for its own checkpoint, kernels transposed", async () => {
    const { variables } = JSON.parse(
      readFileSync(fixture('checkpoints/tf-bert-tiny-digests.json'), 'utf8'),
    ) as { variables: Record<string, { shape: number[]; sha256: string }> };
    const model = await openModelFolder(fixture('tf-bert-tiny'));
    const found = await Promise.all(
      model.tensors.names().map(async (name) => {
        const { shape, data } = await model.tensors.read(name);
        const bytes = new Uint8Array(data.buffer);
        return `${createHash('sha256').update(bytes).digest('hex')} ${shape.join()}`;
      }),
    );
    await model.close();
    const expected = Object.values(variables).map(
      ({ sha256, shape }) => `${sha256} ${shape.join()}`,
    );
    expect(found.sort()).toEqual(expected.sort());
  });

  it('reads shards, other checkpoint names, and a checkpoint beside config.json', async () => {
    const sharded = newFolder();
    await writeHuggingFaceFolder(sharded, tensors);
    renameSync(join(sharded, 'model.safetensors'), join(sharded, 'model-1.safetensors'));
    const places = [...tensors.keys()].map((name) => [name, 'model-1.safetensors'] as const);
    writeTexts(sharded, {
      'model.safetensors.index.json': { weight_map: Object.fromEntries(places) },
    });
    const other = newFolder();
    writeTexts(other, { 'config.json': bertConfig, 'vocab.txt': vocabulary });
    await writeCheckpoint(join(other, 'model.ckpt-1000'), googleTensors(tensors));
    for (const folder of [sharded, other]) {
      const model = await openModelFolder(folder);
      await expectTensors(model, tensors);
      expect(await model.contentKey()).toMatch(/^[0-9a-f]{64}$/);
      await model.close();
    }
  });

  it('reads halves as they are', async () => {
    const folder = newFolder();
    const halves = new Map(
      [...tensors].map(([name, { shape, data }]) => {
        const half = { type: 'float16', shape, data: new Uint16Array(data.length) } as const;
        return [name, half] as const;
      }),
    );
    await writeHuggingFaceFolder(folder, halves);
    const model = await openModelFolder(folder);
    expect(model.tensors.info('pooler.dense.bias')).toEqual({ type: 'float16', shape: [4] });
    await model.close();
  });

  it('takes tokenizer.json for the vocabulary', async () => {
    const folder = newFolder();
    const vocab = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
    const files = { 'config.json': bertConfig, 'tokenizer.json': { model: { vocab } } };
    await writeHuggingFaceFolder(folder, tensors, files);
    const model = await openModelFolder(folder);
    expect([model.vocabularyFile, model.tokenizerFile]).toEqual([
      null,
      join(folder, 'tokenizer.json'),
    ]);
    await model.close();
  });
});

describe('contentKey', () => {
  it('is the same wherever the folder lies, and another when one byte differs', async () => {
    const folder = newFolder();
    await writeHuggingFaceFolder(folder, tensors);
    const copy = newFolder();
    cpSync(folder, copy, { recursive: true });
    const keyOf = async (place: string): Promise<string> => {
      const model = await openModelFolder(place);
      await model.close();
      return model.contentKey();
    };
    const key = await keyOf(folder);
    expect(await keyOf(copy)).toBe(key);
    const keys = new Set([key]);
    for (const name of ['vocab.txt', 'config.json', 'model.safetensors']) {
      const path = join(copy, name);
      const bytes = readFileSync(path);
      writeFileSync(
        path,
        Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes[bytes.length - 1] ^ 4)]),
      );
      if (name === 'config.json') {
        writeTexts(copy, { [name]: { ...bertConfig, more: 1 } });
      }
      keys.add(await keyOf(copy));
    }
    expect(keys.size).toBe(4);
  });
});
