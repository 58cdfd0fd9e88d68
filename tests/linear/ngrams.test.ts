import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS, BUCKETS_OF_A_KIND, LONGEST_TEXT, NgramReader } from '../../src/linear/ngrams.js';
import { bucketOfName, bucketsOf, reference } from './reference.js';

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

describe('NgramReader', () => {
  it.each(reference.ngramRows.map((row, index) => [row, index]))(
    'finds the n-grams of row %i that scikit-learn finds',
    (row, index) => {
      const expected = reference.ngrams[index].map(bucketOfName);
      expect(ascending(bucketsOf(reference.texts[row]))).toEqual(ascending(expected));
    },
  );

  it('gives different n-grams different buckets', () => {
    const names = [...new Set(reference.ngrams.flat())];
    expect(new Set(names.map(bucketOfName)).size).toBe(names.length);
  });

  it('reads words and bigrams in order', () => {
    const reader = new NgramReader();
    reader.read('red green_2 red');
    expect(reader.wordCount).toBe(5);
    expect(reader.words[0]).toBe(reader.words[4]);
    expect(new Set(reader.words.subarray(0, 5)).size).toBe(4);
    reader.read('green_2 red');
    expect(bucketsOf('red green_2').slice(0, 3)).not.toContain(reader.words[1]);
  });

  it.each([
    ['upper and lower case', 'Straße IM Grünen', 'STRAßE im GRÜNEN'],
    ['full-width and plain letters', 'ｂａｄ ﬁsh', 'bad fish'],
    ['composed and decomposed accents', 'caf\u00e9', 'cafe\u0301'],
    ['invisible characters', 'i\u200bd\u00adi\u2060ot\u0000', 'idiot'],
    ['any white space', '\n one\t \r\ntwo\u00a0\u3000three', 'one two three'],
  ])('takes %s for the same', (_, one, other) => {
    expect(bucketsOf(one)).toEqual(bucketsOf(other));
    expect(bucketsOf(one)).not.toEqual([]);
  });

  it('counts a character beyond U+FFFF as one', () => {
    expect(bucketsOf('😀')).toHaveLength(3);
    expect(bucketsOf('é')).toHaveLength(1 + 3);
  });

  it('finds nothing in texts without characters', () => {
    expect(bucketsOf('')).toEqual([]);
    expect(bucketsOf(' \n\u200b ')).toEqual([]);
  });

  it('leaves out what follows the longest text, in time that grows no further', () => {
    const start = 'ab '.repeat(Math.ceil(LONGEST_TEXT / 3)).slice(0, LONGEST_TEXT - 1);
    expect(bucketsOf(`${start} ${'xyz '.repeat(300_000)}`)).toEqual(bucketsOf(start));
    const expanding = '\ufdfa'.repeat(100_000);
    expect(bucketsOf(expanding).length).toBeLessThan(5 * LONGEST_TEXT);
  });

  it('reads any text, lone surrogates too, into buckets of their kind, the same each time', () => {
    const reader = new NgramReader();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        reader.read(text);
        const words = [...reader.words.subarray(0, reader.wordCount)];
        const characters = [...reader.characters.subarray(0, reader.characterCount)];
        expect(words.every((b) => b >= BUCKETS_OF_A_KIND && b < BUCKETS)).toBe(true);
        expect(characters.every((b) => b >= 0 && b < BUCKETS_OF_A_KIND)).toBe(true);
        expect(bucketsOf(text)).toEqual([...words, ...characters]);
      }),
    );
    expect(bucketsOf('\ud83d')).toHaveLength(3);
  });
});
