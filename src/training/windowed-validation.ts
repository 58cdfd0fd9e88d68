// Scores the long ones of the validation texts by windows, as the finished model will score others.
import { encodeWindows, TextClassifier, WordPieceTokenizer } from '../bert/index.js';
import type { EncodedTable } from './encoded-rows.js';
import type { FittedModel } from './model-fit.js';
import type { SplitTable } from './table-split.js';
import type { TrainingRequest } from './training-outcome.js';

/** Logits of the validation rows, and how many were scored by windows. */
export interface WindowedLogits {
  /** [validation, labels] */
  readonly logits: Float32Array;
  /** Undefined where the model scores by no windows. */
  readonly windowed: number | undefined;
}

/**
 * The logits that a fitted model gives the validation rows, those of long texts by windows if the run asks for that.
 * Fine-tuning has scored them so already.
 *
 * @throws PolytagError as `TextClassifier.open`; the signal's reason
 */
export async function scoreByWindows(
  { workers, signal, onProgress }: TrainingRequest,
  { texts, validation }: SplitTable,
  { made }: EncodedTable,
  { head, tuning, validationLogits }: Pick<FittedModel, 'head' | 'tuning' | 'validationLogits'>,
): Promise<WindowedLogits> {
  const { encoder, features, maxLength, truncation, windows } = made;
  if (windows === undefined || encoder.service !== undefined || maxLength === null) {
    return { logits: validationLogits, windowed: undefined };
  }
  const { folder } = encoder;
  const tokenizer = await WordPieceTokenizer.load(folder);
  const cut = { maxLength, truncation, stride: windows.stride };
  const places = [...validation.keys()].filter(
    (place) => encodeWindows(tokenizer, texts[validation[place]], cut).length > 1,
  );
  if (places.length === 0 || tuning !== undefined) {
    return { logits: validationLogits, windowed: places.length };
  }
  const weights = new Map();
  const parts = { folder, features, maxLength, truncation, windows, weights, head, workers };
  const classifier = await TextClassifier.open(parts);
  const logits = validationLogits.slice();
  const columns = logits.length / validation.length;
  const total = places.length;
  try {
    onProgress?.({ phase: 'windows', done: 0, total });
    const rows = classifier.score(
      places.map((place) => texts[validation[place]]),
      { signal, onProgress: (done) => onProgress?.({ phase: 'windows', done, total }) },
    );
    let next = 0;
    for await (const row of rows) logits.set(row.logits, places[next++] * columns);
  } finally {
    await classifier.close();
  }
  return { logits, windowed: total };
}
