// What each word adds to a label by integrated gradients, over the windows of a long text.
import {
  encodeWindows,
  type Encoding,
  type Truncation,
  type WindowSettings,
  type WordPieceTokenizer,
} from '../../bert/index.js';
import type { GradientAttributor } from './gradient-attributor.js';
import { placeTokens, type TextPart } from './text-parts.js';

/** How a text is cut into sequences. */
export interface SequenceCut {
  readonly tokenizer: WordPieceTokenizer;
  readonly maxLength: number;
  readonly truncation: Truncation;
  readonly windows: WindowSettings | undefined;
}

/** The words of one label. */
export interface WordWeights {
  /** One a word, in log-odds of the model alone. */
  readonly weights: Float64Array;
  /** The model's logit with every word masked. */
  readonly baseLogit: number;
}

/** The sequences that a text is scored by: one, unless it is long and scored by windows. */
export function cutSequences(text: string, cut: SequenceCut): Encoding[] {
  const { tokenizer, maxLength, truncation, windows } = cut;
  return windows === undefined
    ? [tokenizer.encode(text, { maxLength, truncation })]
    : encodeWindows(tokenizer, text, { maxLength, truncation, stride: windows.stride });
}

/**
 * Weighs words. Of several windows the one of the highest logit counts alone where the highest logit decides, and
 * each for its share where their mean does.
 *
 * @param labels places of the labels, in any order
 * @returns one a label
 * @throws PolytagError as `GradientAttributor.attribute`; the signal's reason
 */
export async function weighByGradient(
  attributor: GradientAttributor,
  sequences: readonly Encoding[],
  words: readonly TextPart[],
  labels: readonly number[],
  { combine, signal }: { combine: WindowSettings['combine']; signal?: AbortSignal | undefined },
): Promise<WordWeights[]> {
  const bases = await attributor.score(sequences, 0, signal);
  const counting = await chooseSequences(attributor, sequences, labels, { combine, signal });
  const requests = labels.flatMap((label, at) =>
    counting[at].map((sequence) => ({ tokens: sequences[sequence], label, at, sequence })),
  );
  const attributions = await attributor.attribute(requests, signal);
  const results = labels.map(() => ({ weights: new Float64Array(words.length), baseLogit: 0 }));
  requests.forEach(({ tokens, label, at, sequence }, request) => {
    const share = 1 / counting[at].length;
    const result = results[at];
    result.baseLogit += share * bases[sequence][label];
    placeTokens(tokens, words).forEach((word, token) => {
      if (word >= 0) result.weights[word] += share * attributions[request][token];
    });
  });
  return results;
}

/** The sequences that count, for each label. */
async function chooseSequences(
  attributor: GradientAttributor,
  sequences: readonly Encoding[],
  labels: readonly number[],
  { combine, signal }: { combine: WindowSettings['combine']; signal?: AbortSignal | undefined },
): Promise<number[][]> {
  const all = [...sequences.keys()];
  if (all.length === 1 || combine === 'mean') return labels.map(() => all);
  const logits = await attributor.score(sequences, 1, signal);
  return labels.map((label) => [
    all.reduce((best, at) => (logits[at][label] > logits[best][label] ? at : best), 0),
  ]);
}
