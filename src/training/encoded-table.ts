// Encodes the texts of a run's tables, through the cache: here, or by running services.
import { Encoder, type Feature, resolveWindows } from '../bert/index.js';
import { type EncodedTable, encodeRows, type RowEncoder, segmentsOf } from './encoded-rows.js';
import { defaultEncoder, readEncoderConfig } from './encoder-config.js';
import { type CachedEncoding, openCache } from './encoding-cache.js';
import { encodeByServices } from './service/service-table.js';
import { isServiceReference } from './service/service-reference.js';
import type { TrainingRequest } from './training-outcome.js';

/** What a head sees of a text by default: mean, maximum and first token of the last layer, and the mean of the one before. */
export const defaultFeatures: readonly Feature[] = [
  { pooling: 'mean', layers: [-1] },
  { pooling: 'max', layers: [-1] },
  { pooling: 'first', layers: [-1] },
  { pooling: 'mean', layers: [-2] },
];

/**
 * Encodes all texts, here or by running services.
 *
 * @throws PolytagError as `Encoder.load` and `resolveWindows`, or as `encodeByServices`; the signal's reason
 */
export async function encodeTable(
  request: TrainingRequest,
  texts: readonly string[],
): Promise<EncodedTable> {
  const { encoder: reference = defaultEncoder } = request;
  if (isServiceReference(reference)) return encodeByServices(reference, request, texts);
  const { signal, onProgress, truncation = 'head', workers } = request;
  const { features = defaultFeatures } = request;
  const { folder, maxLength } = await readEncoderConfig(request);
  const options = { features, maxLength, truncation, workers, signal };
  const encoder = await Encoder.load(folder, options);
  try {
    const windows = request.windows && resolveWindows(request.windows, maxLength);
    const contentKey = await encoder.contentKey();
    const { width } = encoder;
    const cache = await openCache(request, contentKey, width);
    const rows = await encodeRows(asRowEncoder(encoder), texts, { cache, signal, onProgress });
    const origin = { reference, folder, contentKey };
    return { ...rows, width, made: { encoder: origin, features, maxLength, truncation, windows } };
  } finally {
    await encoder.close();
  }
}

/** The encoder, a segment of the cache at a time: a run that resumes at one makes the same batches again. */
function asRowEncoder(encoder: Encoder): RowEncoder {
  async function* encode(
    texts: readonly string[],
    signal?: AbortSignal,
    onEncoded?: (texts: number) => void,
  ): AsyncGenerator<CachedEncoding, void, undefined> {
    for (const segment of segmentsOf(texts)) {
      let told = 0;
      const onProgress = (done: number): void => {
        onEncoded?.(done - told);
        told = done;
      };
      const options = { signal, onProgress };
      for await (const { vector, tokens } of encoder.encodeStream(segment, options)) {
        yield { values: vector, truncated: tokens.truncated > 0 };
      }
    }
  }
  return { width: encoder.width, encode };
}
