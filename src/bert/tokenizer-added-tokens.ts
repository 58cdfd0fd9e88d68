// Finds the tokens that are taken from the text as they stand, such as [MASK], before it is normalised.
import { characterClasses, spaceCharacter } from './tokenizer-characters.js';

/** A token that is not cut: a special token, or one added to the vocabulary later. */
export interface AddedToken {
  readonly content: string;
  readonly id: number;
  /** Only where no letter, digit, mark or `_` touches it; false by default. */
  readonly singleWord?: boolean;
  /** Takes the spaces before it into itself; false by default. */
  readonly leftStrip?: boolean;
  /** Takes the spaces after it into itself; false by default. */
  readonly rightStrip?: boolean;
  /** Looked for in the normalised text, itself normalised; false by default. */
  readonly normalized?: boolean;
}

/** An added token at `[start, end)` of a text. */
export interface AddedTokenMatch {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

const wordCharacter = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** Looks for added tokens: the leftmost, and of those the longest, from left to right. */
export class AddedTokenFinder {
  private readonly tokens: ReadonlyMap<string, AddedToken>;
  private readonly pattern: RegExp | undefined;
  private readonly classes = characterClasses({ cleanText: false, chineseCharacters: false });

  /** @param tokens their `content` as it is to be found: already normalised for `normalized` tokens */
  constructor(tokens: readonly AddedToken[]) {
    this.tokens = new Map(tokens.map((token) => [token.content, token]));
    // Alternatives are tried in turn, so with the longest first the longest is found.
    const contents = [...this.tokens.keys()]
      .filter((content) => content !== '')
      .sort((a, b) => b.length - a.length);
    if (contents.length > 0) this.pattern = new RegExp(contents.map(escapePattern).join('|'), 'g');
  }

  /** The matches in `text`, in order and apart from each other. */
  find(text: string): AddedTokenMatch[] {
    if (this.pattern === undefined) return [];
    const matches: AddedTokenMatch[] = [];
    let searched = 0;
    for (const match of text.matchAll(this.pattern)) {
      const token = this.tokens.get(match[0]);
      let start = match.index;
      let end = start + match[0].length;
      if (token === undefined || start < searched) continue;
      if (token.singleWord === true && touchesWord(text, start, end)) continue;
      if (token.leftStrip === true)
        while (start > searched && this.isSpace(text, start - 1)) start--;
      if (token.rightStrip === true) while (end < text.length && this.isSpace(text, end)) end++;
      matches.push({ id: token.id, start, end });
      searched = end;
    }
    return matches;
  }

  private isSpace(text: string, index: number): boolean {
    return this.classes[text.charCodeAt(index)] === spaceCharacter;
  }
}

function touchesWord(text: string, start: number, end: number): boolean {
  const before = start === 0 ? '' : lastCharacter(text.slice(Math.max(0, start - 2), start));
  const after = String.fromCodePoint(text.codePointAt(end) ?? 0x20);
  return wordCharacter.test(before) || wordCharacter.test(after);
}

function lastCharacter(text: string): string {
  return Array.from(text).at(-1) ?? '';
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
