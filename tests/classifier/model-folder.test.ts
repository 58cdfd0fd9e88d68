// What is written of a trained model, held against what others expect of such a folder.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Encoder, WordPieceTokenizer } from '../../src/bert/index.js';
import { writeModelFolder } from '../../src/classifier/model-folder.js';
import { MultiLabelClassifier } from '../../src/classifier/multi-label-classifier.js';
import { WorkerPool } from '../../src/runtime/index.js';
import { openModelFolder, openSafetensors, writeSafetensors } from '../../src/weights/index.js';
import {
  bertTensors,
  distilConfig,
  renamed,
  type Tensors,
  vocabulary,
} from '../weights/support/tiny-models.js';
import { contentsOf, filesOf } from './support/folder-contents.js';
import { randomOutcome } from './support/random-outcome.js';
import { temporaryFolder } from './support/temporary-folder.js';

const root = temporaryFolder();
const tiny = resolve('tests/fixtures/tf-bert-tiny');
const readJson = (folder: string, file: string) =>
  JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>;

async function predictionsOf(folder: string, texts: readonly string[]): Promise<Float32Array> {
  const classifier = await MultiLabelClassifier.load(folder, { workers: 1 });
  try {
    return (await classifier.predictMatrix(texts)).values;
  } finally {
    await classifier.close();
  }
}

describe('writeModelFolder', () => {
  const folder = join(root, 'model');
  beforeAll(async () => {
    await writeModelFolder(folder, await randomOutcome({ folder: tiny, hiddenSize: 32 }));
  });

  it('writes the layout of Hugging Face, ONNX files, a card and a record', () => {
    expect(filesOf(folder)).toEqual([
      'README.md',
      'config.json',
      'curves.svg',
      'model.safetensors',
      'onnx/model.onnx',
      'onnx/model_quantized.onnx',
      'polytag.json',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'training.json',
      'vocab.txt',
    ]);
  });

  it('describes a classifier of several labels', () => {
    expect(readJson(folder, 'config.json')).toMatchObject({
      model_type: 'bert',
      architectures: ['BertForSequenceClassification'],
      problem_type: 'multi_label_classification',
      id2label: { 0: 'toxic', 1: 'in|sult', 2: '__proto__', 3: '7' },
      vocab_size: 600,
      hidden_act: 'gelu',
      type_vocab_size: 2,
    });
    const { label2id } = readJson(folder, 'config.json');
    expect(Object.entries(label2id as object).sort()).toEqual([
      ['7', 3],
      ['__proto__', 2],
      ['in|sult', 1],
      ['toxic', 0],
    ]);
    expect(readJson(folder, 'tokenizer_config.json').model_max_length).toBe(40);
  });

  it('keeps the weights of the encoder as they were, and adds those of the head', async () => {
    const source = await openModelFolder(tiny);
    const target = await openSafetensors(join(folder, 'model.safetensors'));
    const head = ['classifier.bias', 'classifier.hidden.bias', 'classifier.hidden.weight'];
    expect(target.names().filter((name) => !name.startsWith('bert.'))).toEqual([
      ...head,
      'classifier.weight',
    ]);
    expect(target.info('classifier.weight').shape).toEqual([4, 8]);
    expect(target.names()).toHaveLength(source.tensors.names().length + 4);
    for (const name of source.tensors.names()) {
      expect(await target.read(`bert.${name}`)).toEqual(await source.tensors.read(name));
    }
    await source.close();
    await target.close();
  });

  it.each(['onnx/model.onnx', 'onnx/model_quantized.onnx'])(
    'gives %s the promised inputs and output',
    async (file) => {
      const pool = await WorkerPool.open(join(folder, file), { workers: 1 });
      const shape = ['batch_size', 'sequence_length'];
      expect(pool.face).toEqual({
        inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => ({
          name,
          type: 'int64',
          shape,
        })),
        outputs: [{ name: 'logits', type: 'float32', shape: ['batch_size', 4] }],
      });
      await pool.close();
    },
  );

  it('writes the tokenizer that the encoder has', async () => {
    const written = await WordPieceTokenizer.load(folder);
    const { addedTokens, ...settings } = (await WordPieceTokenizer.load(tiny)).settings;
    expect(written.settings).toMatchObject(settings);
    const byId = addedTokens.toSorted((a, b) => a.id - b.id);
    expect(written.settings.addedTokens).toMatchObject(byId);
  });

  it('gives the same bytes for the same outcome', async () => {
    const again = join(root, 'again');
    await writeModelFolder(again, await randomOutcome({ folder: tiny, hiddenSize: 32 }));
    expect(contentsOf(again)).toEqual(contentsOf(folder));
  });

  it('names no path of this machine', () => {
    for (const file of ['polytag.json', 'training.json', 'README.md', 'config.json']) {
      expect(readFileSync(join(folder, file), 'utf8')).not.toMatch(/fixtures|\/data|private/);
    }
    expect(readJson(folder, 'polytag.json')).toMatchObject({
      encoder: { reference: 'tf-bert-tiny' },
      rows: { validationFrom: 'validation.csv' },
    });
  });

  it('is an encoder like any other', async () => {
    const original = await Encoder.load(tiny, { workers: 1 });
    const written = await Encoder.load(folder, { workers: 1 });
    const texts = ['you are a bastard', 'Related issues!'];
    expect(await written.encode(texts)).toEqual(await original.encode(texts));
    await original.close();
    await written.close();
  });

  it('gives the same scores when the model is trained on a written folder', async () => {
    const second = join(root, 'second');
    await writeModelFolder(second, await randomOutcome({ folder, hiddenSize: 32 }));
    const texts = ['you are a bastard', '', 'warning '.repeat(70)];
    expect(await predictionsOf(second, texts)).toEqual(await predictionsOf(folder, texts));
  });

  it('shows labels in the card without breaking its table', () => {
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain('| `in\\|sult` | ');
  });
});

