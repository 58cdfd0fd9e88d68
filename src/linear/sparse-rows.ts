// Texts as TF-IDF rows, packed four bytes a feature: all that is in memory while a baseline is fitted.
import { BUCKETS, NgramReader } from './ngrams.js';

/** Rows of a chunk, the last one aside: a power of two. */
export const CHUNK_ROWS = 1024;

/** Low bits of an entry: the feature. The rest counts how often it occurs, up to 255. */
export const FEATURE_BITS = 24;
export const FEATURE_MASK = 2 ** FEATURE_BITS - 1;
const HIGHEST_COUNT = 255;

/** Sublinear term frequency of each count: 1 + ln(count). */
export const termFrequencies = Float64Array.from({ length: HIGHEST_COUNT + 1 }, (_, count) =>
  count === 0 ? 0 : 1 + Math.log(count),
);

/**
 * Up to `CHUNK_ROWS` rows. Each has two blocks, words and characters; block `2 * row` holds its words,
 * block `2 * row + 1` its character n-grams. The value of an entry is
 * `scale of the block * term frequency * inverse document frequency`; each block has the length 1.
 */
export interface SparseChunk {
  /** Count and feature of each entry. */
  readonly entries: Int32Array;
  /** `[2 * rows + 1]`: where each block begins, and the end. */
  readonly starts: Int32Array;
  /** `[2 * rows]`: 1 / the length that the block would have; 0 for an empty one. */
  readonly scales: Float64Array;
}

/** All rows. */
export interface SparseRows {
  readonly rows: number;
  readonly chunks: readonly SparseChunk[];
}

/** What turns n-grams into features. */
export interface FeatureSpace {
  /** `[BUCKETS]`: the feature of each bucket, or -1. */
  readonly table: Int32Array;
  /** One a feature. */
  readonly inverseDocumentFrequencies: Float64Array;
}

/** Turns one text after another into entries. */
export class RowEncoder {
  /** Entries of the text last read: words in `[0, wordEnd)`, characters in `[wordEnd, end)`. */
  readonly entries: Int32Array;
  wordEnd = 0;
  end = 0;
  wordScale = 0;
  characterScale = 0;
  private readonly ngrams = new NgramReader();
  private readonly counts: Uint8Array;
  private readonly table: Int32Array;
  readonly inverseDocumentFrequencies: Float64Array;

  constructor({ table, inverseDocumentFrequencies }: FeatureSpace) {
    this.table = table;
    this.inverseDocumentFrequencies = inverseDocumentFrequencies;
    const features = inverseDocumentFrequencies.length;
    if (table.length !== BUCKETS || features > FEATURE_MASK) {
      throw new RangeError(`${table.length} buckets and ${features} features`);
    }
    this.entries = new Int32Array(features);
    this.counts = new Uint8Array(features);
  }

  /** Reads `text`; the fields then hold its row until the next call. */
  read(text: string): void {
    const { ngrams } = this;
    ngrams.read(text);
    this.wordEnd = this.gather(ngrams.words, ngrams.wordCount, 0);
    this.wordScale = this.pack(0, this.wordEnd);
    this.end = this.gather(ngrams.characters, ngrams.characterCount, this.wordEnd);
    this.characterScale = this.pack(this.wordEnd, this.end);
  }

  /** Counts features and lists each once, in order of appearance, from `end` on. */
  private gather(buckets: Int32Array, length: number, end: number): number {
    const { entries, counts, table } = this;
    for (let at = 0; at < length; at++) {
      const feature = table[buckets[at]];
      if (feature < 0) continue;
      const count = counts[feature];
      if (count === 0) entries[end++] = feature;
      if (count < HIGHEST_COUNT) counts[feature] = count + 1;
    }
    return end;
  }

  /** Puts counts into the entries, clears them, and gives the scale of the block. */
  private pack(start: number, end: number): number {
    const { entries, counts, inverseDocumentFrequencies } = this;
    let squares = 0;
    for (let at = start; at < end; at++) {
      const feature = entries[at];
      const count = counts[feature];
      counts[feature] = 0;
      entries[at] = (count << FEATURE_BITS) | feature;
      const value = termFrequencies[count] * inverseDocumentFrequencies[feature];
      squares += value * value;
    }
    return squares > 0 ? 1 / Math.sqrt(squares) : 0;
  }
}

/** Turns up to `CHUNK_ROWS` texts into a chunk that threads can share. */
export function encodeChunk(encoder: RowEncoder, texts: readonly string[]): SparseChunk {
  const starts = new Int32Array(new SharedArrayBuffer(4 * (2 * texts.length + 1)));
  const scales = new Float64Array(new SharedArrayBuffer(16 * texts.length));
  let gathered = new Int32Array(texts.length * 1024);
  let length = 0;
  texts.forEach((text, row) => {
    encoder.read(text);
    if (length + encoder.end > gathered.length) {
      const larger = new Int32Array(2 * (length + encoder.end));
      larger.set(gathered.subarray(0, length));
      gathered = larger;
    }
    gathered.set(encoder.entries.subarray(0, encoder.end), length);
    starts[2 * row + 1] = length + encoder.wordEnd;
    length += encoder.end;
    starts[2 * row + 2] = length;
    scales[2 * row] = encoder.wordScale;
    scales[2 * row + 1] = encoder.characterScale;
  });
  const entries = new Int32Array(new SharedArrayBuffer(4 * length));
  entries.set(gathered.subarray(0, length));
  return { entries, starts, scales };
}
