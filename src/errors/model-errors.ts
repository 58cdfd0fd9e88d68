// Errors of encoders and of model folders.
import { entry } from './entry.js';

export const modelErrors = {
  MAX_LENGTH_TOO_LARGE: entry<{ maxLength: number; positions: number }>(
    'The maximal sequence length is above the number of positions that the encoder knows.',
    'Lower --max-length to the number in the message, or use an encoder with more positions.',
    ({ maxLength, positions }) =>
      `--max-length ${maxLength} is over the encoder's ${positions} positions`,
  ),
};
