// Reads tokenizer.json, the format of Hugging Face's tokenizers, and refuses all but BERT's kind.
import { polytagError } from '../errors/index.js';
import type { JsonObject } from '../weights/index.js';
import type { AddedToken } from './tokenizer-added-tokens.js';
import type { TokenizerSettings } from './tokenizer-settings.js';

/** Ids above this would ask for absurd embeddings. */
const largestId = 2 ** 24;

/**
 * The settings in a tokenizer.json. Its truncation and padding are left to the caller of the tokenizer.
 * @throws PolytagError TOKENIZER_UNSUPPORTED, TOKENIZER_INVALID
 */
export function readTokenizerJson(file: string, json: JsonObject): TokenizerSettings {
  const model = part(file, json, 'model', ['WordPiece']);
  const normalizer = part(file, json, 'normalizer', ['BertNormalizer']);
  part(file, json, 'pre_tokenizer', ['BertPreTokenizer']);
  const lowercase = flag(file, normalizer, 'lowercase') ?? true;
  const { added_tokens: addedTokens = [] } = json;
  if (!Array.isArray(addedTokens)) throw invalid(file, '"added_tokens" is no list');
  return {
    vocabulary: readVocabulary(file, model.vocab),
    cleanText: flag(file, normalizer, 'clean_text') ?? true,
    chineseCharacters: flag(file, normalizer, 'handle_chinese_chars') ?? true,
    stripAccents: flag(file, normalizer, 'strip_accents') ?? lowercase,
    lowercase,
    unknownToken: text(file, model, 'unk_token') ?? '[UNK]',
    continuationPrefix: text(file, model, 'continuing_subword_prefix') ?? '##',
    maxWordCharacters: count(file, model, 'max_input_chars_per_word') ?? 100,
    ...readTemplate(file, json),
    paddingToken: '[PAD]',
    maskToken: '[MASK]',
    addedTokens: addedTokens.map((token) => readAddedToken(file, token)),
  };
}

/**
 * One entry of `added_tokens`.
 * @throws PolytagError TOKENIZER_INVALID
 */
export function readAddedToken(file: string, token: unknown): AddedToken {
  if (!isJsonObject(token) || typeof token.content !== 'string' || !isId(token.id)) {
    throw invalid(file, 'an added token has no content or no id');
  }
  return {
    content: token.content,
    id: token.id,
    singleWord: flag(file, token, 'single_word') ?? false,
    leftStrip: flag(file, token, 'lstrip') ?? false,
    rightStrip: flag(file, token, 'rstrip') ?? false,
    normalized: flag(file, token, 'normalized') ?? false,
  };
}

function readVocabulary(file: string, vocabulary: unknown): Map<string, number> {
  if (!isJsonObject(vocabulary)) throw invalid(file, 'its model has no "vocab"');
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(vocabulary)) {
    if (!isId(id)) throw invalid(file, `the id of token "${token}" is no whole number`);
    ids.set(token, id);
  }
  return ids;
}

type Template = Pick<TokenizerSettings, 'classificationToken' | 'separatorToken' | 'secondSegment'>;

/** The sequence must be BERT's, `[CLS] A [SEP] B [SEP]`, under whatever names. */
function readTemplate(file: string, json: JsonObject): Template {
  const processor = part(file, json, 'post_processor', ['TemplateProcessing', 'BertProcessing']);
  if (processor.type === 'BertProcessing') {
    const [classificationToken, separatorToken] = [processor.cls, processor.sep].map((pair) =>
      Array.isArray(pair) ? (pair[0] as unknown) : undefined,
    );
    if (typeof classificationToken === 'string' && typeof separatorToken === 'string') {
      return { classificationToken, separatorToken, secondSegment: 1 };
    }
    throw invalid(file, 'its post_processor has no "cls" or "sep"');
  }
  const single = spell(processor.single);
  const pair = spell(processor.pair);
  const match = /^(\S+):0 A:0 (\S+):0$/.exec(single);
  const segment = /B:([01]) /.exec(pair)?.[1] === '0' ? 0 : 1;
  if (match !== null) {
    const [, classificationToken, separatorToken] = match;
    const second = `B:${segment} ${separatorToken}:${segment}`;
    if (pair === `${single} ${second}`) {
      return { classificationToken, separatorToken, secondSegment: segment };
    }
  }
  throw polytagError('TOKENIZER_UNSUPPORTED', { file, found: `the sequence "${single}"` });
}

/** A template in one line: `[CLS]:0 A:0 [SEP]:0`. */
function spell(template: unknown): string {
  if (!Array.isArray(template)) return '';
  return template
    .map((item: unknown) => {
      const [value] = isJsonObject(item) ? Object.values(item) : [];
      if (!isJsonObject(value) || typeof value.id !== 'string') return '';
      return `${value.id}:${value.type_id === 1 ? 1 : 0}`;
    })
    .join(' ');
}

/** The object under `key`, if its type is one of `types`. */
function part(file: string, json: JsonObject, key: string, types: string[]): JsonObject {
  const value = json[key];
  const type = isJsonObject(value) ? value.type : undefined;
  if (isJsonObject(value) && typeof type === 'string' && types.includes(type)) return value;
  const found = `${key} ${typeof type === 'string' ? type : 'of no type'}`;
  throw polytagError('TOKENIZER_UNSUPPORTED', { file, found });
}

function flag(file: string, json: JsonObject, key: string): boolean | undefined {
  const value = json[key] ?? undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid(file, `"${key}" is neither true nor false`);
}

function text(file: string, json: JsonObject, key: string): string | undefined {
  const value = json[key] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(file, `"${key}" is no text`);
}

function count(file: string, json: JsonObject, key: string): number | undefined {
  const value = json[key] ?? undefined;
  if (value === undefined || isId(value)) return value;
  throw invalid(file, `"${key}" is no whole number`);
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < largestId;
}

function invalid(file: string, problem: string): Error {
  return polytagError('TOKENIZER_INVALID', { file, problem });
}

/** Whether a value from a JSON file is an object, and no array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
