// Encodes the texts of a run's tables, through the cache.
import { join } from 'node:path';
import { Encoder, type Feature, parseBertConfig } from '../bert/index.js';
import { cacheFolder, openModelFolder, resolveReference } from '../weights/index.js';
import { type EncodedRows, encodeRows, type RowEncoder } from './encoded-rows.js';
import { type CachedEncoding, EncodingCache } from './encoding-cache.js';
import type { TrainingOutcome, TrainingRequest } from './training-outcome.js';

/** What a head sees of a text by default: mean, maximum and first token of the last layer, and the mean of the one before. */
export const defaultFeatures: readonly Feature[] = [
  { pooling: 'mean', layers: [-1] },
  { pooling: 'max', layers: [-1] },
  { pooling: 'first', layers: [-1] },
  { pooling: 'mean', layers: [-2] },
];

/** Most tokens of a text by default: the longer ones among comments gain little by more. */
const DEFAULT_MAX_LENGTH = 128;

/** The encoded texts of a run, and by what they were encoded. */
export interface EncodedTable extends EncodedRows {
  readonly width: number;
  readonly maxLength: number;
  readonly encoder: TrainingOutcome['encoder'];
}

/**
 * Encodes all texts.
 *
 * @throws PolytagError as `Encoder.load`; the signal's reason
 */
export async function encodeTable(
  request: TrainingRequest,
  texts: readonly string[],
): Promise<EncodedTable> {
  const { encoder: reference = 'all-MiniLM-L6-v2', cache: cacheRoot, signal, onProgress } = request;
  const { truncation, workers, features = defaultFeatures, onWarning } = request;
  const folder = await resolveReference(reference, { signal, onWarning });
  const maxLength = request.maxLength ?? Math.min(DEFAULT_MAX_LENGTH, await countPositions(folder));
  const options = { features, maxLength, truncation, workers, signal };
  const encoder = await Encoder.load(folder, options);
  try {
    const contentKey = await encoder.contentKey();
    const root = cacheRoot ?? join(cacheFolder(), 'encodings');
    const cache =
      root === false ? undefined : await EncodingCache.open(root, contentKey, encoder.width);
    const rows = await encodeRows(asRowEncoder(encoder), texts, { cache, signal, onProgress });
    const { width } = encoder;
    return { ...rows, width, maxLength, encoder: { reference, folder, contentKey } };
  } finally {
    await encoder.close();
  }
}

async function countPositions(folder: string): Promise<number> {
  const model = await openModelFolder(folder);
  await model.close();
  return parseBertConfig(model.config, model.configFile).positions;
}

function asRowEncoder(encoder: Encoder): RowEncoder {
  async function* encode(
    texts: readonly string[],
    signal?: AbortSignal,
  ): AsyncGenerator<CachedEncoding, void, undefined> {
    for await (const { vector, tokens } of encoder.encodeStream(texts, { signal })) {
      yield { values: vector, truncated: tokens.truncated > 0 };
    }
  }
  return { width: encoder.width, encode };
}
