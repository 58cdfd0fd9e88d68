import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { convertToHuggingFaceFolder } from '../../src/weights/conversion/conversion.js';
import { openModelFolder } from '../../src/weights/folder/model-folder.js';
import { inferLowerCase, readVocabulary } from '../../src/weights/folder/vocabulary.js';
import { openSafetensors } from '../../src/weights/safetensors/reader.js';
import { writeCheckpoint } from './support/checkpoint-writer.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';
import {
  bertConfig,
  bertTensors,
  googleTensors,
  randomTensor,
  vocabulary,
  writeTexts,
} from './support/tiny-models.js';

const root = temporaryFolder();
const google = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

async function writeGoogleFolder(
  folder: string,
  words: readonly string[] = vocabulary,
): Promise<string> {
  writeTexts(folder, { 'bert_config.json': bertConfig, 'vocab.txt': words });
  await writeCheckpoint(join(folder, 'bert_model.ckpt'), googleTensors(bertTensors()));
  return folder;
}

describe('convertToHuggingFaceFolder', () => {
  const converted = join(root, 'converted');

  it('writes the files that others open, every tensor equal to the checkpoint', async () => {
    const conversion = await convertToHuggingFaceFolder(google, converted);
    expect(conversion).toEqual({ lowerCase: true, tensors: 55 });
    expect(readdirSync(converted).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.txt',
    ]);
    const source = await openModelFolder(google);
    const target = await openModelFolder(converted);
    expect(target.format).toBe('huggingface');
    expect(target.tensors.names()).toEqual(source.tensors.names());
    for (const name of source.tensors.names()) {
      expect(await target.tensors.read(name)).toEqual(await source.tensors.read(name));
    }
    await source.close();
    await target.close();
  });

  it('describes the model as Hugging Face does', () => {
    const original = readJson(google, 'bert_config.json') as Record<string, unknown>;
    expect(readJson(converted, 'config.json')).toEqual({
      ...original,
      architectures: ['BertModel'],
      model_type: 'bert',
      layer_norm_eps: 1e-12,
      pad_token_id: 0,
      position_embedding_type: 'absolute',
    });
    expect(readJson(converted, 'tokenizer_config.json')).toMatchObject({
      do_lower_case: true,
      model_max_length: 48,
      tokenizer_class: 'BertTokenizer',
      mask_token: '[MASK]',
    });
  });

  it('writes a tokenizer.json that the Rust tokenizers read, with the reference ids', async () => {
    const reference = readJson(google, 'encode-reference.json') as {
      max_seq_len: number;
      texts: string[];
      input_ids: number[][];
      token_type_ids: number[][];
    };
    const tokenizer = Tokenizer.fromFile(join(converted, 'tokenizer.json'));
    tokenizer.setTruncation(reference.max_seq_len);
    for (const [index, text] of reference.texts.entries()) {
      const [first, second] = text.split(' ||| ');
      const encoding = await tokenizer.encode(first, second);
      expect(encoding.getIds()).toEqual(reference.input_ids[index]);
      expect(encoding.getTypeIds()).toEqual(reference.token_type_ids[index]);
    }
  });

  it('gives the same bytes again, and replaces a folder only when told to', async () => {
    const digest = (): string =>
      readdirSync(converted)
        .sort()
        .map((name) =>
          createHash('sha256')
            .update(readFileSync(join(converted, name)))
            .digest('hex'),
        )
        .join();
    const before = digest();
    await expectRefusal(convertToHuggingFaceFolder(google, converted), 'FOLDER_NOT_EMPTY');
    await convertToHuggingFaceFolder(google, converted, { overwrite: true });
    expect(digest()).toBe(before);
    await convertToHuggingFaceFolder(google, converted, { overwrite: true, lowerCase: false });
    expect(digest()).not.toBe(before);
    expect(readJson(converted, 'tokenizer_config.json')).toMatchObject({ do_lower_case: false });
    expect(readJson(converted, 'tokenizer.json')).toMatchObject({
      normalizer: { lowercase: false, strip_accents: null },
    });
  });

  it('keeps a fine-tuned classifier, and names its labels', async () => {
    const source = join(root, 'classifier');
    writeTexts(source, { 'bert_config.json': bertConfig, 'vocab.txt': vocabulary });
    const head = new Map([
      ['output_weights', randomTensor(3, 4)],
      ['output_bias', randomTensor(3)],
    ]);
    const variables = [...googleTensors(bertTensors()), ...head];
    await writeCheckpoint(join(source, 'model.ckpt-9'), variables);
    const target = join(root, 'converted classifier');
    await convertToHuggingFaceFolder(source, target);
    expect(readJson(target, 'config.json')).toMatchObject({
      architectures: ['BertForSequenceClassification'],
      id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' },
      label2id: { LABEL_0: 0, LABEL_1: 1, LABEL_2: 2 },
    });
    const file = await openSafetensors(join(target, 'model.safetensors'));
    expect(file.names().filter((name) => !name.startsWith('bert.'))).toEqual([
      'classifier.bias',
      'classifier.weight',
    ]);
    expect(await file.read('classifier.weight')).toEqual(head.get('output_weights'));
    await file.close();
  });

  it('keeps ids of words that look like numbers or prototypes, and the last of two equal ones', async () => {
    const words = [...vocabulary.slice(0, 5), '7', '__proto__', 'a"\\b', '7', '3'];
    const source = await writeGoogleFolder(join(root, 'odd words'), words);
    const target = join(root, 'odd words converted');
    await convertToHuggingFaceFolder(source, target);
    const tokenizer = Tokenizer.fromFile(join(target, 'tokenizer.json'));
    expect(['7', '__proto__', 'a"\\b', '3'].map((word) => tokenizer.tokenToId(word))).toEqual([
      8, 6, 7, 9,
    ]);
  });

  it('refuses Hugging Face folders and vocabularies without special tokens, and leaves nothing', async () => {
    const target = join(root, 'never');
    await expectRefusal(convertToHuggingFaceFolder(converted, target), 'CONVERSION_NEEDLESS');
    const source = await writeGoogleFolder(join(root, 'no mask'), ['[PAD]', '[UNK]', '[CLS]', 'a']);
    await expectRefusal(
      convertToHuggingFaceFolder(source, target),
      'MODEL_VOCABULARY_INVALID',
      '[SEP], [MASK]',
    );
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(root).filter((name) => name.includes('tmp'))).toEqual([]);
  });
});

describe('inferLowerCase', () => {
  it.each([
    ['uncased_L-12_H-768_A-12', true],
    ['cased_L-12_H-768_A-12', false],
    ['multi_cased_L-12_H-768_A-12', false],
    ['multilingual_L-12_H-768_A-12', true],
    ['chinese_L-12_H-768_A-12', true],
    ['/models/Uncased_L-2/', true],
  ])('believes the name %s', (name, expected) => {
    expect(inferLowerCase(name, ['Word', 'word'])).toBe(expected);
  });

  it('else looks for words with capitals, special tokens apart', () => {
    expect(inferLowerCase('model', vocabulary)).toBe(true);
    expect(inferLowerCase('model', [...vocabulary, 'Fox'])).toBe(false);
    expect(inferLowerCase('model', [...vocabulary, '##Es'])).toBe(false);
  });
});

describe('readVocabulary', () => {
  it('counts lines from 0, whatever ends them, empty ones too', async () => {
    writeTexts(root, { 'lines.txt': '[PAD]\r\na\n\n\u2028\nlast' });
    expect(await readVocabulary(join(root, 'lines.txt'))).toEqual([
      '[PAD]',
      'a',
      '',
      '\u2028',
      'last',
    ]);
  });
});
