// Errors of encoders and of model folders.
import { entry } from './entry.js';

export const modelErrors = {
  MAX_LENGTH_TOO_LARGE: entry<{ maxLength: number; positions: number }>(
    'The maximal sequence length is above the number of positions that the encoder knows.',
    'Lower --max-length to the number in the message, or use an encoder with more positions.',
    ({ maxLength, positions }) =>
      `--max-length ${maxLength} is over the encoder's ${positions} positions`,
  ),
  TOKENIZER_INVALID: entry<{ file: string; problem: string }>(
    'The files of a tokenizer are damaged or lack a part.',
    'Use the tokenizer files that the model was trained with; fetch them again from the same place.',
    ({ file, problem }) => `the tokenizer ${file} cannot be used: ${problem}`,
  ),
  TOKENIZER_UNSUPPORTED: entry<{ file: string; found: string }>(
    'A tokenizer cuts texts otherwise than BERT does.',
    'Use an encoder with a BertTokenizer: BertNormalizer, BertPreTokenizer, WordPiece, [CLS] text [SEP].',
    ({ file, found }) => `${file} has ${found}; expected a WordPiece tokenizer of the BERT kind`,
  ),
  POOLER_MISSING: entry<{ folder: string }>(
    'The pooling "pooler" was asked of an encoder that was saved without its pooler.',
    'Choose another pooling (mean, max, first); a DistilBERT never has a pooler.',
    ({ folder }) => `the encoder ${folder} has no pooler`,
  ),
  BASELINE_INVALID: entry<{ file: string; problem: string }>(
    'The file of a linear baseline is damaged, or something else under this name.',
    'Copy the model folder again, or train again to make a new baseline.',
    ({ file, problem }) => `${file} is not a usable linear baseline: ${problem}`,
  ),
  CLASSIFIER_MISSING: entry<{ folder: string; found: string }>(
    'A folder that should hold a trained classifier has no polytag.json.',
    'Name the folder that polytag train wrote; encoders are for polytag encode and for train --encoder.',
    ({ folder, found }) => `${folder} holds no classifier trained by polytag: it is ${found}`,
  ),
  MODEL_RECORD_INVALID: entry<{ file: string; problem: string }>(
    'The record of a trained classifier, polytag.json, is damaged or was written by something else.',
    'Copy the model folder again, or train again.',
    ({ file, problem }) => `${file} cannot be used: ${problem}`,
  ),
  MODEL_RECORD_NEWER: entry<{ file: string; format: number; known: number; writer: string }>(
    'A trained classifier was written by a newer version of polytag.',
    'Update polytag to the version that wrote the model, or a later one.',
    ({ file, format, known, writer }) =>
      `${file} has the format ${format} of polytag ${writer}; this version reads formats up to ${known}`,
  ),
  THRESHOLDS_FOREIGN: entry<{ file: string }>(
    'The file of thresholds that were changed after training, serving.json, belongs to another model.',
    'Delete the file to decide by the thresholds of training; `polytag thresholds --write` chooses others.',
    ({ file }) => `${file} holds thresholds of another model than the one beside it`,
  ),
  MODEL_FILE_CHANGED: entry<{ folder: string; file: string }>(
    'A file of a trained classifier has other bytes than those that polytag wrote.',
    'Copy the model folder again from where it was trained; a file that was edited on purpose makes another model: train it.',
    ({ folder, file }) => `${file} in ${folder} has changed since the model was written`,
  ),
};
