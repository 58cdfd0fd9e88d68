// Turns texts into a matrix of features: from the cache what it has, from the encoder the rest.
import type { EncodingCache } from './encoding-cache.js';
import { textKey } from './encoding-cache.js';
import type { ProgressListener } from './progress.js';

/** What encodes: texts in, one row of `width` numbers each out, the same for a text whatever it is encoded with. */
export interface TextEncoder {
  readonly width: number;
  /** @returns [texts, width], row-major, in input order */
  encode(
    texts: readonly string[],
    options: { signal?: AbortSignal | undefined; onProgress?: (done: number) => void },
  ): Promise<Float32Array>;
}

/** Texts encoded between two writes to the cache: what an interrupted run can lose. */
const TEXTS_PER_SEGMENT = 2048;

/** How {@link encodeRows} goes about it. */
export interface EncodeRowsOptions {
  /** Left out, nothing is read from disk nor kept. */
  readonly cache?: EncodingCache | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/**
 * Encodes `texts`, equal ones once.
 *
 * @returns [texts, width], row-major, on memory that worker threads can share
 */
export async function encodeRows(
  encoder: TextEncoder,
  texts: readonly string[],
  { cache, signal, onProgress }: EncodeRowsOptions = {},
): Promise<Float32Array<SharedArrayBuffer>> {
  const { width } = encoder;
  const values = new Float32Array(new SharedArrayBuffer(texts.length * width * 4));
  const places = groupRows(texts);
  let done = 0;
  const fill = (key: string, encoding: Float32Array): void => {
    const rows = places.get(key) ?? [];
    for (const row of rows) values.set(encoding, row * width);
    done += rows.length;
    places.delete(key);
  };
  const report = (underWay = 0): void =>
    onProgress?.({ phase: 'encoding', done: done + underWay, total: texts.length });

  await cache?.read(new Set(places.keys()), fill);
  const missing = [...places].map(([key, rows]) => ({ key, text: texts[rows[0]] }));
  report();
  for (let start = 0; start < missing.length; start += TEXTS_PER_SEGMENT) {
    const segment = missing.slice(start, start + TEXTS_PER_SEGMENT);
    const encodings = await encoder.encode(
      segment.map(({ text }) => text),
      { signal, onProgress: report },
    );
    const keys = segment.map(({ key }) => key);
    await cache?.add(keys, encodings);
    keys.forEach((key, index) => {
      fill(key, encodings.subarray(index * width, (index + 1) * width));
    });
    report();
  }
  return values;
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
