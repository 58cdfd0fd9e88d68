// The vocabulary of a model: its tokens in the order of their ids, their number, and whether they are lower-case.
import { basename, resolve } from 'node:path';
import { polytagError } from '../../errors/index.js';
import { isJsonObject, readJsonFile, readTextFile } from '../json-file.js';

const maximalVocabularyBytes = 64 * 2 ** 20;

/**
 * The tokens of a vocab.txt, one a line; a token's id is its line, counted from 0. Lines end with LF or
 * CRLF; the last may lack its end.
 *
 * @throws PolytagError MODEL_FILE_UNREADABLE or MODEL_VOCABULARY_INVALID
 */
export async function readVocabulary(file: string): Promise<string[]> {
  const text = await readTextFile(file, maximalVocabularyBytes);
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (lines.at(-1) === '') {
    lines.pop();
  }
  if (lines.length === 0) {
    throw polytagError('MODEL_VOCABULARY_INVALID', { file, problem: 'it is empty' });
  }
  return lines;
}

/**
 * One more than the largest id in a tokenizer.json.
 *
 * @throws PolytagError MODEL_FILE_UNREADABLE, MODEL_JSON_INVALID or MODEL_VOCABULARY_INVALID
 */
export async function countTokenizerIds(file: string): Promise<number> {
  const { model, added_tokens: addedTokens } = await readJsonFile(file, maximalVocabularyBytes);
  const vocabulary = isJsonObject(model) ? model.vocab : undefined;
  if (!isJsonObject(vocabulary)) {
    const problem = 'it has no object "vocab" under "model"';
    throw polytagError('MODEL_VOCABULARY_INVALID', { file, problem });
  }
  const added = Array.isArray(addedTokens)
    ? addedTokens.map((token) => (isJsonObject(token) ? token.id : undefined))
    : [];
  let count = 0;
  for (const id of [...Object.values(vocabulary), ...added]) {
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
      const problem = 'it has a token whose id is no whole number from 0 on';
      throw polytagError('MODEL_VOCABULARY_INVALID', { file, problem });
    }
    count = Math.max(count, id + 1);
  }
  return count;
}

/**
 * Whether texts are lower-cased before a Google checkpoint sees them; its configuration does not say.
 * The folder's name tells if it is one of Google's own (`uncased_..`, `cased_..`, `multi_cased_..`,
 * `multilingual_..`, `chinese_..`), as in Google's validate_case_matches_checkpoint; else the vocabulary
 * does: a cased one has words with capital letters.
 */
export function inferLowerCase(folder: string, vocabulary: readonly string[]): boolean {
  const name = basename(resolve(folder)).toLowerCase();
  if (/uncased|chinese|multilingual/.test(name)) {
    return true;
  }
  if (name.includes('cased')) {
    return false;
  }
  // Special tokens such as [UNK] are in capitals whatever the texts are.
  return !vocabulary.some((token) => /^[^[\]]{2,}$/.test(token) && token !== token.toLowerCase());
}
