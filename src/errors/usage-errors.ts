// Errors in how a command or function was called.
import { entry } from './entry.js';

export const usageErrors = {
  OPTION_INVALID: entry<{ option: string; value: string; expected: string }>(
    'An option holds a value that it cannot take.',
    'Give a value of the kind named in the message; `polytag COMMAND --help` lists all options.',
    ({ option, value, expected }) => `${option} is "${value}"; expected ${expected}`,
  ),
};
