// The WordPiece tokenizer: text to token ids, segments and UTF-16 offsets, cut to a maximal length.
//
//   const tokenizer = await WordPieceTokenizer.load('models/all-MiniLM-L6-v2');
//   const { ids, starts, ends } = tokenizer.encode('Hello wörld!');
//   // ids: 101, 7592, 2088, 999, 102; token 2 is 'wörld' = text.slice(starts[2], ends[2])
import { polytagError } from '../errors/index.js';
import { AddedTokenFinder } from './tokenizer-added-tokens.js';
import { readTokenizerSettings } from './tokenizer-files.js';
import type { NormalizedText } from './tokenizer-normalizer.js';
import {
  idOf,
  settingsFor,
  type TokenizerOptions,
  type TokenizerSettings,
} from './tokenizer-settings.js';
import { TokenBuffer } from './tokenizer-token-buffer.js';
import { keepTokens, sharePair, type Truncation } from './tokenizer-truncation.js';
import { WordTokenizer } from './tokenizer-words.js';

/** A text as the model takes it: `[CLS] text [SEP]` or `[CLS] first [SEP] second [SEP]`. */
export interface Encoding {
  /** Token ids. */
  readonly ids: Int32Array;
  /** Segment of each token: 0, or for the second text of a pair (and its `[SEP]`) 1. */
  readonly typeIds: Uint8Array;
  /**
   * Where each token comes from, UTF-16 offsets into its own text, or for an input of word pieces its place in
   * their list (`pieces.slice(start, end)`); 0 for the `[CLS]` and `[SEP]` around.
   */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Which text each token comes from: 0 the first, 1 the second, -1 neither. */
  readonly sources: Int8Array;
  /** How many tokens were left out to keep to the maximal length. */
  readonly truncated: number;
}

/** How `encode` and `encodePieces` assemble a sequence. */
interface AssemblyOptions {
  /** Most tokens in a sequence, special tokens included. Default: no limit. */
  readonly maxLength?: number;
  /** What stays of a text that is too long. Default: `head`. */
  readonly truncation?: Truncation;
  /** Put `[CLS]` and `[SEP]` around. Default: true. */
  readonly addSpecialTokens?: boolean;
  /** Where a shortened pair shares an odd number of tokens, give the odd one to the first text, as BERT's original code did. Default: false. */
  readonly oddToFirst?: boolean;
}

/** How `encode` goes about a text. */
export interface EncodeOptions extends AssemblyOptions {
  /** The second text of a pair. */
  readonly pair?: string;
}

/** How `encodePieces` goes about a list of word pieces. */
export interface EncodePiecesOptions extends AssemblyOptions {
  /** The word pieces of the second text of a pair; an empty list is none. */
  readonly pair?: readonly string[] | undefined;
}

/**
 * A WordPiece tokenizer with the semantics of Hugging Face's `tokenizers` (BertNormalizer,
 * BertPreTokenizer, WordPiece), ids and offsets alike. Takes time linear in the length of the text.
 */
export class WordPieceTokenizer {
  readonly classificationId: number;
  readonly separatorId: number;
  /** 0 if the vocabulary has no padding token: attention masks padding out anyway. */
  readonly paddingId: number;
  /** Undefined if the vocabulary has no mask token. */
  readonly maskId: number | undefined;
  private readonly words: WordTokenizer;
  private readonly added: AddedTokenFinder;
  private readonly normalizedAdded: AddedTokenFinder;
  private readonly hasNormalizedAdded: boolean;
  private readonly buffer = new TokenBuffer();
  private readonly unknownId: number;
  private readonly addedIds: ReadonlyMap<string, number>;
  private tokens: string[] | undefined;

