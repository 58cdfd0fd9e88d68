// The tokenizer against the reference, Hugging Face's native `tokenizers`: same ids, same offsets.
// POLYTAG_FUZZED_TEXTS raises the number of texts a variant (default 5000).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { type Encoding, WordPieceTokenizer } from '../../src/bert/tokenizer.js';
import { fuzzedText, randomNumbers } from './fuzzed-texts.js';

const folder = 'models/all-MiniLM-L6-v2';
const textCount = Number(process.env['POLYTAG_FUZZED_TEXTS'] ?? 5000);
const patience = Math.max(60_000, 10 * textCount);

/** The reference, its tokenizer.json changed by `change`, without the padding and truncation it may hold. */
function reference(change: (json: TokenizerJson) => void = () => undefined): Tokenizer {
  const json = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as TokenizerJson;
  change(json);
  const tokenizer = Tokenizer.fromString(JSON.stringify(json));
  tokenizer.disablePadding();
  tokenizer.disableTruncation();
  return tokenizer;
}

interface TokenizerJson {
  normalizer: Record<string, boolean | string | null>;
}

/** UTF-16 offset of each code point, and of the end. */
function unitOffsets(text: string): number[] {
  const offsets = [0];
  for (const character of text) offsets.push((offsets.at(-1) ?? 0) + character.length);
  return offsets;
}

function tokensOf(encoding: Encoding): number[][] {
  return Array.from(encoding.ids, (id, index) => [
    id,
    encoding.starts[index],
    encoding.ends[index],
    encoding.typeIds[index],
  ]);
}

/** Compares texts in groups, so that a failure shows one text and not thousands. */
async function compare(
  oracle: Tokenizer,
  tokenizer: WordPieceTokenizer,
  texts: readonly string[],
): Promise<void> {
  for (let start = 0; start < texts.length; start += 500) {
    const group = texts.slice(start, start + 500);
    const expected = await oracle.encodeBatch(group);
    group.forEach((text, index) => {
      const offsets = unitOffsets(text);
      const typeIds = expected[index].getTypeIds();
      const references = expected[index].getOffsets();
      const tokens = expected[index]
        .getIds()
        .map((id, token) => [id, ...references[token].map((at) => offsets[at]), typeIds[token]]);
      const found = tokensOf(tokenizer.encode(text));
      if (JSON.stringify(found) === JSON.stringify(tokens)) return;
      expect({ text, tokens: found }).toEqual({ text, tokens });
    });
  }
}

const variants = [
  { name: 'uncased', lowercase: true, stripAccents: null },
  { name: 'cased', lowercase: false, stripAccents: null },
  { name: 'lower-cased with accents', lowercase: true, stripAccents: false },
  { name: 'cased without accents', lowercase: false, stripAccents: true },
];

describe('tokenizer against the reference', () => {
  it.each(variants)(
    '$name: same ids and offsets on fuzzed texts',
    async (variant) => {
      const { lowercase, stripAccents } = variant;
      const oracle = reference(({ normalizer }) => {
        normalizer['lowercase'] = lowercase;
        normalizer['strip_accents'] = stripAccents;
      });
      const tokenizer = await WordPieceTokenizer.load(folder, {
        lowercase,
        ...(stripAccents === null ? {} : { stripAccents }),
      });
      const random = randomNumbers(20_260_101);
      const texts = Array.from({ length: textCount }, () => fuzzedText(random));
      await compare(oracle, tokenizer, texts);
    },
    patience,
  );

  it(
    'without cleaning and Chinese splitting: same ids and offsets',
    async () => {
      const oracle = reference(({ normalizer }) => {
        normalizer['clean_text'] = false;
        normalizer['handle_chinese_chars'] = false;
      });
      const options = { cleanText: false, chineseCharacters: false };
      const tokenizer = await WordPieceTokenizer.load(folder, options);
      const random = randomNumbers(7);
      const texts = Array.from({ length: textCount }, () => fuzzedText(random));
      await compare(oracle, tokenizer, texts);
    },
    patience,
  );
});
