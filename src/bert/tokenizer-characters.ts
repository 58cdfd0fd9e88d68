// One class for every code point: what a character does to the word it stands in.
import {
  asciiPunctuationRanges,
  chineseRanges,
  forEachPunctuationRun,
  removedRanges,
  spaceRanges,
} from './tokenizer-unicode.js';

/** How text is normalised before it is cut into words: the settings of a BertNormalizer. */
export interface NormalizerSettings {
  /** Take out control characters. */
  readonly cleanText: boolean;
  /** Make each Chinese character a word. */
  readonly chineseCharacters: boolean;
  /** Decompose and take out accents. */
  readonly stripAccents: boolean;
  /** Lower-case. */
  readonly lowercase: boolean;
}

/** The settings that change a character's class. */
type ClassSettings = Pick<NormalizerSettings, 'cleanText' | 'chineseCharacters'>;

/** Part of a word. */
export const wordCharacter = 0;
/** Ends a word. */
export const spaceCharacter = 1;
/** A word of its own. */
export const punctuationCharacter = 2;
/** Not there at all. */
export const removedCharacter = 3;
/** A Chinese character: a word of its own. */
export const chineseCharacter = 4;

/** Stands for a lone surrogate, which is no character. */
const replacementCharacter = 0xfffd;

const tables = new Map<string, Uint8Array>();

/** The class of every code point under `settings`; a table of 1.1 MB, made once for each setting. */
export function characterClasses(settings: ClassSettings): Uint8Array {
  const key = `${settings.cleanText} ${settings.chineseCharacters}`;
  let table = tables.get(key);
  if (table === undefined) {
    table = makeTable(settings);
    tables.set(key, table);
  }
  return table;
}

function makeTable(settings: ClassSettings): Uint8Array {
  const table = new Uint8Array(0x110000);
  forEachPunctuationRun((start, end) => table.fill(punctuationCharacter, start, end));
  for (const [first, last] of asciiPunctuationRanges) {
    table.fill(punctuationCharacter, first, last + 1);
  }
  if (settings.chineseCharacters) {
    for (const [first, last] of chineseRanges) table.fill(chineseCharacter, first, last + 1);
  }
  for (const [first, last] of spaceRanges) table.fill(spaceCharacter, first, last + 1);
  // Last, for cleaning comes first: vertical tab, form feed and U+0085 are spaces, yet taken out.
  if (settings.cleanText) {
    for (const [first, last] of removedRanges) table.fill(removedCharacter, first, last + 1);
  }
  return table;
}

/** The code point at `index`; U+FFFD for a lone surrogate. */
export function codePointAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if ((unit & 0xf800) !== 0xd800) return unit;
  const next = unit < 0xdc00 ? text.charCodeAt(index + 1) : 0;
  if ((next & 0xfc00) !== 0xdc00) return replacementCharacter;
  return ((unit - 0xd800) << 10) + (next - 0xdc00) + 0x10000;
}