  /** Use `load` or `fromVocabulary`, which check the settings. */
  constructor(readonly settings: TokenizerSettings) {
    this.words = new WordTokenizer(settings);
    const { addedTokens } = settings;
    const normalized = addedTokens.filter((token) => token.normalized === true);
    this.added = new AddedTokenFinder(addedTokens.filter((token) => token.normalized !== true));
    this.normalizedAdded = new AddedTokenFinder(
      normalized.map((token) => {
        const { content } = token;
        return { ...token, content: this.words.normalize(content, 0, content.length).toString() };
      }),
    );
    this.hasNormalizedAdded = normalized.length > 0;
    this.classificationId = idOf(settings, settings.classificationToken) ?? 0;
    this.separatorId = idOf(settings, settings.separatorToken) ?? 0;
    this.paddingId = idOf(settings, settings.paddingToken) ?? 0;
    this.maskId = idOf(settings, settings.maskToken);
    this.unknownId = idOf(settings, settings.unknownToken) ?? 0;
    this.addedIds = new Map(addedTokens.map(({ content, id }) => [content, id]));
  }

  /**
   * Reads the tokenizer of a model folder: `tokenizer.json`, or `vocab.txt`, and `tokenizer_config.json`
   * beside either.
   * @throws PolytagError MODEL_FILE_MISSING, MODEL_FILE_UNREADABLE, MODEL_JSON_INVALID,
   * MODEL_VOCABULARY_INVALID, TOKENIZER_INVALID, TOKENIZER_UNSUPPORTED
   */
  static async load(folder: string, options: TokenizerOptions = {}): Promise<WordPieceTokenizer> {
    return new WordPieceTokenizer(await readTokenizerSettings(folder, options));
  }

  /**
   * @param vocabulary tokens in the order of their ids
   * @throws PolytagError TOKENIZER_INVALID if `[UNK]`, `[CLS]` or `[SEP]` is missing
   */
  static fromVocabulary(
    vocabulary: readonly string[],
    options: TokenizerOptions = {},
  ): WordPieceTokenizer {
    return new WordPieceTokenizer(settingsFor(vocabulary, options, 'the vocabulary'));
  }

  /**
   * Tokenizes a text.
   * @throws PolytagError OPTION_INVALID if `maxLength` has no room for the special tokens
   */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    const { pair } = options;
    const { buffer } = this;
    buffer.clear();
    this.tokenize(text, buffer);
    const firstLength = buffer.length;
    if (pair !== undefined) this.tokenize(pair, buffer);
    return this.assemble(firstLength, pair !== undefined, options);
  }

  /**
   * A sequence of word pieces that somebody else has cut: nothing is normalised, and what is not in the
   * vocabulary, special tokens included, becomes the unknown token (bert-as-service's `is_tokenized`).
   * @throws PolytagError OPTION_INVALID if `maxLength` has no room for the special tokens
   */
  encodePieces(pieces: readonly string[], options: EncodePiecesOptions = {}): Encoding {
    const { pair = [] } = options;
    this.buffer.clear();
    this.lookUp(pieces);
    this.lookUp(pair);
    return this.assemble(pieces.length, pair.length > 0, options);
  }

  /** The token of an id; `undefined` outside the vocabulary. */
  tokenOf(id: number): string | undefined {
    if (this.tokens === undefined) {
      this.tokens = [];
      for (const [token, tokenId] of this.settings.vocabulary) this.tokens[tokenId] = token;
      for (const { content, id: addedId } of this.settings.addedTokens) {
        this.tokens[addedId] = content;
      }
    }
    return this.tokens[id];
  }

  /** The largest id a text can hold. */
  get largestId(): number {
    let largest = 0;
    for (const id of this.settings.vocabulary.values()) largest = Math.max(largest, id);
    for (const { id } of this.settings.addedTokens) largest = Math.max(largest, id);
    return largest;
  }

  private lookUp(pieces: readonly string[]): void {
    const { vocabulary } = this.settings;
    pieces.forEach((piece, place) => {
      const id = this.addedIds.get(piece) ?? vocabulary.get(piece) ?? this.unknownId;
      this.buffer.push(id, place, place + 1);
    });
  }

  /** The sequence of the tokens in the buffer, the first text's `firstLength` before the second's. */
  private assemble(
    firstLength: number,
    isPair: boolean,
    { truncation = 'head', addSpecialTokens = true, ...options }: AssemblyOptions,
  ): Encoding {
    const { buffer } = this;
    const secondLength = buffer.length - firstLength;
    const specials = addSpecialTokens ? (isPair ? 3 : 2) : 0;
    const room = roomFor(options.maxLength, specials);
    const [firstRoom, secondRoom] = isPair
      ? sharePair(firstLength, secondLength, room, options.oddToFirst ?? false)
      : [Math.min(firstLength, room), 0];
    const sequence = new Sequence(specials + firstRoom + secondRoom);
    const { secondSegment } = this.settings;
    if (addSpecialTokens) sequence.pushSpecial(this.classificationId, 0);
    sequence.pushKept(buffer, 0, firstLength, firstRoom, truncation, 0, 0);
    if (addSpecialTokens) sequence.pushSpecial(this.separatorId, 0);
    if (isPair) {
      const end = buffer.length;
      sequence.pushKept(buffer, firstLength, end, secondRoom, truncation, secondSegment, 1);
      if (addSpecialTokens) sequence.pushSpecial(this.separatorId, secondSegment);
    }
    sequence.truncated = firstLength + secondLength - firstRoom - secondRoom;
    return sequence;
  }

  private tokenize(text: string, out: TokenBuffer): void {
    let from = 0;
    for (const { id, start, end } of this.added.find(text)) {
      this.tokenizeStretch(text, from, start, out);
      out.push(id, start, end);
      from = end;
    }
    this.tokenizeStretch(text, from, text.length, out);
  }

  private tokenizeStretch(text: string, from: number, to: number, out: TokenBuffer): void {
    if (from >= to) return;
    if (!this.hasNormalizedAdded) {
      this.words.tokenize(text, from, to, out);
      return;
    }
    const source = this.words.normalize(text, from, to);
    this.tokenizeNormalized(source.toString(), source, out);
  }

  private tokenizeNormalized(text: string, source: NormalizedText, out: TokenBuffer): void {
    let from = 0;
    for (const { id, start, end } of this.normalizedAdded.find(text)) {
      out.pushAll(this.words.tokenizeNormalized(text, source, from, start), 0);
      out.push(id, source.starts[start], source.ends[end - 1]);
      from = end;
    }
    out.pushAll(this.words.tokenizeNormalized(text, source, from, text.length), 0);
  }
}

