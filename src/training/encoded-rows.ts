// Turns texts into a matrix of features: from the cache what it has, from the encoder the rest.
import { type CachedEncoding, type EncodingCache, textKey } from './encoding-cache.js';
import type { ProgressListener } from './progress.js';
import type { TrainingOutcome } from './training-outcome.js';

/** What encodes: texts in, one encoding each out, in order; the same for a text whatever comes with it. */
export interface RowEncoder {
  /** Numbers of an encoding. */
  readonly width: number;
  /** @param onEncoded called with the texts encoded since the last call, which may be ahead of those given */
  encode(
    texts: readonly string[],
    signal?: AbortSignal,
    onEncoded?: (texts: number) => void,
  ): AsyncIterable<CachedEncoding>;
}

/** Texts encoded between two writes to the cache: what an interrupted run can lose. */
const TEXTS_PER_SEGMENT = 1024;

/** The texts of each segment. Whoever batches within them makes the same batches again when a run resumes at one. */
export function* segmentsOf(texts: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < texts.length; start += TEXTS_PER_SEGMENT) {
    yield texts.slice(start, start + TEXTS_PER_SEGMENT);
  }
}

/** How {@link encodeRows} goes about it. */
export interface EncodeRowsOptions {
  /** Left out, nothing is read from disk nor kept. */
  readonly cache?: EncodingCache | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** Encoded texts. */
export interface EncodedRows {
  /** [texts, width], row-major, on memory that worker threads can share. */
  readonly features: Float32Array<SharedArrayBuffer>;
  /** Texts that were longer than the maximal length. */
  readonly truncated: number;
}

/** The encoded texts of a run, and by what they were encoded. */
export interface EncodedTable extends Pick<EncodedRows, 'features'> {
  /** Texts that were longer than the maximal length; null where that is not known. */
  readonly truncated: number | null;
  readonly width: number;
  readonly made: Pick<
    TrainingOutcome,
    'encoder' | 'features' | 'maxLength' | 'truncation' | 'windows'
  >;
}

/** Encodes `texts`, equal ones once. */
export async function encodeRows(
  encoder: RowEncoder,
  texts: readonly string[],
  { cache, signal, onProgress }: EncodeRowsOptions = {},
): Promise<EncodedRows> {
  const { width } = encoder;
  const features = new Float32Array(new SharedArrayBuffer(texts.length * width * 4));
  const places = groupRows(texts);
  let done = 0;
  let truncated = 0;
  // Encoded texts stand for a row at least each: what is told never falls.
  let encoded = 0;
  const tell = (): void => {
    onProgress?.({ phase: 'encoding', done: Math.max(done, encoded), total: texts.length });
  };
  const fill = (key: string, encoding: CachedEncoding): void => {
    const rows = places.get(key) ?? [];
    places.delete(key);
    for (const row of rows) features.set(encoding.values, row * width);
    done += rows.length;
    if (encoding.truncated) truncated += rows.length;
    tell();
  };

  tell();
  await cache?.read(new Set(places.keys()), fill);
  const missing = [...places].map(([key, rows]) => ({ key, text: texts[rows[0]] }));
  encoded = done;
  const encodings = encoder.encode(
    missing.map(({ text }) => text),
    signal,
    (count) => {
      encoded += count;
      tell();
    },
  );
  let entries: [string, CachedEncoding][] = [];
  let next = 0;
  for await (const encoding of encodings) {
    const { key } = missing[next++];
    entries.push([key, encoding]);
    fill(key, encoding);
    if (entries.length === TEXTS_PER_SEGMENT || next === missing.length) {
      await cache?.add(entries);
      entries = [];
    }
  }
  return { features, truncated };
}

/** The rows of each distinct text, by its key, in the order of first appearance. */
function groupRows(texts: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  texts.forEach((text, row) => {
    const key = textKey(text);
    const rows = places.get(key);
    if (rows === undefined) places.set(key, [row]);
    else rows.push(row);
  });
  return places;
}
