// The tokenizer on its own: properties, truncation, special tokens, trouble and time.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Encoding, WordPieceTokenizer } from '../../src/bert/tokenizer.js';
import { fuzzedText, randomNumbers } from './fuzzed-texts.js';
import { modelFolder } from './reference-tokenizer.js';

let tokenizer: WordPieceTokenizer;
beforeAll(async () => {
  tokenizer = await WordPieceTokenizer.load(modelFolder);
});

/** Texts from fast-check's own units and from the fuzzer, so that shrinking and hard cases both happen. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.integer().map((seed) => fuzzedText(randomNumbers(seed))),
);

function piecesOf(encoding: Encoding, text: string): string[] {
  return Array.from(encoding.ids, (_, index) =>
    text.slice(encoding.starts[index], encoding.ends[index]),
  ).filter((_, index) => encoding.sources[index] >= 0);
}

function stripAccents(text: string): string {
  return text.normalize('NFD').replace(/\p{Mn}/gu, '');
}

describe('WordPieceTokenizer', () => {
  it('gives the ids of the fixture for every text', () => {
    const lines = readFileSync('tests/fixtures/minilm/tokens.jsonl', 'utf8').trim().split('\n');
    const cases = lines.map((line) => JSON.parse(line) as { text: string; ids: number[] });
    expect(cases).toHaveLength(465);
    for (const { text, ids } of cases) {
      expect({ text, ids: Array.from(tokenizer.encode(text).ids) }).toEqual({ text, ids });
    }
  });

  it('gives offsets in UTF-16 units of the text as written', () => {
    const text = '👩 Ünbe\u0301lievable\u0000 中a[MASK]!';
    const encoding = tokenizer.encode(text);
    expect(piecesOf(encoding, text)).toEqual([
      '👩',
      'Ünbe\u0301lievable',
      '中',
      'a',
      '[MASK]',
      '!',
    ]);
    expect(Array.from(encoding.starts.slice(0, 3))).toEqual([0, 0, 3]);
  });

  it('gives offsets that rise, lie in the text, and hold what the piece says', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { ids, starts, ends, sources } = tokenizer.encode(text);
        let last = 0;
        for (let index = 1; index < ids.length - 1; index++) {
          expect(sources[index]).toBe(0);
          expect(starts[index]).toBeGreaterThanOrEqual(last);
          expect(ends[index]).toBeGreaterThan(starts[index]);
          expect(ends[index]).toBeLessThanOrEqual(text.length);
          last = starts[index];
          const piece = (tokenizer.tokenOf(ids[index]) ?? '').replace(/^##/, '');
          const source = text.slice(starts[index], ends[index]);
          if (/^[a-z]+$/.test(piece)) {
            const letters = stripAccents(source)
              .toLowerCase()
              .replace(/[^a-z]/g, '');
            expect(letters).toContain(piece);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same for a text whatever came before it', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 6 }), anyText, (before, text) => {
        const fresh = new WordPieceTokenizer(tokenizer.settings);
        for (const other of before) fresh.encode(other);
        expect(fresh.encode(text)).toEqual(tokenizer.encode(text));
      }),
      { numRuns: 30 },
    );
  });

  it('forgets words without changing their pieces', () => {
    const small = WordPieceTokenizer.fromVocabulary(['[UNK]', '[CLS]', '[SEP]', 'w', '##0', '##1']);
    const words = Array.from({ length: 40_000 }, (_, index) => `w${index.toString(2)}`);
    const idsOf = (word: string): string => small.encode(word).ids.join();
    const once = words.map(idsOf);
    expect(words.findIndex((word, index) => idsOf(word) !== once[index])).toBe(-1);
  });
});

describe('special tokens', () => {
  it('are found in the text as they stand', () => {
    expect(Array.from(tokenizer.encode('[MASK] and [CLS] literal').ids)).toEqual([
      101, 103, 1998, 101, 18204, 102,
    ]);
  });

  it('are cut like any text with neverSplit: []', async () => {
    const splitting = await WordPieceTokenizer.load(modelFolder, { neverSplit: [] });
    const tokens = Array.from(splitting.encode('[MASK]').ids, (id) => splitting.tokenOf(id));
    expect(tokens).toEqual(['[CLS]', '[', 'mask', ']', '[SEP]']);
  });

  it('are left out on request', () => {
    expect(Array.from(tokenizer.encode('hello', { addSpecialTokens: false }).ids)).toEqual([7592]);
  });

  it('surround a pair, with segments and sources', () => {
    const { ids, typeIds, sources } = tokenizer.encode('hello', { pair: 'big world' });
    expect(Array.from(ids)).toEqual([101, 7592, 102, 2502, 2088, 102]);
    expect(Array.from(typeIds)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(Array.from(sources)).toEqual([-1, 0, -1, 1, 1, -1]);
  });
});

describe('truncation', () => {
  const text = 'one two three four five six seven eight nine ten';
  const words = text.split(' ');

  it.each([
    { truncation: 'head', kept: words.slice(0, 6) },
    { truncation: 'tail', kept: words.slice(4) },
    { truncation: 'head+tail', kept: [...words.slice(0, 1), ...words.slice(5)] },
  ] as const)('$truncation keeps its part and counts the rest', ({ truncation, kept }) => {
    const encoding = tokenizer.encode(text, { maxLength: 8, truncation });
    expect(piecesOf(encoding, text)).toEqual(kept);
    expect(encoding.truncated).toBe(4);
    expect(encoding.ids).toHaveLength(8);
  });

  it('leaves a text alone that fits', () => {
    expect(tokenizer.encode(text, { maxLength: 12 })).toEqual(tokenizer.encode(text));
    expect(tokenizer.encode(text).truncated).toBe(0);
  });

  it.each([
    { maxLength: 10, oddToFirst: false, shares: [3, 4] },
    { maxLength: 10, oddToFirst: true, shares: [4, 3] },
    { maxLength: 9, oddToFirst: true, shares: [3, 3] },
  ])('shares a pair: %o', ({ maxLength, oddToFirst, shares }) => {
    const { sources, truncated } = tokenizer.encode(text, { pair: text, maxLength, oddToFirst });
    const count = (source: number): number => sources.filter((value) => value === source).length;
    expect([count(0), count(1)]).toEqual(shares);
    expect(truncated).toBe(20 - shares[0] - shares[1]);
  });

  it('takes from the longer text only while it is longer', () => {
    const { sources } = tokenizer.encode('one two', { pair: text, maxLength: 9 });
    expect(sources.filter((source) => source === 0)).toHaveLength(2);
    expect(sources.filter((source) => source === 1)).toHaveLength(4);
  });

  it.each([
    { maxLength: 1, pair: false },
    { maxLength: 2, pair: true },
    { maxLength: 2.5, pair: false },
    { maxLength: Number.NaN, pair: false },
  ])('refuses a length without room for special tokens: $maxLength', ({ maxLength, pair }) => {
    const options = pair ? { maxLength, pair: 'b' } : { maxLength };
    expect(() => tokenizer.encode('a', options)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }) as Error,
    );
  });
});

describe('trouble', () => {
  it.each([
    { name: 'nothing', text: '', ids: [] },
    { name: 'white space', text: ' \t\n\u3000', ids: [] },
    { name: 'control characters', text: '\u0000\u200b\u0085', ids: [] },
    { name: 'marks alone', text: '\u0301\u0302', ids: [] },
    { name: 'a lone surrogate', text: '\ud800', ids: [] },
    { name: 'a lone surrogate inside a word', text: 'hel\udc00lo', ids: [7592] },
    { name: 'a word of 100 characters', text: 'z'.repeat(100), ids: undefined },
    { name: 'a word of 101 characters', text: 'z'.repeat(101), ids: [100] },
    { name: '100 characters beyond the BMP', text: '𝒳'.repeat(100), ids: [100] },
  ])('$name', ({ text, ids }) => {
    const encoding = tokenizer.encode(text);
    if (ids === undefined) expect(encoding.ids.length).toBeGreaterThan(20);
    else expect(Array.from(encoding.ids)).toEqual([101, ...ids, 102]);
  });

  it.each([
    { name: 'a word of a million letters', text: 'a'.repeat(1e6), tokens: 1 },
    { name: 'a million marks', text: `e${'\u0301'.repeat(1e6)}`, tokens: 1 },
    { name: 'marks that must be sorted', text: `e${'\u0323\u302e'.repeat(3e5)}`, tokens: 1 },
    { name: 'a million commas', text: ','.repeat(1e6), tokens: 1e6 },
    { name: 'brackets that open no token', text: '[CLS'.repeat(2e5), tokens: 6e5 },
  ])('takes $name in one go', ({ text, tokens }) => {
    expect(tokenizer.encode(text).ids).toHaveLength(tokens + 2);
    expect(tokenizer.encode('hello').ids).toHaveLength(3);
  });
});
