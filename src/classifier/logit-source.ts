// What brings texts to logits: the whole model in a folder, or a head behind running services.
import type { TextLogits, WindowSettings, WordPieceTokenizer } from '../bert/index.js';
import type { IntakeOptions } from '../runtime/index.js';

/** The logits of one text, by whatever made them. */
export interface SourceLogits extends Omit<TextLogits, 'truncated'> {
  /** Tokens that were left out to keep to the maximal length; 0 for most texts. Null: a service did not say. */
  readonly truncated: number | null;
}

/** How one stream of texts is scored. */
export interface ScoreOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of texts that are done; scores, which come in order, may come later. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** The logits of one text of a request. */
export interface RequestSourceLogits extends SourceLogits {
  /** Tokens that were read, special tokens included, over all windows. Null: a service did not say. */
  readonly tokens: number | null;
}

/** Worker threads asked for, and those that died and were replaced. */
export interface WorkerCounts {
  readonly count: number;
  readonly restarts: number;
}

/** What brings texts to logits, in their order. Calls may overlap. */
export interface LogitSource {
  /** Undefined where a service cuts texts into tokens. */
  readonly tokenizer: WordPieceTokenizer | undefined;
  /** How long texts of requests are scored by windows; undefined: they are cut. */
  readonly requestWindows: WindowSettings | undefined;
  /** Texts of requests that have been admitted and not been answered yet. */
  readonly waitingTexts: number;
  readonly workers: WorkerCounts;
  /** @throws what `texts` throws, and what the source's own says; the signal's reason */
  logitStream(
    texts: Iterable<string> | AsyncIterable<string>,
    options?: ScoreOptions,
  ): AsyncGenerator<SourceLogits, void, undefined>;
  /**
   * Logits of the texts of one request among many: overlapping ones share batches and take turns.
   * @throws PolytagError QUEUE_FULL, and what the source's own says; the signal's reason
   */
  logitRequest(
    texts: readonly string[],
    options?: IntakeOptions<string>,
  ): Promise<RequestSourceLogits[]>;
  /** Waits for what is under way, then ends what works for it. */
  close(): Promise<void>;
}
