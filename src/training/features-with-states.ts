// Encodes a table for a head and for fine-tuning in one pass: features through the cache, states into their file.
import type { DistinctTexts } from './distinct-texts.js';
import type { EncodedRows } from './encoded-rows.js';
import { type CachedEncoding, type EncodingCache, textKey } from './encoding-cache.js';
import { type FeatureSink, passTable, type StatesRequest } from './tuning/table-states.js';

/**
 * The features of all rows; the states are in `request.path` afterwards. What the cache holds is taken from there, and
 * of such texts only the layers below run.
 *
 * @param width numbers of a text's features
 * @throws PolytagError as `passTable`; the signal's reason
 */
export async function encodeWithStates(
  request: StatesRequest,
  width: number,
  cache: EncodingCache | undefined,
): Promise<EncodedRows> {
  const rows = new GatheredRows(request.distinct, width, cache);
  await rows.readCache();
  const needsAny = request.distinct.texts.some((_, text) => rows.needs(text));
  // Without any left to make, the pass is told as what it is: one for states.
  await passTable(request, needsAny ? rows : undefined);
  return { features: rows.features, truncated: rows.truncated };
}

class GatheredRows implements FeatureSink {
  readonly features: Float32Array<SharedArrayBuffer>;
  truncated = 0;
  readonly #keys: readonly string[];
  readonly #isKnown: Uint8Array;
  #entries: [string, CachedEncoding][] = [];

  constructor(
    private readonly distinct: DistinctTexts,
    private readonly width: number,
    private readonly cache: EncodingCache | undefined,
  ) {
    const rows = distinct.textOfRow.length;
    this.features = new Float32Array(new SharedArrayBuffer(rows * width * 4));
    this.#keys = distinct.texts.map(textKey);
    this.#isKnown = new Uint8Array(distinct.texts.length);
  }

  async readCache(): Promise<void> {
    const places = new Map(this.#keys.map((key, text) => [key, text]));
    await this.cache?.read(new Set(this.#keys), (key, encoding) => {
      const text = places.get(key);
      if (text !== undefined) this.#fill(text, encoding);
    });
  }

  needs(text: number): boolean {
    return this.#isKnown[text] === 0;
  }

  take(text: number, values: Float32Array, tokens: { readonly truncated: number }): void {
    const encoding = { values, truncated: tokens.truncated > 0 };
    this.#fill(text, encoding);
    this.#entries.push([this.#keys[text], encoding]);
  }

  async flush(): Promise<void> {
    const entries = this.#entries.splice(0);
    if (entries.length > 0) await this.cache?.add(entries);
  }

  #fill(text: number, { values, truncated }: CachedEncoding): void {
    for (const row of this.distinct.rows[text]) this.features.set(values, row * this.width);
    if (truncated) this.truncated += this.distinct.rows[text].length;
    this.#isKnown[text] = 1;
  }
}
