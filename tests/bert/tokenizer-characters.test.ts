// Every code point by itself, normalised and cut into words, against the reference.
import { bertNormalizer, Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { WordPieceTokenizer } from '../../src/bert/tokenizer.js';
import { NormalizedText, Normalizer } from '../../src/bert/tokenizer-normalizer.js';

/** `a` before and `b` after each code point, in texts of 2000; planes without characters left out. */
function everyCodePoint(): string[] {
  const words: string[] = [];
  const add = (first: number, last: number): void => {
    for (let code = first; code <= last; code++) words.push(`a${String.fromCodePoint(code)}b `);
  };
  add(0, 0xd7ff);
  add(0xe000, 0x1ffff);
  add(0x2a000, 0x2ffff);
  add(0xe0000, 0xe0fff);
  const texts: string[] = [];
  for (let start = 0; start < words.length; start += 2000) {
    texts.push(words.slice(start, start + 2000).join(''));
  }
  return texts;
}

const texts = everyCodePoint();

describe('every code point', () => {
  it.each([
    { cleanText: true, chineseCharacters: true, stripAccents: true, lowercase: true },
    { cleanText: false, chineseCharacters: false, stripAccents: false, lowercase: true },
    { cleanText: false, chineseCharacters: false, stripAccents: true, lowercase: false },
  ])('is normalised as by the reference: %o', (settings) => {
    const { chineseCharacters: handleChineseChars, ...others } = settings;
    const reference = bertNormalizer({ ...others, handleChineseChars });
    const normalizer = new Normalizer(settings);
    for (const text of texts) {
      const out = new NormalizedText();
      normalizer.normalize(text, 0, text.length, out);
      const found = out.toString();
      const expected = reference.normalizeString(text);
      if (found !== expected) expect(found.split(' ')).toEqual(expected.split(' '));
    }
  });

  it('parts words as in the reference', async () => {
    const vocabulary = ['[UNK]', '[CLS]', '[SEP]'];
    const tokenizer = WordPieceTokenizer.fromVocabulary(vocabulary, { neverSplit: [] });
    const reference = Tokenizer.fromString(
      JSON.stringify({
        version: '1.0',
        added_tokens: [],
        normalizer: {
          type: 'BertNormalizer',
          clean_text: true,
          handle_chinese_chars: true,
          strip_accents: null,
          lowercase: true,
        },
        pre_tokenizer: { type: 'BertPreTokenizer' },
        model: {
          type: 'WordPiece',
          unk_token: '[UNK]',
          continuing_subword_prefix: '##',
          max_input_chars_per_word: 100,
          vocab: { '[UNK]': 0 },
        },
      }),
    );
    for (const text of texts) {
      const expected = (await reference.encode(text)).getOffsets();
      const units = [0];
      for (const character of text) units.push((units.at(-1) ?? 0) + character.length);
      const { starts, ends } = tokenizer.encode(text, { addSpecialTokens: false });
      const found = Array.from(starts, (start, index) => text.slice(start, ends[index]));
      const words = expected.map(([start, end]) => text.slice(units[start], units[end]));
      if (found.join('\n') !== words.join('\n')) expect(found).toEqual(words);
    }
  });
});
