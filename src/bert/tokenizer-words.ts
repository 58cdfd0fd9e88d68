// From a stretch of text without added tokens to token ids and offsets: finds words and cuts them.
import {
  characterClasses,
  codePointAt,
  type NormalizerSettings,
  punctuationCharacter,
  removedCharacter,
  spaceCharacter,
  wordCharacter,
} from './tokenizer-characters.js';
import { NormalizedText, Normalizer } from './tokenizer-normalizer.js';
import { type TokenBuffer } from './tokenizer-token-buffer.js';
import {
  WordPieceModel,
  type WordPieces,
  type WordPieceSettings,
} from './tokenizer-word-pieces.js';

/** Words of up to this many units are remembered. */
const longestRemembered = 48;
/** Words remembered in each of two generations: at most a few megabytes. */
const generationSize = 16_384;
const firstBeyondAscii = 0x80;

/** Tokenizes text by words; remembers the pieces of recent words. */
export class WordTokenizer {
  private readonly model: WordPieceModel;
  private readonly normalizer: Normalizer;
  private readonly classes: Uint8Array;
  private readonly normalizedClasses: Uint8Array;
  private readonly normalized = new NormalizedText();
  /** Written word to pieces; a plain id stands for a word that is one piece. */
  private recent = new Map<string, WordPieces | number>();
  private older = new Map<string, WordPieces | number>();

  constructor(private readonly settings: NormalizerSettings & WordPieceSettings) {
    this.model = new WordPieceModel(settings);
    this.normalizer = new Normalizer(settings);
    this.classes = characterClasses(settings);
    this.normalizedClasses = characterClasses({ cleanText: false, chineseCharacters: false });
  }

  /** Appends the tokens of `text.slice(from, to)`; offsets are into `text`. */
  tokenize(text: string, from: number, to: number, out: TokenBuffer): void {
    let wordStart = from;
    let isPlain = true;
    let index = from;
    while (index < to) {
      const code = codePointAt(text, index);
      const kind = this.classes[code];
      const next = index + (code < 0x10000 ? 1 : 2);
      if (kind === wordCharacter || kind === removedCharacter) {
        if (code >= firstBeyondAscii || kind === removedCharacter) isPlain = false;
      } else {
        this.word(text, wordStart, index, isPlain, out);
        if (kind !== spaceCharacter) this.word(text, index, next, code < firstBeyondAscii, out);
        wordStart = next;
        isPlain = true;
      }
      index = next;
    }
    this.word(text, wordStart, to, isPlain, out);
  }

  /** Appends the tokens of text normalised by `normalize`, between units `from` and `to` of it. */
  tokenizeNormalized(text: string, source: NormalizedText, from: number, to: number): WordPieces {
    const pieces = { ids: [], starts: [], ends: [] };
    let wordStart = from;
    let index = from;
    while (index < to) {
      const code = codePointAt(text, index);
      const kind = this.normalizedClasses[code];
      const next = index + (code < 0x10000 ? 1 : 2);
      if (kind !== wordCharacter) {
        this.cutNormalized(text, source, wordStart, index, pieces);
        if (kind === punctuationCharacter) this.cutNormalized(text, source, index, next, pieces);
        wordStart = next;
      }
      index = next;
    }
    this.cutNormalized(text, source, wordStart, to, pieces);
    return pieces;
  }

  normalize(text: string, from: number, to: number): NormalizedText {
    this.normalized.clear();
    this.normalizer.normalize(text, from, to, this.normalized);
    return this.normalized;
  }

  /** A word of the text as written; `isPlain` if it is all ASCII and none of it is taken out. */
  private word(text: string, start: number, end: number, isPlain: boolean, out: TokenBuffer): void {
    const length = end - start;
    if (length <= 0) return;
    if (isPlain && length > this.settings.maxWordCharacters) {
      out.push(this.model.unknownId, start, end);
      return;
    }
    const word = text.slice(start, end);
    const pieces =
      length > longestRemembered ? this.cut(word, isPlain) : this.remembered(word, isPlain);
    if (typeof pieces === 'number') out.push(pieces, start, end);
    else out.pushAll(pieces, start);
  }

  private remembered(word: string, isPlain: boolean): WordPieces | number {
    let pieces = this.recent.get(word);
    if (pieces !== undefined) return pieces;
    pieces = this.older.get(word) ?? this.cut(word, isPlain);
    if (this.recent.size >= generationSize) {
      this.older = this.recent;
      this.recent = new Map();
    }
    // A slice of 13 characters or more keeps its whole text alive: the key must be a copy.
    this.recent.set(copyOf(word), pieces);
    return pieces;
  }

  private cut(word: string, isPlain: boolean): WordPieces | number {
    let pieces: WordPieces;
    if (isPlain) {
      pieces = this.model.cut(this.settings.lowercase ? word.toLowerCase() : word);
    } else {
      const source = this.normalize(word, 0, word.length);
      pieces = this.tokenizeNormalized(source.toString(), source, 0, source.length);
    }
    const { ids, starts, ends } = pieces;
    return ids.length === 1 && starts[0] === 0 && ends[0] === word.length ? ids[0] : pieces;
  }

  private cutNormalized(
    text: string,
    source: NormalizedText,
    from: number,
    to: number,
    out: { ids: number[]; starts: number[]; ends: number[] },
  ): void {
    if (from >= to) return;
    const pieces = this.model.cut(text.slice(from, to));
    for (let index = 0; index < pieces.ids.length; index++) {
      out.ids.push(pieces.ids[index]);
      out.starts.push(source.starts[from + pieces.starts[index]]);
      out.ends.push(source.ends[from + pieces.ends[index] - 1]);
    }
  }
}

function copyOf(word: string): string {
  return word.length < 13 ? word : Buffer.from(word, 'utf16le').toString('utf16le');
}
