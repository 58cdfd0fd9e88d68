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
};
