// A fitted linear baseline: scores texts, and is saved and loaded.
import { setImmediate } from 'node:timers/promises';
import type { ScoreMatrix } from '../metrics/index.js';
import { type BaselineParameters, readBaselineFile, writeBaselineFile } from './baseline-file.js';
import { sigmoid } from './logistic.js';
import { BUCKETS } from './ngrams.js';
import { FEATURE_BITS, FEATURE_MASK, RowEncoder, termFrequencies } from './sparse-rows.js';
import { fillFeatureTable, inverseDocumentFrequencies } from './vocabulary.js';

/** Texts that are scored before others may have the thread. */
const ROWS_AT_ONCE = 128;

/** How a stream of texts is scored. */
export interface ScoreBatchesOptions {
  /** Rows of a batch, at least 1; default 128, about 10 ms of comments. The last batch may be smaller. */
  readonly batchRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Logistic regression on TF-IDF values of word 1-2-grams and character 2-5-grams, one for each label.
 * A text is scored the same to the last bit alone, in a batch, and after saving and loading.
 */
export class LinearBaseline {
  /** Number of labels, in the order of the label matrix that it was fitted on. */
  readonly labels: number;
  /** Number of n-grams that it looks at. */
  readonly features: number;
  private encoder: RowEncoder | null = null;

  constructor(private readonly parameters: BaselineParameters) {
    this.labels = parameters.intercepts.length;
    this.features = parameters.vocabulary.buckets.length;
  }

  /**
   * Log-odds of each label, `[texts, labels]`, row-major. Holds the thread for about 0.1 ms a comment: for
   * more than some hundred texts use `score` or `scoreBatches`.
   */
  scoreLogits(texts: readonly string[]): Float32Array {
    const logits = new Float32Array(texts.length * this.labels);
    this.encoder ??= this.openEncoder();
    const encoder = this.encoder;
    texts.forEach((text, row) => {
      encoder.read(text);
      logits.set(this.logitsOf(encoder), row * this.labels);
    });
    return logits;
  }

  /**
   * Probabilities of each label, `[texts, labels]`. Lets others have the thread every few milliseconds.
   *
   * @throws the reason of `signal`
   */
  async score(
    texts: readonly string[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ScoreMatrix> {
    const logits = await this.scoreAllLogits(texts, { signal });
    return { rows: texts.length, columns: this.labels, values: logits.map(sigmoid) };
  }

  /**
   * Log-odds of each label, `[texts, labels]`, row-major. Lets others have the thread every few milliseconds.
   *
   * @throws the reason of `signal`
   */
  async scoreAllLogits(
    texts: readonly string[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Float32Array> {
    signal?.throwIfAborted();
    const logits = new Float32Array(texts.length * this.labels);
    for (let start = 0; start < texts.length; start += ROWS_AT_ONCE) {
      await setImmediate();
      signal?.throwIfAborted();
      const batch = texts.slice(start, start + ROWS_AT_ONCE);
      logits.set(this.scoreLogits(batch), start * this.labels);
    }
    return logits;
  }

  /**
   * Probabilities of texts as they come, in batches, `[batch, labels]`; never more than one batch is held.
   *
   * @throws the reason of `signal`, or what `texts` throws
   */
  async *scoreBatches(
    texts: Iterable<string> | AsyncIterable<string>,
    { batchRows = ROWS_AT_ONCE, signal }: ScoreBatchesOptions = {},
  ): AsyncGenerator<ScoreMatrix> {
    let batch: string[] = [];
    for await (const text of texts) {
      batch.push(text);
      if (batch.length < batchRows) continue;
      await setImmediate();
      signal?.throwIfAborted();
      yield this.probabilities(batch);
      batch = [];
    }
    signal?.throwIfAborted();
    if (batch.length > 0) yield this.probabilities(batch);
  }

  /**
   * Writes the baseline to a file (safetensors: 8 bytes an n-gram, and 4 for each of its labels), as a whole
   * or not at all.
   *
   * @throws PolytagError DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED
   */
  async save(path: string): Promise<void> {
    await writeBaselineFile(path, this.parameters);
  }

  private probabilities(texts: readonly string[]): ScoreMatrix {
    const values = this.scoreLogits(texts).map(sigmoid);
    return { rows: texts.length, columns: this.labels, values };
  }

  private openEncoder(): RowEncoder {
    const { vocabulary } = this.parameters;
    return new RowEncoder({
      table: fillFeatureTable(vocabulary, new Int32Array(BUCKETS)),
      inverseDocumentFrequencies: inverseDocumentFrequencies(vocabulary),
    });
  }

  private logitsOf(encoder: RowEncoder): Float64Array {
    const { intercepts } = this.parameters;
    const logits = Float64Array.from(intercepts);
    this.addBlock(logits, encoder, 0, encoder.wordEnd, encoder.wordScale);
    this.addBlock(logits, encoder, encoder.wordEnd, encoder.end, encoder.characterScale);
    return logits;
  }

  private addBlock(
    logits: Float64Array,
    encoder: RowEncoder,
    start: number,
    end: number,
    scale: number,
  ): void {
    const { weights } = this.parameters;
    const { entries } = encoder;
    const { labels } = this;
    for (let at = start; at < end; at++) {
      const feature = entries[at] & FEATURE_MASK;
      const value =
        scale *
        termFrequencies[entries[at] >>> FEATURE_BITS] *
        encoder.inverseDocumentFrequencies[feature];
      const first = feature * labels;
      for (let label = 0; label < labels; label++) logits[label] += value * weights[first + label];
    }
  }
}

/**
 * Loads what `LinearBaseline.save` wrote.
 *
 * @throws PolytagError BASELINE_INVALID, MODEL_FILE_UNREADABLE or, for a damaged file, SAFETENSORS_*
 */
export async function loadLinearBaseline(path: string): Promise<LinearBaseline> {
  return new LinearBaseline(await readBaselineFile(path));
}