describe('the stored head', () => {
  const storedShape = async (name: string, outcome: Parameters<typeof writeModelFolder>[1]) => {
    await writeModelFolder(join(root, name), outcome);
    const file = await openSafetensors(join(root, name, 'model.safetensors'));
    await file.close();
    return file.info('classifier.weight').shape;
  };

  it('is that of BertForSequenceClassification when it is one layer on the pooler', async () => {
    const features = [{ pooling: 'pooler', layers: [-1] }] as const;
    const options = { folder: tiny, hiddenSize: 32, features, hiddenUnits: 0 };
    expect(await storedShape('standard', await randomOutcome(options))).toEqual([4, 32]);
  });

  it('cannot be taken for that when it looks at something else of the same width', async () => {
    const features = [{ pooling: 'mean', layers: [-1] }] as const;
    const options = { folder: tiny, hiddenSize: 32, features, hiddenUnits: 0 };
    expect(await storedShape('mean', await randomOutcome(options))).toEqual([4, 1, 32]);
    await (await openModelFolder(join(root, 'mean'))).close();
  });
});

describe('a DistilBERT', () => {
  const folder = join(root, 'distil');
  const written = join(root, 'distil model');

  function distilNames(tensors: Tensors): Tensors {
    return renamed(tensors, (name) =>
      /^pooler|token_type/.test(name)
        ? null
        : name
            .replace('attention.self.query', 'attention.q_lin')
            .replace('attention.self.key', 'attention.k_lin')
            .replace('attention.self.value', 'attention.v_lin')
            .replace('attention.output.dense', 'attention.out_lin')
            .replace('attention.output.LayerNorm', 'sa_layer_norm')
            .replace('intermediate.dense', 'ffn.lin1')
            .replace(/output\.dense/, 'ffn.lin2')
            .replace(/(?<!embeddings\.)(?:output\.)LayerNorm/, 'output_layer_norm')
            .replace('encoder.layer', 'transformer.layer')
            .replace(/^/, 'distilbert.'),
    );
  }

  it('becomes a BERT of the same vectors', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'config.json'), JSON.stringify(distilConfig));
    writeFileSync(join(folder, 'vocab.txt'), vocabulary.join('\n'));
    const tensors = [...distilNames(bertTensors())].map(([name, tensor]) => ({
      ...tensor,
      name,
      read: () => tensor,
    }));
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
    await writeModelFolder(written, await randomOutcome({ folder, hiddenSize: 4, maxLength: 7 }));
    expect(readJson(written, 'config.json')).toMatchObject({ model_type: 'bert', hidden_size: 4 });
    const features = { features: [{ pooling: 'mean_max', layers: [-1, 0] }], workers: 1 } as const;
    const original = await Encoder.load(folder, features);
    const converted = await Encoder.load(written, features);
    const texts = ['the foxes.', 'fox the fox the fox the fox'];
    expect(await converted.encode(texts)).toEqual(await original.encode(texts));
    await original.close();
    await converted.close();
    const scores = await predictionsOf(written, texts);
    expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
  });
});
