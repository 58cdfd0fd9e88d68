// Which tokens of a text stay when it is longer than the model takes.

/** Ways to shorten a text. */
export const truncations = ['head', 'tail', 'head+tail'] as const;

/**
 * What stays of a text that is too long. `head`: the beginning. `tail`: the end. `head+tail`: a quarter
 * from the beginning and the rest from the end, which for long reviews beat both (Sun et al. 2019, "How
 * to Fine-Tune BERT for Text Classification?": 128 and 382 of 510 tokens).
 */
export type Truncation = (typeof truncations)[number];

/** The tokens that stay of `length`: the first `head` and the last `tail`. */
export interface KeptTokens {
  readonly head: number;
  readonly tail: number;
}

/** Which of `length` tokens stay when `room` of them may. */
export function keepTokens(length: number, room: number, truncation: Truncation): KeptTokens {
  if (length <= room) return { head: length, tail: 0 };
  if (truncation === 'head') return { head: room, tail: 0 };
  if (truncation === 'tail') return { head: 0, tail: room };
  const head = Math.floor(room / 4);
  return { head, tail: room - head };
}

/**
 * Shares `room` tokens between two texts, by shortening the longer one first. When both are shortened
 * and `room` is odd, the token over goes to the longer text, on a tie to the second: so does Hugging
 * Face `tokenizers`. With `oddToFirst` it goes to the first, as in BERT's original code.
 */
export function sharePair(
  first: number,
  second: number,
  room: number,
  oddToFirst: boolean,
): [first: number, second: number] {
  if (first + second <= room) return [first, second];
  const half = Math.floor(room / 2);
  const shorter = Math.min(first, second);
  if (shorter <= half) return first <= second ? [first, room - first] : [room - second, second];
  const odd = room - half;
  return oddToFirst || first > second ? [odd, half] : [half, odd];
}
