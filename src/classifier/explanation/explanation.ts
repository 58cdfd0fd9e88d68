// What an explanation is asked for, and what it says: how much each word and each sentence of a text speaks for a label.

/**
 * Ways to find what a word is worth. `gradient`: integrated gradients through the embeddings, a fixed number of
 * passes whatever the length of the text. `occlusion`: the text again without each word, one pass a word; of texts of
 * more than 256 words neighbours are left out together. Where a model is blended, its linear baseline is asked again
 * without each word by either method.
 */
export const explanationMethods = ['gradient', 'occlusion'] as const;

export type ExplanationMethod = (typeof explanationMethods)[number];

/** What is explained of a text, and how. */
export interface ExplainOptions {
  /** Labels to explain. Default: those that the text is predicted to have, or the one of the highest score if none. */
  readonly labels?: readonly string[] | undefined;
  /**
   * Default: `occlusion` for texts of up to 64 words (words times windows, where the model reads by windows) and for a
   * model whose encoder is a service, else `gradient`.
   */
  readonly method?: ExplanationMethod | undefined;
  /** Whether words are weighed; default true. */
  readonly tokens?: boolean | undefined;
  /** Whether sentences are scored; default true. */
  readonly sentences?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A word of the text: its word pieces in one. */
export interface TokenWeight {
  /** UTF-16 offsets into the text: `text.slice(begin, end)`. */
  readonly begin: number;
  readonly end: number;
  readonly text: string;
  /** Log-odds that it adds to the label, the linear baseline's share included where the model is blended; below 0 it speaks against. */
  readonly weight: number;
}

/** A sentence of the text, scored as if it stood alone. Sentences cover the text, without gaps. */
export interface SentenceScore {
  /** UTF-16 offsets into the text. */
  readonly begin: number;
  readonly end: number;
  /** From 0 to 1; null for a sentence without a word. */
  readonly score: number | null;
}

/** One label of a text, explained. */
export interface LabelExplanation {
  readonly label: string;
  /** What the text scores, from 0 to 1. */
  readonly score: number;
  /** What it scores without its words: all of them masked (gradient), or left out (occlusion). */
  readonly baseScore: number;
  /** The threshold that decides. */
  readonly threshold: number;
  /** Words that were read, in the order of the text; empty unless words are weighed. */
  readonly tokens: readonly TokenWeight[];
  /** Empty unless sentences are scored. */
  readonly sentences: readonly SentenceScore[];
}

/** A text, explained. */
export interface Explanation {
  readonly method: ExplanationMethod;
  /** In the order asked for, or that of the model's labels. */
  readonly labels: readonly LabelExplanation[];
  /** Tokens that were read, special tokens included, over all windows. */
  readonly tokens: number;
  /** Tokens that were left out; 0 for most texts. Their words have no weight. */
  readonly truncated: number;
  /** 1 unless the text is long and the model scores by windows. */
  readonly windows: number;
}
