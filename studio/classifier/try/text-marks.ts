// Cuts a text into the stretches that an explanation marks, and those between them.
import type { WeightedToken } from '../../service/explanations.js';

/** A word and how much it raises the score of a label, or lowers it. */
export interface WeightedWord {
  readonly begin: number;
  readonly end: number;
  readonly text: string;
  readonly weight: number;
}

/** A stretch of the text; `strength` from 0 (no mark) to 4, below 0 where the score is lowered. */
export interface Mark {
  readonly text: string;
  readonly strength: number;
}

const wordCharacter = /[\p{L}\p{N}\p{M}_]/u;

/** Pieces of a word that stand together are one word, with their weights together. */
export function joinWords(text: string, tokens: readonly WeightedToken[]): WeightedWord[] {
  const words: { begin: number; end: number; weight: number }[] = [];
  const inside = tokens.filter(({ begin, end }) => begin >= 0 && end > begin && end <= text.length);
  for (const token of [...inside].sort((one, other) => one.begin - other.begin)) {
    const last = words.at(-1);
    // Tokens that overlap would show characters twice.
    if (last !== undefined && token.begin < last.end) continue;
    const joins =
      last?.end === token.begin &&
      wordCharacter.test(text[last.end - 1]) &&
      wordCharacter.test(text[token.begin]);
    if (joins) {
      last.end = token.end;
      last.weight += token.weight;
    } else words.push({ ...token });
  }
  return words.map(({ begin, end, weight }) => ({
    begin,
    end,
    weight,
    text: text.slice(begin, end),
  }));
}

/** Words weaker than this share of the strongest have no mark. */
const faintest = 0.12;

function strengthOf(weight: number, strongest: number): number {
  const share = strongest === 0 ? 0 : Math.abs(weight) / strongest;
  if (share < faintest) return 0;
  return Math.sign(weight) * Math.min(4, Math.ceil(share * 4));
}

/** All of the text in order, marked by the weight of its words beside the strongest. */
export function markText(text: string, words: readonly WeightedWord[]): Mark[] {
  const strongest = words.reduce((most, { weight }) => Math.max(most, Math.abs(weight)), 0);
  const marks: Mark[] = [];
  let at = 0;
  for (const { begin, end, weight } of words) {
    const strength = strengthOf(weight, strongest);
    if (strength === 0) continue;
    if (begin > at) marks.push({ text: text.slice(at, begin), strength: 0 });
    marks.push({ text: text.slice(begin, end), strength });
    at = end;
  }
  if (at < text.length) marks.push({ text: text.slice(at), strength: 0 });
  return marks;
}

/** The words that raise a score most, and those that lower it most, each the strongest first. */
export function strongestWords(
  words: readonly WeightedWord[],
  most: number,
): { readonly raising: readonly WeightedWord[]; readonly lowering: readonly WeightedWord[] } {
  const strongest = words.reduce((peak, { weight }) => Math.max(peak, Math.abs(weight)), 0);
  const heavy = words
    .filter(({ weight }) => Math.abs(weight) >= faintest * strongest && weight !== 0)
    .sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight));
  return {
    raising: heavy.filter(({ weight }) => weight > 0).slice(0, most),
    lowering: heavy.filter(({ weight }) => weight < 0).slice(0, most),
  };
}
