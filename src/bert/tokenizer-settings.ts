// Everything that decides how a WordPiece tokenizer works, and its defaults.
import { polytagError } from '../errors/index.js';
import type { AddedToken } from './tokenizer-added-tokens.js';
import type { NormalizerSettings } from './tokenizer-characters.js';
import type { WordPieceSettings } from './tokenizer-word-pieces.js';

/** The special tokens of BERT by their use. */
interface SpecialTokens {
  /** First token of every sequence, `[CLS]`. */
  readonly classificationToken: string;
  /** Last token of each text, `[SEP]`. */
  readonly separatorToken: string;
  /** Fills short sequences of a batch, `[PAD]`. */
  readonly paddingToken: string;
  /** Stands for a hidden token, `[MASK]`. */
  readonly maskToken: string;
}

/** Settings of a WordPiece tokenizer, complete. */
export interface TokenizerSettings extends NormalizerSettings, WordPieceSettings, SpecialTokens {
  /** Found in the text as they stand and never cut. */
  readonly addedTokens: readonly AddedToken[];
  /** The segment (token type) of the second text of a pair. */
  readonly secondSegment: 0 | 1;
}

/**
 * What may be set against the files of a tokenizer, or beside a vocabulary alone. Defaults for the
 * latter: lower-case, `stripAccents` as `lowercase`, `cleanText` and `chineseCharacters` true, tokens
 * named as by BERT's authors.
 */
export interface TokenizerOptions
  extends Partial<NormalizerSettings>,
    Partial<SpecialTokens>,
    Partial<Pick<WordPieceSettings, 'unknownToken'>> {
  /** Tokens that stand for themselves where a text has them literally. Default: the five special ones. */
  readonly neverSplit?: readonly string[];
}

/**
 * Settings for a vocabulary, with the defaults of BERT.
 * @param vocabulary tokens in the order of their ids; of a token that comes twice the later id counts
 * @param source names the vocabulary in errors
 * @throws PolytagError TOKENIZER_INVALID if the vocabulary lacks a token that every sequence needs
 */
export function settingsFor(
  vocabulary: readonly string[],
  options: TokenizerOptions,
  source: string,
): TokenizerSettings {
  const defaults: TokenizerSettings = {
    vocabulary: new Map(vocabulary.map((token, id) => [token, id])),
    cleanText: true,
    chineseCharacters: true,
    stripAccents: true,
    lowercase: true,
    unknownToken: '[UNK]',
    classificationToken: '[CLS]',
    separatorToken: '[SEP]',
    paddingToken: '[PAD]',
    maskToken: '[MASK]',
    continuationPrefix: '##',
    maxWordCharacters: 100,
    addedTokens: [],
    secondSegment: 1,
  };
  const named = { ...defaults, ...options };
  const neverSplit = [
    named.unknownToken,
    named.classificationToken,
    named.separatorToken,
    named.paddingToken,
    named.maskToken,
  ];
  return withOptions(defaults, { neverSplit, ...options }, source);
}

/**
 * `settings` with `options` in their place.
 * @throws PolytagError TOKENIZER_INVALID if the vocabulary lacks a token that every sequence needs
 */
export function withOptions(
  settings: TokenizerSettings,
  options: TokenizerOptions,
  source: string,
): TokenizerSettings {
  const { neverSplit, ...given } = options;
  const stripAccents = given.stripAccents ?? given.lowercase ?? settings.stripAccents;
  const changed = { ...settings, ...given, stripAccents };
  if (neverSplit !== undefined) {
    changed.addedTokens = neverSplit.flatMap((content) => {
      const id = idOf(settings, content);
      return id === undefined ? [] : [{ content, id }];
    });
  }
  for (const token of [changed.unknownToken, changed.classificationToken, changed.separatorToken]) {
    if (idOf(settings, token) === undefined) {
      const problem = `its vocabulary has no "${token}"`;
      throw polytagError('TOKENIZER_INVALID', { file: source, problem });
    }
  }
  return changed;
}

/** The id of a token, added ones included. */
export function idOf(settings: TokenizerSettings, token: string): number | undefined {
  const added = settings.addedTokens.find(({ content }) => content === token);
  return added?.id ?? settings.vocabulary.get(token);
}
