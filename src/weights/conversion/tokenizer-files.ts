// Writes the files from which Hugging Face's libraries build a BERT tokenizer.
// Format: https://huggingface.co/docs/tokenizers/api/tokenizer (the Rust package's own JSON)
import { polytagError } from '../../errors/index.js';

/** A BERT tokenizer, complete: what `bert/` makes of a tokenizer's files. */
export interface TokenizerDescription {
  /** Token to id. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly cleanText: boolean;
  readonly chineseCharacters: boolean;
  readonly stripAccents: boolean;
  readonly lowercase: boolean;
  readonly unknownToken: string;
  readonly classificationToken: string;
  readonly separatorToken: string;
  readonly paddingToken: string;
  readonly maskToken: string;
  readonly continuationPrefix: string;
  readonly maxWordCharacters: number;
  /** Found in the text as they stand; the special ones are among them. */
  readonly addedTokens: readonly AddedTokenDescription[];
  /** The segment of the second text of a pair. */
  readonly secondSegment: 0 | 1;
}

/** A token that is never cut; the flags are false by default. */
interface AddedTokenDescription {
  readonly content: string;
  readonly id: number;
  readonly singleWord?: boolean;
  readonly leftStrip?: boolean;
  readonly rightStrip?: boolean;
  readonly normalized?: boolean;
}

const googleTokens = {
  unknownToken: '[UNK]',
  separatorToken: '[SEP]',
  paddingToken: '[PAD]',
  classificationToken: '[CLS]',
  maskToken: '[MASK]',
} as const;

/**
 * The tokenizer of a Google checkpoint.
 *
 * @param vocabulary tokens in the order of their ids; of a token that is there twice the last id counts,
 *   as it does for Google's and Hugging Face's own readers of vocab.txt
 * @param vocabularyFile where it comes from, for messages
 * @throws PolytagError MODEL_VOCABULARY_INVALID if a special token is missing
 */
export function describeGoogleTokenizer(
  vocabulary: readonly string[],
  vocabularyFile: string,
  lowercase: boolean,
): TokenizerDescription {
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  const missing = Object.values(googleTokens).filter((token) => !ids.has(token));
  if (missing.length > 0) {
    const problem = `it lacks ${missing.join(', ')}`;
    throw polytagError('MODEL_VOCABULARY_INVALID', { file: vocabularyFile, problem });
  }
  return {
    ...googleTokens,
    vocabulary: ids,
    cleanText: true,
    chineseCharacters: true,
    stripAccents: lowercase,
    lowercase,
    continuationPrefix: '##',
    maxWordCharacters: 100,
    addedTokens: Object.values(googleTokens).map((content) => ({
      content,
      id: ids.get(content) ?? 0,
    })),
    secondSegment: 1,
  };
}

/**
 * Contents by file name: tokenizer.json, tokenizer_config.json, special_tokens_map.json.
 *
 * @param maximalLength the longest sequence, in tokens; without it long texts fail in the readers' hands
 */
export function tokenizerFiles(
  tokenizer: TokenizerDescription,
  maximalLength: number,
): Map<string, string> {
  const specialTokens = specialTokensOf(tokenizer);
  const configuration = {
    ...specialTokens,
    clean_up_tokenization_spaces: true,
    do_lower_case: tokenizer.lowercase,
    model_max_length: maximalLength,
    strip_accents: stripAccentsFlag(tokenizer),
    tokenize_chinese_chars: tokenizer.chineseCharacters,
    tokenizer_class: 'BertTokenizer',
  };
  return new Map([
    ['tokenizer.json', tokenizerJson(tokenizer, new Set(Object.values(specialTokens)))],
    ['tokenizer_config.json', `${JSON.stringify(configuration, null, 2)}\n`],
    ['special_tokens_map.json', `${JSON.stringify(specialTokens, null, 2)}\n`],
  ]);
}

/** Those that have an id: a reader would give the others ids that the embeddings lack. */
function specialTokensOf(tokenizer: TokenizerDescription): Readonly<Record<string, string>> {
  const named = {
    unk_token: tokenizer.unknownToken,
    sep_token: tokenizer.separatorToken,
    pad_token: tokenizer.paddingToken,
    cls_token: tokenizer.classificationToken,
    mask_token: tokenizer.maskToken,
  };
  const entries = Object.entries(named).filter(([, token]) => idOf(tokenizer, token) !== undefined);
  return Object.fromEntries(entries);
}

function idOf(
  { addedTokens, vocabulary }: TokenizerDescription,
  token: string,
): number | undefined {
  return addedTokens.find(({ content }) => content === token)?.id ?? vocabulary.get(token);
}

/** null leaves it to the case of the letters, as BERT's authors do. */
function stripAccentsFlag({ stripAccents, lowercase }: TokenizerDescription): boolean | null {
  return stripAccents === lowercase ? null : stripAccents;
}

function tokenizerJson(
  tokenizer: TokenizerDescription,
  specialTokens: ReadonlySet<string>,
): string {
  const parts = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokenizer.addedTokens
      .map((token) => ({
        id: token.id,
        content: token.content,
        single_word: token.singleWord ?? false,
        lstrip: token.leftStrip ?? false,
        rstrip: token.rightStrip ?? false,
        normalized: token.normalized ?? false,
        special: specialTokens.has(token.content),
      }))
      .sort((a, b) => a.id - b.id),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: tokenizer.cleanText,
      handle_chinese_chars: tokenizer.chineseCharacters,
      strip_accents: stripAccentsFlag(tokenizer),
      lowercase: tokenizer.lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: templateJson(tokenizer),
    decoder: { type: 'WordPiece', prefix: tokenizer.continuationPrefix, cleanup: true },
  };
  return `${JSON.stringify(parts).slice(0, -1)},"model":${wordPieceJson(tokenizer)}}`;
}

/** `[CLS] first [SEP] second [SEP]`. */
function templateJson(tokenizer: TokenizerDescription): object {
  const { classificationToken, separatorToken, secondSegment } = tokenizer;
  const special = (token: string, type: number): object => ({
    SpecialToken: { id: token, type_id: type },
  });
  const text = (name: string, type: number): object => ({ Sequence: { id: name, type_id: type } });
  const template = (token: string): object => ({
    id: token,
    ids: [idOf(tokenizer, token) ?? 0],
    tokens: [token],
  });
  const first = [special(classificationToken, 0), text('A', 0), special(separatorToken, 0)];
  return {
    type: 'TemplateProcessing',
    single: first,
    pair: [...first, text('B', secondSegment), special(separatorToken, secondSegment)],
    special_tokens: {
      [classificationToken]: template(classificationToken),
      [separatorToken]: template(separatorToken),
    },
  };
}

/**
 * The model part. Its vocabulary is put together as text: a JavaScript object would move tokens that
 * look like numbers to the front and lose one named "__proto__".
 */
function wordPieceJson(tokenizer: TokenizerDescription): string {
  const settings = {
    type: 'WordPiece',
    unk_token: tokenizer.unknownToken,
    continuing_subword_prefix: tokenizer.continuationPrefix,
    max_input_chars_per_word: tokenizer.maxWordCharacters,
  };
  const entries = [...tokenizer.vocabulary].map(([token, id]) => `${JSON.stringify(token)}:${id}`);
  return `${JSON.stringify(settings).slice(0, -1)},"vocab":{${entries.join(',')}}}`;
}
