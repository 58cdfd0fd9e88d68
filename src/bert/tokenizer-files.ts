// Reads a tokenizer from a model folder: tokenizer.json or vocab.txt, and tokenizer_config.json beside it.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { polytagError } from '../errors/index.js';
import { inferLowerCase, type JsonObject, readJsonFile, readVocabulary } from '../weights/index.js';
import { isJsonObject, readAddedToken, readTokenizerJson } from './tokenizer-json.js';
import {
  settingsFor,
  type TokenizerOptions,
  type TokenizerSettings,
  withOptions,
} from './tokenizer-settings.js';

/** Tokenizers in Python that cut words as BERT's does; others (BertJapanese, Roberta, ..) do not. */
const supportedClass = /^(?:(?:Distil)?BertTokenizer(?:Fast)?|PreTrainedTokenizerFast)$/;

/**
 * The settings of the tokenizer in `folder`. `tokenizer_config.json` is read as Python's transformers
 * reads it: what it says of case, accents and Chinese wins over `tokenizer.json`; `options` win over both.
 * Where nobody says it, the folder's name and the vocabulary tell whether texts are lower-cased.
 * @throws PolytagError MODEL_FILE_MISSING, MODEL_FILE_UNREADABLE, MODEL_JSON_INVALID,
 * MODEL_VOCABULARY_INVALID, TOKENIZER_INVALID, TOKENIZER_UNSUPPORTED
 */
export async function readTokenizerSettings(
  folder: string,
  options: TokenizerOptions,
): Promise<TokenizerSettings> {
  const configFile = join(folder, 'tokenizer_config.json');
  const config: JsonObject = (await exists(configFile)) ? await readJsonFile(configFile) : {};
  const configured = { ...optionsOf(configFile, config), ...options };
  const jsonFile = join(folder, 'tokenizer.json');
  if (await exists(jsonFile)) {
    const settings = readTokenizerJson(jsonFile, await readJsonFile(jsonFile));
    return withOptions(settings, configured, jsonFile);
  }
  const vocabularyFile = join(folder, 'vocab.txt');
  if (!(await exists(vocabularyFile))) {
    const purpose = 'the vocabulary; tokenizer.json would do';
    throw polytagError('MODEL_FILE_MISSING', { folder, file: 'vocab.txt', purpose });
  }
  const vocabulary = await readVocabulary(vocabularyFile);
  const lowercase = inferLowerCase(folder, vocabulary);
  const settings = settingsFor(vocabulary, { lowercase, ...configured }, vocabularyFile);
  return options.neverSplit === undefined
    ? { ...settings, addedTokens: [...settings.addedTokens, ...addedTokens(configFile, config)] }
    : settings;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function optionsOf(file: string, config: JsonObject): TokenizerOptions {
  const { tokenizer_class: tokenizerClass, do_basic_tokenize: doBasicTokenize } = config;
  if (typeof tokenizerClass === 'string' && !supportedClass.test(tokenizerClass)) {
    throw polytagError('TOKENIZER_UNSUPPORTED', { file, found: `the class ${tokenizerClass}` });
  }
  if (doBasicTokenize === false) {
    throw polytagError('TOKENIZER_UNSUPPORTED', { file, found: '"do_basic_tokenize": false' });
  }
  return {
    ...flag('lowercase', config.do_lower_case),
    ...flag('stripAccents', config.strip_accents),
    ...flag('chineseCharacters', config.tokenize_chinese_chars),
    ...token('unknownToken', config.unk_token),
    ...token('classificationToken', config.cls_token),
    ...token('separatorToken', config.sep_token),
    ...token('paddingToken', config.pad_token),
    ...token('maskToken', config.mask_token),
  };
}

/** The name of a special token: a string, or an object with a `content`. */
function token(key: string, value: unknown): TokenizerOptions {
  const content = isJsonObject(value) ? value.content : value;
  return typeof content === 'string' ? { [key]: content } : {};
}

function flag(key: string, value: unknown): TokenizerOptions {
  return typeof value === 'boolean' ? { [key]: value } : {};
}

/** `added_tokens_decoder` of tokenizer_config.json: id to token. */
function addedTokens(file: string, config: JsonObject): TokenizerSettings['addedTokens'] {
  const { added_tokens_decoder: decoder } = config;
  if (!isJsonObject(decoder)) return [];
  return Object.entries(decoder).map(([id, value]) =>
    readAddedToken(file, isJsonObject(value) ? { ...value, id: Number(id) } : value),
  );
}
