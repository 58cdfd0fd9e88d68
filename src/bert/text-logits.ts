// Texts to logits, by a classifier's model in worker threads: tokens, batches, and windows of long texts.
import {
  type BatchRunner,
  type BatchWork,
  mapInBatches,
  type NamedTensors,
} from '../runtime/index.js';
import { logitsName } from './classifier-model.js';
import type { BertConfig } from './config.js';
import { makeFeeds } from './encoder-batches.js';
import type { Encoding, WordPieceTokenizer } from './tokenizer.js';
import type { Truncation } from './tokenizer-truncation.js';
import { encodeWindows, type WindowSettings } from './tokenizer-windows.js';

/** What texts are brought through. */
export interface TextModel {
  readonly tokenizer: WordPieceTokenizer;
  readonly config: BertConfig;
  /** Runs a model of {@link buildClassifierModel}'s face. */
  readonly pool: BatchRunner;
  /** Most tokens of a sequence, special tokens included. */
  readonly maxLength: number;
  readonly truncation: Truncation;
  /** How longer texts are scored by windows; left out, they are cut. */
  readonly windows?: WindowSettings | undefined;
}

/** The logits of one text. */
export interface TextLogits {
  /** One a label. */
  readonly logits: Float32Array;
  /** Tokens that were left out to keep to the maximal length, or to the windows; 0 for most texts. */
  readonly truncated: number;
  /** Windows that it was scored by: 1 unless it is long. */
  readonly windows: number;
}

interface MapLogitsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of texts that are done; logits, which come in order, may come later. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** A part of a text. */
export interface TextWindow {
  readonly tokens: Encoding;
  /** Windows of its text. */
  readonly windows: number;
}

/** What the model says of one window; `truncated` and `windows` are those of its text. */
export type RowLogits = TextLogits;

/** How windows become batches, and batches logits. */
export function textLogitWork({
  config,
  tokenizer,
}: Pick<TextModel, 'config' | 'tokenizer'>): BatchWork<TextWindow, RowLogits> {
  const feedSettings = { config, paddingId: tokenizer.paddingId, maskSpecialTokens: false };
  return {
    lengthOf: ({ tokens }) => tokens.ids.length,
    makeFeeds: (batch) =>
      makeFeeds(
        batch.map(({ tokens }) => tokens),
        feedSettings,
      ),
    takeResults: (outputs, batch) =>
      rowsOfLogits(outputs).map((logits, row) => {
        const { tokens, windows } = batch[row];
        return { logits, truncated: tokens.truncated, windows };
      }),
  };
}

/** The windows of a text: one, unless it is long and the model scores by windows. */
export function cutText(
  text: string,
  { tokenizer, maxLength, truncation, windows: settings }: Omit<TextModel, 'pool'>,
): TextWindow[] {
  if (settings === undefined) {
    return [{ tokens: tokenizer.encode(text, { maxLength, truncation }), windows: 1 }];
  }
  const cut = { maxLength, truncation, stride: settings.stride };
  const parts = encodeWindows(tokenizer, text, cut);
  return parts.map((tokens) => ({ tokens, windows: parts.length }));
}

/**
 * Logits of texts in their order, in constant memory. The same texts give the same bytes, whatever the number of
 * workers.
 *
 * @throws what `texts` throws; PolytagError as `WorkerPool.run`; the signal's reason
 */
export async function* mapTextLogits(
  texts: Iterable<string> | AsyncIterable<string>,
  model: TextModel,
  { signal, onProgress }: MapLogitsOptions = {},
): AsyncGenerator<TextLogits, void, undefined> {
  const { pool, windows: settings } = model;
  const work = textLogitWork(model);
  let done = 0;
  const count = (items: number): void => onProgress?.((done += items));
  const parts = cutTexts(texts, model);
  if (settings === undefined) {
    yield* mapInBatches(parts, work, pool, { signal, onBatch: count });
    return;
  }
  let gathered: Float32Array[] = [];
  for await (const { logits, truncated, windows } of mapInBatches(parts, work, pool, { signal })) {
    gathered.push(logits);
    if (gathered.length < windows) continue;
    yield { logits: combineLogits(gathered, settings.combine), truncated, windows };
    gathered = [];
    // Batches are of windows: only a text that has all of its own is done.
    count(1);
  }
}

async function* cutTexts(
  texts: Iterable<string> | AsyncIterable<string>,
  model: TextModel,
): AsyncGenerator<TextWindow, void, undefined> {
  for await (const text of texts) yield* cutText(text, model);
}

/** The logits in a model's outputs, one array a row. */
export function rowsOfLogits(outputs: NamedTensors): Float32Array[] {
  const { data, shape } = outputs[logitsName];
  if (!(data instanceof Float32Array)) throw new TypeError('logits are float32');
  const [rows, width] = shape;
  return Array.from({ length: rows }, (_, row) => data.slice(row * width, (row + 1) * width));
}

/** One logit a label, of those of several windows. */
export function combineLogits(
  windows: readonly Float32Array[],
  combine: WindowSettings['combine'],
): Float32Array {
  if (windows.length === 1) return windows[0];
  return windows[0].map((_, label) => {
    const logits = windows.map((window) => window[label]);
    return combine === 'max'
      ? Math.max(...logits)
      : logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
  });
}
