// What brings texts to logits: the whole model in a folder, or a head behind running services.
import type { TextLogits } from '../bert/index.js';

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

/** What brings texts to logits, in their order. Calls may overlap. */
export interface LogitSource {
  /** @throws what `texts` throws, and what the source's own says; the signal's reason */
  logitStream(
    texts: Iterable<string> | AsyncIterable<string>,
    options?: ScoreOptions,
  ): AsyncGenerator<SourceLogits, void, undefined>;
  /** Waits for what is under way, then ends what works for it. */
  close(): Promise<void>;
}
