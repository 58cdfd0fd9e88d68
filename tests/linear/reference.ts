// What scikit-learn computed (tests/fixtures/linear), and ways to name n-grams as it does: `w:two words`, `c: gra`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BUCKETS, NgramReader } from '../../src/linear/ngrams.js';
import { encodeChunk, RowEncoder, type SparseRows } from '../../src/linear/sparse-rows.js';
import {
  fillFeatureTable,
  inverseDocumentFrequencies,
  selectFeatures,
  type Vocabulary,
} from '../../src/linear/vocabulary.js';

interface ReferenceRegression {
  readonly intercept: number;
  readonly coefficients: Readonly<Record<string, number>>;
  readonly logits: readonly number[];
}

interface Reference {
  readonly texts: readonly string[];
  readonly newTexts: readonly string[];
  readonly labels: readonly (readonly number[])[];
  readonly labelsWithUnknowns: readonly (readonly number[])[];
  readonly ngrams: readonly (readonly string[])[];
  readonly ngramRows: readonly number[];
  readonly values: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly features: { readonly words: number; readonly characters: number };
  readonly regressions: readonly ReferenceRegression[];
  readonly regressionsWithUnknowns: readonly ReferenceRegression[];
}

const path = fileURLToPath(new URL('../fixtures/linear/scikit-learn.json', import.meta.url));
export const reference = JSON.parse(readFileSync(path, 'utf8')) as Reference;

/** Buckets of all n-grams of a text. */
export function bucketsOf(text: string): number[] {
  const reader = new NgramReader();
  reader.read(text);
  return [
    ...reader.words.subarray(0, reader.wordCount),
    ...reader.characters.subarray(0, reader.characterCount),
  ];
}

/** The bucket of one n-gram, found by reading a text that holds little else. */
export function bucketOfName(name: string): number {
  const kind = name.slice(0, 2);
  const gram = name.slice(2);
  const reader = new NgramReader();
  reader.read(gram);
  // Of two words, the bigram comes before the second.
  if (kind === 'w:') return reader.words[gram.includes(' ') ? 1 : 0];
  const codes = [' ', ...Array.from(gram.trim()), ' '];
  const grams = codes.flatMap((_, start) =>
    [2, 3, 4, 5]
      .filter((length) => start + length <= codes.length)
      .map((length) => codes.slice(start, start + length).join('')),
  );
  return reader.characters[grams.indexOf(gram)];
}

/** The vocabulary of texts, counted the plain way. */
export function countVocabulary(texts: readonly string[]): Vocabulary {
  const counts = new Int32Array(BUCKETS);
  for (const text of texts) for (const bucket of new Set(bucketsOf(text))) counts[bucket]++;
  return selectFeatures(counts, texts.length);
}

/** Texts as rows over a vocabulary. */
export function encodeTexts(
  texts: readonly string[],
  vocabulary: Vocabulary,
): { rows: SparseRows; table: Int32Array; frequencies: Float64Array; encoder: RowEncoder } {
  const table = fillFeatureTable(vocabulary, new Int32Array(BUCKETS));
  const frequencies = inverseDocumentFrequencies(vocabulary);
  const encoder = new RowEncoder({ table, inverseDocumentFrequencies: frequencies });
  const rows = { rows: texts.length, chunks: [encodeChunk(encoder, texts)] };
  return { rows, table, frequencies, encoder };
}

/** The TF-IDF values of a row by feature. */
export function rowValues(
  { rows, frequencies }: ReturnType<typeof encodeTexts>,
  row: number,
): Map<number, number> {
  const { entries, starts, scales } = rows.chunks[0];
  const values = new Map<number, number>();
  for (const block of [2 * row, 2 * row + 1]) {
    for (let at = starts[block]; at < starts[block + 1]; at++) {
      const feature = entries[at] & 0xffffff;
      const frequency = 1 + Math.log(entries[at] >>> 24);
      values.set(feature, scales[block] * frequency * frequencies[feature]);
    }
  }
  return values;
}
