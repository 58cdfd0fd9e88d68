// Each fault of a model folder gets its own refusal, which names the file or tensor.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import type { Tensor } from '../../src/graph/index.js';
import { openModelFolder } from '../../src/weights/folder/model-folder.js';
import { writeCheckpoint } from './support/checkpoint-writer.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';
import {
  bertConfig,
  bertTensors,
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

describe('openModelFolder refuses', () => {
  async function folderWith(
    change: Readonly<Record<string, unknown>>,
    changed: Tensors = tensors,
  ): Promise<string> {
    const folder = newFolder();
    const files = { 'config.json': bertConfig, 'vocab.txt': vocabulary, ...change };
    await writeHuggingFaceFolder(folder, changed, files);
    return folder;
  }

  it('a folder that is not there, a file, and a folder of something else', async () => {
    await expectRefusal(openModelFolder(newFolder()), 'MODEL_FOLDER_UNRECOGNISED', 'nothing');
    const folder = newFolder();
    writeTexts(folder, { 'notes.txt': 'x' });
    await expectRefusal(openModelFolder(folder), 'MODEL_FOLDER_UNRECOGNISED', folder);
    await expectRefusal(
      openModelFolder(join(folder, 'notes.txt')),
      'MODEL_FOLDER_UNRECOGNISED',
      'it is a file',
    );
  });

  it.each(['pytorch_model.bin', 'pytorch_model-00001-of-00002.bin'])(
    'a folder that has its weights only as %s, and says what to do',
    async (file) => {
      const folder = newFolder();
      writeTexts(folder, { 'config.json': bertConfig, 'vocab.txt': vocabulary, [file]: 'x' });
      await expectRefusal(openModelFolder(folder), 'MODEL_PICKLE_ONLY', file, 'model.safetensors');
    },
  );

  it('missing files, by name', async () => {
    const noConfig = await folderWith({});
    rmSync(join(noConfig, 'config.json'));
    await expectRefusal(openModelFolder(noConfig), 'MODEL_FILE_MISSING', 'config.json');
    const noVocabulary = await folderWith({});
    rmSync(join(noVocabulary, 'vocab.txt'));
    await expectRefusal(openModelFolder(noVocabulary), 'MODEL_FILE_MISSING', 'vocab.txt');
    const noWeights = await folderWith({});
    rmSync(join(noWeights, 'model.safetensors'));
    await expectRefusal(openModelFolder(noWeights), 'MODEL_FILE_MISSING', 'model.safetensors');
    const google = newFolder();
    writeTexts(google, { 'bert_config.json': bertConfig, 'vocab.txt': vocabulary });
    await expectRefusal(openModelFolder(google), 'MODEL_FILE_MISSING', 'bert_model.ckpt.index');
  });

  it('several checkpoints of no usual name, but not beside the usual one', async () => {
    const folder = newFolder();
    writeTexts(folder, { 'bert_config.json': bertConfig, 'vocab.txt': vocabulary });
    await writeCheckpoint(join(folder, 'model.ckpt-1'), googleTensors(tensors));
    await writeCheckpoint(join(folder, 'model.ckpt-2'), []);
    await expectRefusal(
      openModelFolder(folder),
      'MODEL_CHECKPOINT_AMBIGUOUS',
      'model.ckpt-1.index, model.ckpt-2.index',
    );
    await writeCheckpoint(join(folder, 'bert_model.ckpt'), googleTensors(tensors));
    await (await openModelFolder(folder)).close();
  });

  it('a checkpoint of Keras objects', async () => {
    const folder = newFolder();
    cpSync(fixture('checkpoints'), folder, {
      recursive: true,
      filter: (path) => !path.includes('.ckpt.') || path.includes('objects.ckpt'),
    });
    writeTexts(folder, { 'bert_config.json': bertConfig, 'vocab.txt': vocabulary });
    await expectRefusal(openModelFolder(folder), 'CHECKPOINT_UNSUPPORTED', '/.ATTRIBUTES/');
  });

  it('missing tensors, by name', async () => {
    const without = (pattern: RegExp): Promise<string> =>
      folderWith(
        {},
        renamed(tensors, (name) => (pattern.test(name) ? null : name)),
      );
    await expectRefusal(
      openModelFolder(await without(/word_embeddings/)),
      'MODEL_TENSORS_MISSING',
      'lack embeddings.word_embeddings.weight',
    );
    await expectRefusal(
      openModelFolder(await without(/layer\.1\./)),
      'MODEL_TENSORS_MISSING',
      'encoder.layer.1.attention.self.query.weight',
      'and 13 more',
    );
    await expectRefusal(
      openModelFolder(await without(/pooler\.dense\.bias/)),
      'MODEL_TENSORS_MISSING',
      'pooler.dense.bias',
    );
    await (await openModelFolder(await without(/pooler/))).close();
  });

  it('wrong shapes, with both shapes', async () => {
    const wrong = new Map(tensors).set('encoder.layer.0.output.dense.weight', randomTensor(6, 4));
    await expectRefusal(
      openModelFolder(await folderWith({}, wrong)),
      'MODEL_TENSOR_INVALID',
      '"encoder.layer.0.output.dense.weight" has the shape [6, 4], expected [4, 6]',
    );
    const google = newFolder();
    writeTexts(google, { 'bert_config.json': bertConfig, 'vocab.txt': vocabulary });
    await writeCheckpoint(join(google, 'bert_model.ckpt'), googleTensors(wrong));
    await expectRefusal(
      openModelFolder(google),
      'MODEL_TENSOR_INVALID',
      '"bert/encoder/layer_0/output/dense/kernel" has the shape [4, 6], expected [6, 4]',
    );
  });

  it('a tensor under two names, a head of two sizes, weights that are integers', async () => {
    const twice = new Map(tensors).set('bert.pooler.dense.bias', randomTensor(4));
    await expectRefusal(
      openModelFolder(await folderWith({}, twice)),
      'MODEL_TENSOR_INVALID',
      '"bert.pooler.dense.bias"',
      'too',
    );
    const head = new Map(tensors)
      .set('classifier.weight', randomTensor(3, 4))
      .set('classifier.bias', randomTensor(2));
    await expectRefusal(
      openModelFolder(await folderWith({}, head)),
      'MODEL_TENSOR_INVALID',
      'has 2 numbers for 3 rows',
    );
    const folder = newFolder();
    const integers = { type: 'int8', shape: [4], data: new Int8Array(4) } as const;
    await writeHuggingFaceFolder(
      folder,
      new Map<string, Tensor>([...tensors, ['pooler.dense.bias', integers]]),
    );
    await expectRefusal(openModelFolder(folder), 'MODEL_TENSOR_INVALID', 'the type int8');
  });

  it('a vocabulary larger than the word embeddings, or empty', async () => {
    const large = [...vocabulary, 'ten', 'eleven'];
    await expectRefusal(
      openModelFolder(await folderWith({ 'vocab.txt': large })),
      'MODEL_VOCABULARY_INVALID',
      'it has 11 tokens for 10 word embeddings',
    );
    await expectRefusal(
      openModelFolder(await folderWith({ 'vocab.txt': '' })),
      'MODEL_VOCABULARY_INVALID',
      'empty',
    );
    const added = { added_tokens: [{ id: 10, content: 'x' }], model: { vocab: { a: 0 } } };
    const folder = await folderWith({ 'tokenizer.json': added });
    await expectRefusal(openModelFolder(folder), 'MODEL_VOCABULARY_INVALID', 'tokenizer.json');
  });

  it.each([
    ['{"a": {"b": 1, "b": 2}}', 'MODEL_JSON_INVALID', 'twice'],
    ['[1]', 'MODEL_JSON_INVALID', 'no JSON object'],
    ['{"a": NaN}', 'MODEL_JSON_INVALID', 'is not JSON'],
    [`{"a":${'['.repeat(100_000)}`, 'MODEL_JSON_INVALID', 'deeper than 64'],
    [' '.repeat(2 ** 20 + 1), 'MODEL_FILE_UNREADABLE', 'at most 1048576'],
    ['{"model_type": "roberta"}', 'MODEL_TYPE_UNSUPPORTED', '"roberta"'],
    ['{"model_type": {"a": 1}}', 'MODEL_TYPE_UNSUPPORTED', '{"a":1}'],
    ['{"model_type": "bert"}', 'MODEL_CONFIG_INVALID', '"vocab_size" is missing'],
    ['{"__proto__": {"vocab_size": 10}}', 'MODEL_CONFIG_INVALID', '"vocab_size" is missing'],
  ] as const)('the configuration %.40s', async (text, code, part) => {
    const folder = await folderWith({ 'config.json': text });
    await expectRefusal(openModelFolder(folder), code, join(folder, 'config.json'), part);
  });

  it.each([0, -4, 4.5, '4', 1e12, null, [4]])('the hidden size %j', async (size) => {
    const folder = await folderWith({ 'config.json': { ...bertConfig, hidden_size: size } });
    await expectRefusal(openModelFolder(folder), 'MODEL_CONFIG_INVALID', '"hidden_size"');
  });

  it('more layers than any encoder has, before listing their names', async () => {
    const config = { ...bertConfig, num_hidden_layers: 1e9 };
    const folder = await folderWith({ 'config.json': config });
    await expectRefusal(openModelFolder(folder), 'MODEL_CONFIG_INVALID', '"num_hidden_layers"');
  });

  it('a folder in the place of a file', async () => {
    const folder = await folderWith({});
    rmSync(join(folder, 'vocab.txt'));
    mkdirSync(join(folder, 'vocab.txt'));
    await expectRefusal(openModelFolder(folder), 'MODEL_FILE_UNREADABLE', 'it is a folder');
  });
});
