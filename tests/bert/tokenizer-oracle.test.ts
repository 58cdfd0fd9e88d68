// The tokenizer against the reference, Hugging Face's native `tokenizers`: same ids, offsets and segments.
// POLYTAG_FUZZED_TEXTS raises the number of texts a variant (default 2500).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WordPieceTokenizer } from '../../src/bert/tokenizer.js';
import { fuzzedText, randomNumbers } from './fuzzed-texts.js';
import {
  expectSameTokens,
  modelFolder,
  referenceTokenizer,
  tokenizerJson,
} from './reference-tokenizer.js';

const textCount = Number(process.env['POLYTAG_FUZZED_TEXTS'] ?? 2500);
const patience = Math.max(60_000, 10 * textCount);

function fuzzedTexts(seed: number, count = textCount): string[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => fuzzedText(random));
}

const variants = [
  { name: 'uncased', lowercase: true, stripAccents: null },
  { name: 'cased', lowercase: false, stripAccents: null },
  { name: 'lower-cased with accents', lowercase: true, stripAccents: false },
  { name: 'cased without accents', lowercase: false, stripAccents: true },
];

describe('tokenizer against the reference on fuzzed texts', () => {
  it.each(variants)(
    '$name',
    async ({ lowercase, stripAccents }) => {
      const json = tokenizerJson(({ normalizer }) => {
        normalizer['lowercase'] = lowercase;
        normalizer['strip_accents'] = stripAccents;
      });
      const options = { lowercase, ...(stripAccents === null ? {} : { stripAccents }) };
      const tokenizer = await WordPieceTokenizer.load(modelFolder, options);
      await expectSameTokens(referenceTokenizer(json), tokenizer, fuzzedTexts(20_260_101));
    },
    patience,
  );

  it(
    'without cleaning and without splitting Chinese',
    async () => {
      const json = tokenizerJson(({ normalizer }) => {
        normalizer['clean_text'] = false;
        normalizer['handle_chinese_chars'] = false;
      });
      const options = { cleanText: false, chineseCharacters: false };
      const tokenizer = await WordPieceTokenizer.load(modelFolder, options);
      await expectSameTokens(referenceTokenizer(json), tokenizer, fuzzedTexts(7));
    },
    patience,
  );

  it.each([
    { truncation: 'head', direction: 'right' },
    { truncation: 'tail', direction: 'left' },
  ] as const)('pairs cut to a maximal length, $truncation', async ({ truncation, direction }) => {
    const tokenizer = await WordPieceTokenizer.load(modelFolder);
    const texts = fuzzedTexts(11, 200);
    const pairs = texts.map((text, index) => [text, texts.at(-index) ?? ''] as const);
    const lengths = pairs.map((pair) => pair.map((text) => tokenizer.encode(text).ids.length));
    for (const maxLength of [3, 4, 7, 8, 16, 33, 64]) {
      const reference = referenceTokenizer(tokenizerJson());
      reference.setTruncation(maxLength, { direction });
      await expectSameTokens(reference, tokenizer, texts, { maxLength, truncation });
      // An odd token over goes to the longer text; but this version of the reference compares lengths
      // after it has cut both to the maximum, and then long texts all look the same.
      const comparable = pairs.filter(
        (_, index) => maxLength % 2 === 1 || Math.max(...lengths[index]) <= maxLength,
      );
      await expectSameTokens(reference, tokenizer, comparable, { maxLength, truncation });
    }
  });
});

describe('added tokens against the reference', () => {
  let folder = '';
  const defaults = { single_word: false, lstrip: false, rstrip: false, special: false };
  const added = [
    { ...defaults, id: 30522, content: '<left>', lstrip: true, normalized: false },
    { ...defaults, id: 30523, content: '<right>', rstrip: true, normalized: false },
    { ...defaults, id: 30524, content: 'zq', single_word: true, normalized: false },
    { ...defaults, id: 30525, content: 'Résumé', normalized: true },
    { ...defaults, id: 30526, content: 'c.d', normalized: true, single_word: true },
    { ...defaults, id: 30527, content: '[MASK]s', normalized: false },
    { ...defaults, id: 30528, content: '中a', normalized: true },
  ];
  const json = tokenizerJson((changed) => changed.added_tokens.push(...added));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'polytag-tokenizer-'));
    writeFileSync(join(folder, 'tokenizer.json'), json);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds them with spaces, as single words and normalised', async () => {
    const tokenizer = await WordPieceTokenizer.load(folder);
    const random = randomNumbers(3);
    const parts = [
      ' ',
      '\t',
      '\u3000',
      'a',
      'zq',
      '<left>',
      '<right>',
      'RESUME',
      'résumé',
      're\u0301sume',
    ];
    parts.push(
      'c.d',
      'C.D',
      '.',
      '_',
      '\u0301',
      '[MASK]',
      '[MASK]s',
      '[MASK',
      '中a',
      '中',
      '\u200b',
      'é',
      '😀',
    );
    const texts = Array.from({ length: 3000 }, () =>
      Array.from({ length: 1 + Math.floor(random() * 9) }, () => {
        return parts[Math.floor(random() * parts.length)];
      }).join(''),
    );
    await expectSameTokens(referenceTokenizer(json), tokenizer, texts);
  });

  it('knows their ids and names', async () => {
    const tokenizer = await WordPieceTokenizer.load(folder);
    expect(tokenizer.tokenOf(30525)).toBe('Résumé');
    expect(tokenizer.largestId).toBe(30528);
  });
});
