// The sentences of a comment as spans: they cover it, one after the other, and none is blank.
import { splitSentences } from '../../../classifier/index.js';

/** UTF-16 offsets into the comment; `end` is exclusive. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

/**
 * The spans of a text. A blank stretch belongs to the sentence before it, or where there is none to the one
 * after. A text without a word is one span.
 * @param most spans; beyond that, sentences that follow each other share one
 */
export function sentenceSpans(text: string, most: number): Span[] {
  const starts: number[] = [];
  for (const { begin, end } of splitSentences(text)) {
    if (begin === 0 || text.slice(begin, end).trim() !== '') starts.push(begin);
  }
  // Blanks at the beginning go with the first sentence.
  if (starts.length > 1 && text.slice(0, starts[1]).trim() === '') starts.splice(1, 1);
  const shared = Math.ceil(starts.length / most);
  const begins = starts.filter((_, at) => at % shared === 0);
  return begins.map((begin, at) => ({ begin, end: begins[at + 1] ?? text.length }));
}
