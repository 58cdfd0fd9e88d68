// Cuts a text into the parts that an explanation speaks of: words, and sentences.
import type { Encoding } from '../../bert/index.js';

/** A part of a text, in UTF-16 offsets. */
export interface TextPart {
  readonly begin: number;
  readonly end: number;
}

let wordSegmenter: Intl.Segmenter | undefined;
let sentenceSegmenter: Intl.Segmenter | undefined;

/** Words and marks by Unicode's rules (UAX #29), in order and apart from each other; white space is in none. */
export function splitWords(text: string): TextPart[] {
  wordSegmenter ??= new Intl.Segmenter('en', { granularity: 'word' });
  const words: TextPart[] = [];
  for (const { segment, index } of wordSegmenter.segment(text)) {
    if (segment.trim() !== '') words.push({ begin: index, end: index + segment.length });
  }
  return words;
}

/** Sentences by Unicode's rules (UAX #29). They cover the text without gaps: each has the white space behind it. */
export function splitSentences(text: string): TextPart[] {
  sentenceSegmenter ??= new Intl.Segmenter('en', { granularity: 'sentence' });
  const sentences: TextPart[] = [];
  for (const { segment, index } of sentenceSegmenter.segment(text)) {
    sentences.push({ begin: index, end: index + segment.length });
  }
  return sentences;
}

/**
 * The word that each token belongs to, by where the token begins; -1 for special tokens, and for what is in no word.
 *
 * @param words in order
 */
export function placeTokens({ starts, sources }: Encoding, words: readonly TextPart[]): Int32Array {
  const places = new Int32Array(starts.length).fill(-1);
  let word = 0;
  for (let token = 0; token < starts.length; token++) {
    if (sources[token] < 0) continue;
    // Tokens come in order, but for those of a text whose middle was cut out, which only go further on.
    while (word < words.length && words[word].end <= starts[token]) word++;
    if (word < words.length && words[word].begin <= starts[token]) places[token] = word;
  }
  return places;
}
