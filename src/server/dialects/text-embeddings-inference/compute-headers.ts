// The headers that Text Embeddings Inference sends with its figures of a request, in whole milliseconds.
import type { StageTimings } from '../../scoring/served-model.js';

/** What of a request the headers tell. */
interface Work {
  readonly timings: StageTimings;
  /** performance.now() when the answer was begun. */
  readonly begun: number;
  /** UTF-16 code units of all texts. */
  readonly characters: number;
  readonly tokens: number;
}

export function computeHeaders({
  timings,
  begun,
  characters,
  tokens,
}: Work): Record<string, string> {
  const total = String(Math.round(performance.now() - begun));
  return {
    'x-compute-type': 'cpu',
    'x-compute-time': total,
    'x-compute-characters': String(characters),
    'x-compute-tokens': String(tokens),
    'x-total-time': total,
    'x-tokenization-time': String(Math.round(timings.tokenize)),
    'x-queue-time': String(Math.round(timings.queue)),
    'x-inference-time': String(Math.round(timings.compute)),
  };
}
