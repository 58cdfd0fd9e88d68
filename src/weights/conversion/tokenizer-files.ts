// Writes the files from which Hugging Face's libraries build a BERT tokenizer, out of a vocabulary.
// Format: https://huggingface.co/docs/tokenizers/api/tokenizer (the Rust package's own JSON)
import { polytagError } from '../../errors/index.js';

const specialTokens = {
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
} as const;

/** What the files must say of texts and lengths. */
export interface TokenizerSettings {
  /** Whether texts are lower-cased and stripped of accents before they are looked up. */
  readonly lowerCase: boolean;
  /** The longest sequence that the encoder takes, in tokens. */
  readonly maximalLength: number;
}

/**
 * Contents by file name: tokenizer.json, tokenizer_config.json, special_tokens_map.json.
 *
 * @param vocabulary tokens in the order of their ids; of a token that is there twice the last id counts,
 *   as it does for Google's and Hugging Face's own readers of vocab.txt
 * @param vocabularyFile where it comes from, for messages
 * @throws PolytagError MODEL_VOCABULARY_INVALID if a special token is missing
 */
export function tokenizerFiles(
  vocabulary: readonly string[],
  vocabularyFile: string,
  { lowerCase, maximalLength }: TokenizerSettings,
): Map<string, string> {
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  const missing = Object.values(specialTokens).filter((token) => !ids.has(token));
  if (missing.length > 0) {
    const problem = `it lacks ${missing.join(', ')}`;
    throw polytagError('MODEL_VOCABULARY_INVALID', { file: vocabularyFile, problem });
  }
  const configuration = {
    ...specialTokens,
    clean_up_tokenization_spaces: true,
    do_lower_case: lowerCase,
    model_max_length: maximalLength,
    strip_accents: null,
    tokenize_chinese_chars: true,
    tokenizer_class: 'BertTokenizer',
  };
  return new Map([
    ['tokenizer.json', tokenizerJson(ids, lowerCase)],
    ['tokenizer_config.json', `${JSON.stringify(configuration, null, 2)}\n`],
    ['special_tokens_map.json', `${JSON.stringify(specialTokens, null, 2)}\n`],
  ]);
}

function tokenizerJson(ids: ReadonlyMap<string, number>, lowerCase: boolean): string {
  const id = (token: string): number => ids.get(token) ?? 0;
  const special = (token: string, type: number): object => ({
    SpecialToken: { id: token, type_id: type },
  });
  const text = (name: string, type: number): object => ({ Sequence: { id: name, type_id: type } });
  const first = [special('[CLS]', 0), text('A', 0), special('[SEP]', 0)];
  const template = (token: string): object => ({ id: token, ids: [id(token)], tokens: [token] });
  const parts = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Object.values(specialTokens)
      .map((token) => ({
        id: id(token),
        content: token,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      }))
      .sort((a, b) => a.id - b.id),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: lowerCase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: first,
      pair: [...first, text('B', 1), special('[SEP]', 1)],
      special_tokens: { '[CLS]': template('[CLS]'), '[SEP]': template('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  };
  return `${JSON.stringify(parts).slice(0, -1)},"model":${wordPieceJson(ids)}}`;
}

/**
 * The model part. Its vocabulary is put together as text: a JavaScript object would move tokens that
 * look like numbers to the front and lose one named "__proto__".
 */
function wordPieceJson(ids: ReadonlyMap<string, number>): string {
  const settings = {
    type: 'WordPiece',
    unk_token: specialTokens.unk_token,
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
  };
  const entries = [...ids].map(([token, id]) => `${JSON.stringify(token)}:${id}`);
  return `${JSON.stringify(settings).slice(0, -1)},"vocab":{${entries.join(',')}}}`;
}
