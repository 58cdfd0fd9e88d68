// Texts of many clients to logits at a time: like `mapTextLogits`, but overlapping requests share batches and take turns.
import { type IntakeOptions, RequestBatcher, RequestIntake } from '../runtime/index.js';
import {
  combineLogits,
  cutText,
  type RowLogits,
  type TextLogits,
  type TextModel,
  type TextWindow,
  textLogitWork,
} from './text-logits.js';

/** The logits of one text, and what was read for them. */
export interface RequestLogits extends TextLogits {
  /** Tokens that were read, special tokens included, over all windows. */
  readonly tokens: number;
}

/** Serves requests from a classifier's model. */
export class TextRequests {
  readonly #intake: RequestIntake<string, TextWindow, RowLogits, RequestLogits>;

  /**
   * @param maxWaiting texts of all requests at a time, above which no other request is admitted
   * @param onBatch told of each batch: its windows and their tokens
   */
  constructor(
    model: TextModel,
    maxWaiting: number,
    onBatch?: (windows: number, tokens: number) => void,
  ) {
    const { windows } = model;
    const batcher = new RequestBatcher(model.pool, textLogitWork(model), { onBatch });
    const work = {
      cut: (text: string) => cutText(text, model),
      join: (rows: readonly RowLogits[], parts: readonly TextWindow[]): RequestLogits => ({
        logits: combineLogits(
          rows.map(({ logits }) => logits),
          windows?.combine ?? 'max',
        ),
        truncated: rows[0].truncated,
        windows: parts.length,
        tokens: parts.reduce((sum, { tokens }) => sum + tokens.ids.length, 0),
      }),
    };
    this.#intake = new RequestIntake(batcher, work, maxWaiting);
  }

  /** Texts that have been admitted and not been answered yet. */
  get waiting(): number {
    return this.#intake.waiting;
  }

  /**
   * Logits of the texts of one request, in their order. The last bits of a logit (differences of 1e-6) depend on
   * the texts that it shared a batch with.
   * @throws PolytagError QUEUE_FULL, those of `WorkerPool.run`; the signal's reason
   */
  run(texts: readonly string[], options: IntakeOptions<string> = {}): Promise<RequestLogits[]> {
    return this.#intake.run(texts, options);
  }
}
