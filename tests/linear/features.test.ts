import { describe, expect, it } from 'vitest';
import { BUCKETS, BUCKETS_OF_A_KIND } from '../../src/linear/ngrams.js';
import { RowEncoder } from '../../src/linear/sparse-rows.js';
import { fillFeatureTable, selectFeatures } from '../../src/linear/vocabulary.js';
import { bucketOfName, countVocabulary, encodeTexts, reference, rowValues } from './reference.js';

const vocabulary = countVocabulary(reference.texts);
const encoded = encodeTexts(reference.texts, vocabulary);

describe('TF-IDF rows', () => {
  it('are over the vocabulary of scikit-learn', () => {
    const { words, characters } = reference.features;
    expect(vocabulary.wordFeatures).toBe(words);
    expect(vocabulary.buckets).toHaveLength(words + characters);
  });

  it.each(Object.keys(reference.values))('hold the values of scikit-learn in row %s', (row) => {
    const values = rowValues(encoded, Number(row));
    const expected = Object.entries(reference.values[row]);
    expect(values.size).toBe(expected.length);
    for (const [name, value] of expected) {
      const feature = encoded.table[bucketOfName(name)];
      expect(values.get(feature), name).toBeCloseTo(value, 9);
    }
  });

  it('count an n-gram up to 255 times', () => {
    const repeated = 'ab '.repeat(300);
    const space = encodeTexts([repeated, repeated], countVocabulary([repeated, repeated]));
    const { entries } = space.rows.chunks[0];
    expect(new Set(entries.map((entry) => entry >>> 24))).toEqual(new Set([255]));
    expect([...rowValues(space, 1).values()].every(Number.isFinite)).toBe(true);
  });

  it('do not depend on the texts read before', () => {
    const { encoder } = encoded;
    const read = (text: string): number[] => {
      encoder.read(text);
      return [...encoder.entries.subarray(0, encoder.end), encoder.wordScale];
    };
    const alone = read(reference.texts[3]);
    read(reference.texts[0].repeat(40));
    expect(read(reference.texts[3])).toEqual(alone);
  });

  it('refuse a table of another size', () => {
    const inverseDocumentFrequencies = new Float64Array(3);
    expect(() => new RowEncoder({ table: new Int32Array(5), inverseDocumentFrequencies })).toThrow(
      RangeError,
    );
  });
});

describe('selectFeatures', () => {
  const limits = { minimalDocuments: 2, words: 3, characters: 2 };

  it('keeps the most frequent of each kind, the lowest bucket of those tied', () => {
    const counts = new Int32Array(BUCKETS);
    const word = BUCKETS_OF_A_KIND;
    Object.assign(counts, { 5: 9, 6: 4, 7: 4, 8: 4 });
    Object.assign(counts, { [word + 1]: 1, [word + 3]: 2, [word + 9]: 7, [BUCKETS - 1]: 30 });
    const { buckets, documentCounts, wordFeatures } = selectFeatures(counts, 40, limits);
    expect([...buckets]).toEqual([BUCKETS - 1, word + 9, word + 3, 5, 6]);
    expect([...documentCounts]).toEqual([30, 7, 2, 9, 4]);
    expect(wordFeatures).toBe(3);
  });

  it('keeps nothing where nothing occurs often enough', () => {
    const counts = new Int32Array(BUCKETS);
    counts[3] = 1;
    const vocabulary = selectFeatures(counts, 1, limits);
    expect(vocabulary.buckets).toHaveLength(0);
    expect(fillFeatureTable(vocabulary, new Int32Array(BUCKETS)).every((f) => f === -1)).toBe(true);
  });
});