function roomFor(maxLength: number | undefined, specials: number): number {
  if (maxLength === undefined) return Infinity;
  if (!Number.isInteger(maxLength) || maxLength < specials) {
    const expected = `a whole number of at least ${specials}, the special tokens of a sequence`;
    throw polytagError('OPTION_INVALID', {
      option: 'maxLength',
      value: String(maxLength),
      expected,
    });
  }
  return maxLength - specials;
}

/** An encoding while it is put together. */
class Sequence implements Encoding {
  readonly ids: Int32Array;
  readonly typeIds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly sources: Int8Array;
  truncated = 0;
  private length = 0;

  constructor(size: number) {
    this.ids = new Int32Array(size);
    this.typeIds = new Uint8Array(size);
    this.starts = new Int32Array(size);
    this.ends = new Int32Array(size);
    this.sources = new Int8Array(size);
  }

  pushSpecial(id: number, segment: number): void {
    this.ids[this.length] = id;
    this.typeIds[this.length] = segment;
    this.sources[this.length] = -1;
    this.length++;
  }

  /** Appends the `room` tokens of `tokens[from, to)` that `truncation` keeps. */
  pushKept(
    tokens: TokenBuffer,
    from: number,
    to: number,
    room: number,
    truncation: Truncation,
    segment: number,
    source: number,
  ): void {
    const { head, tail } = keepTokens(to - from, room, truncation);
    const start = this.length;
    this.copy(tokens, from, from + head);
    this.copy(tokens, to - tail, to);
    this.typeIds.fill(segment, start, this.length);
    this.sources.fill(source, start, this.length);
  }

  private copy(tokens: TokenBuffer, from: number, to: number): void {
    this.ids.set(tokens.ids.subarray(from, to), this.length);
    this.starts.set(tokens.starts.subarray(from, to), this.length);
    this.ends.set(tokens.ends.subarray(from, to), this.length);
    this.length += to - from;
  }
}
