// Cuts one normalised word into the longest pieces that the vocabulary holds, from left to right.

/** A vocabulary and how words are cut by it: the settings of a WordPiece model. */
export interface WordPieceSettings {
  /** Token to id; what follows the first piece of a word is written with `continuationPrefix`. */
  readonly vocabulary: ReadonlyMap<string, number>;
  /** What a word becomes that cannot be cut. */
  readonly unknownToken: string;
  readonly continuationPrefix: string;
  /** Words of more characters (code points) than this are unknown. */
  readonly maxWordCharacters: number;
}

/** Pieces of one word: ids, and where in the word each begins and ends, in UTF-16 units. */
export interface WordPieces {
  readonly ids: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** WordPiece's greedy longest-match-first cut. Takes time linear in the number of words. */
export class WordPieceModel {
  readonly unknownId: number;
  private readonly continuations = new Map<string, number>();
  private longestFirst = 0;
  private longestContinuation = 0;

  constructor(private readonly settings: WordPieceSettings) {
    const { vocabulary, unknownToken, continuationPrefix } = settings;
    this.unknownId = vocabulary.get(unknownToken) ?? 0;
    for (const [token, id] of vocabulary) {
      this.longestFirst = Math.max(this.longestFirst, token.length);
      if (!token.startsWith(continuationPrefix)) continue;
      const piece = token.slice(continuationPrefix.length);
      this.continuations.set(piece, id);
      this.longestContinuation = Math.max(this.longestContinuation, piece.length);
    }
  }

  /** True for words over the limit, which are unknown without a look into the vocabulary. */
  isTooLong(word: string): boolean {
    const { maxWordCharacters } = this.settings;
    if (word.length <= maxWordCharacters) return false;
    if (word.length > 2 * maxWordCharacters) return true;
    return Array.from(word).length > maxWordCharacters;
  }

  /** The pieces of a word that is not empty; one unknown token for the whole word if it cannot be cut. */
  cut(word: string): WordPieces {
    const unknown = { ids: [this.unknownId], starts: [0], ends: [word.length] };
    if (this.isTooLong(word)) return unknown;
    const ids: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    let start = 0;
    while (start < word.length) {
      const end = this.longestPiece(word, start, ids);
      if (end === start) return unknown;
      starts.push(start);
      ends.push(end);
      start = end;
    }
    return { ids, starts, ends };
  }

  /** Where the longest piece from `start` ends, its id put after `ids`; `start` if there is none. */
  private longestPiece(word: string, start: number, ids: number[]): number {
    const pieces = start === 0 ? this.settings.vocabulary : this.continuations;
    const longest = start === 0 ? this.longestFirst : this.longestContinuation;
    for (let end = Math.min(word.length, start + longest); end > start; end--) {
      const id = pieces.get(word.slice(start, end));
      if (id !== undefined) {
        ids.push(id);
        return end;
      }
    }
    return start;
  }
}
