// Encodes the texts of a run's tables, through the cache: here, or by running services.
import { Encoder, type Feature, resolveWindows, type Truncation } from '../bert/index.js';
import { findDistinctTexts } from './distinct-texts.js';
import { type EncodedTable, encodeRows, type RowEncoder, segmentsOf } from './encoded-rows.js';
import { defaultEncoder, readEncoderConfig } from './encoder-config.js';
import { type CachedEncoding, openCache } from './encoding-cache.js';
import { encodeByServices } from './service/service-table.js';
import { isServiceReference } from './service/service-reference.js';
import { encodeWithStates } from './features-with-states.js';
import type { TrainingRequest } from './training-outcome.js';
import { readSource } from './tuning/encoder-source.js';
import { describeCut, statesPath } from './tuning/table-states.js';

/** The states that fine-tuning will begin with, to be made on the same way. */
export interface WantedStates {
  readonly layer: number;
  /** SHA-256 of the tables. */
  readonly dataSha256: string;
}

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
 * @param states made in the same pass if wanted. Not where long texts are trained on by windows: features are of cut texts
 * @throws PolytagError as `Encoder.load` and `resolveWindows`, or as `encodeByServices`; the signal's reason
 */
export async function encodeTable(
  request: TrainingRequest,
  texts: readonly string[],
  states?: WantedStates,
): Promise<EncodedTable> {
  const { encoder: reference = defaultEncoder } = request;
  if (isServiceReference(reference)) return encodeByServices(reference, request, texts);
  const { truncation = 'head', signal, onProgress } = request;
  const { features = defaultFeatures } = request;
  const { folder, maxLength } = await readEncoderConfig(request);
  const windows = request.windows && resolveWindows(request.windows, maxLength);
  const made = { features, maxLength, truncation, windows };
  if (states !== undefined && windows === undefined) {
    return encodeInOnePass(request, texts, { reference, folder, ...made }, states);
  }
  const options = { features, maxLength, truncation, workers: request.workers, signal };
  const encoder = await Encoder.load(folder, options);
  try {
    const contentKey = await encoder.contentKey();
    const { width } = encoder;
    const cache = await openCache(request, contentKey, width);
    const rows = await encodeRows(asRowEncoder(encoder), texts, { cache, signal, onProgress });
    return { ...rows, width, made: { encoder: { reference, folder, contentKey }, ...made } };
  } finally {
    await encoder.close();
  }
}

/** How a table is encoded here. */
interface EncodingPlan {
  readonly reference: string;
  readonly folder: string;
  readonly features: readonly Feature[];
  readonly maxLength: number;
  readonly truncation: Truncation;
}

async function encodeInOnePass(
  request: TrainingRequest,
  texts: readonly string[],
  { reference, folder, ...made }: EncodingPlan,
  { layer, dataSha256 }: WantedStates,
): Promise<EncodedTable> {
  const { workFolder, workers, signal, onProgress } = request;
  const { features, maxLength, truncation } = made;
  // This one only says what it is.
  const encoder = await Encoder.load(folder, {
    features,
    maxLength,
    truncation,
    workers: 1,
    signal,
  });
  const { width } = encoder;
  const contentKey = await encoder.contentKey().finally(() => encoder.close());
  const cut = { maxLength, truncation };
  const facts = [dataSha256, contentKey, describeCut(cut)];
  const pass = {
    ...{ folder, layer, cut, workFolder, workers, signal, onProgress },
    source: await readSource(folder, features),
    distinct: findDistinctTexts(texts),
    path: statesPath(workFolder, layer, facts),
  };
  const cache = await openCache(request, contentKey, width);
  const rows = await encodeWithStates(pass, width, cache);
  return { ...rows, width, made: { encoder: { reference, folder, contentKey }, ...made } };
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
