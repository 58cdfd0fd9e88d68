// Shortening texts as a client asks for it, where a model would shorten them in its own way.
import type { WordPieceTokenizer } from '../../bert/index.js';
import { Refusal } from '../http/refusal.js';
import type { ServedClassifier, ServedModel } from '../scoring/served-model.js';

/** What a client says of texts that are longer than the model takes. */
export interface TruncationWish {
  /** Whether they may be cut; null leaves it to the service, which cuts. */
  readonly truncate?: boolean | null | undefined;
  /** The side that is cut off. Default right. */
  readonly truncation_direction?: string | null | undefined;
}

/**
 * Characters (UTF-16) for each token of the model's maximal length, beyond which a text is not tokenized to count
 * or to cut it: as many as in Text Embeddings Inference.
 */
const charactersForToken = 250;

/** Characters of a text that are looked at, see `charactersForToken`. */
export function characterLimit(maxLength: number): number {
  return charactersForToken * maxLength;
}

/** Whether a client wants the end of a long text rather than its beginning. */
export function keepsEnd({ truncation_direction: direction }: TruncationWish): boolean {
  return direction?.toLowerCase() === 'left';
}

/** Where the last tokens begin that the model takes; 0 if it takes all. At a word's beginning, if there is one. */
function startOfEnd(text: string, tokenizer: WordPieceTokenizer, maxLength: number): number {
  const { ids, starts, sources, truncated } = tokenizer.encode(text, {
    maxLength,
    truncation: 'tail',
  });
  if (truncated === 0) return 0;
  const prefix = tokenizer.settings.continuationPrefix;
  const own = [...sources.keys()].filter((index) => sources[index] === 0);
  const word = own.find((index) => !tokenizer.tokenOf(ids[index])?.startsWith(prefix));
  return starts[word ?? own[0]] ?? 0;
}

/**
 * The end of a text that the model takes; a few tokens less where that would begin within a word.
 * Takes time that is bounded by the model's maximal length, not by the text's.
 */
export function endOfText(text: string, tokenizer: WordPieceTokenizer, maxLength: number): string {
  if (text.length < maxLength - 2) return text;
  const near = text.slice(-characterLimit(maxLength));
  return near.slice(startOfEnd(near, tokenizer, maxLength));
}

/** The last word pieces of a text that the model takes; undefined where it takes all. */
export function lastPieces(
  text: string,
  tokenizer: WordPieceTokenizer,
  maxLength: number,
): string[] | undefined {
  if (text.length < maxLength - 2) return undefined;
  const near = text.slice(-characterLimit(maxLength));
  const { ids, sources, truncated } = tokenizer.encode(near, { maxLength, truncation: 'tail' });
  if (truncated === 0 && near.length === text.length) return undefined;
  return [...ids]
    .filter((_, index) => sources[index] === 0)
    .map((id) => tokenizer.tokenOf(id) ?? tokenizer.settings.unknownToken);
}

/** Whether a model reads texts of any length, in windows. */
export function readsWindows(model: ServedModel): model is ServedClassifier {
  return model.kind === 'classifier' && model.windows !== undefined;
}

/**
 * Refuses a text of which a part would be left out, in Text Embeddings Inference's words.
 * @throws Refusal REQUEST_INVALID
 */
export function refuseLongText(text: string, model: ServedModel): never {
  const limit = characterLimit(model.maxLength);
  const { maxLength, tokenizer } = model;
  const problem =
    text.length > limit
      ? `less than ${limit} characters. Given: ${text.length}`
      : `less than ${maxLength} tokens. Given: ${tokenizer.encode(text).ids.length}`;
  throw new Refusal('REQUEST_INVALID', `Input validation error: \`inputs\` must have ${problem}`);
}
