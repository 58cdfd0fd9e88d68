// The error that a user can cause: a code, a sentence that says what is wrong with what, and what to do.
import { type ErrorCode, type ErrorDetails, errorCatalogue } from './catalogue.js';

/**
 * An error that a user can cause and mend. The command line prints its message and remedy without a
 * stack; any other error is a bug and shows its stack.
 */
export class PolytagError extends Error {
  override readonly name = 'PolytagError';

  /**
   * @param code stable identifier, documented in docs/errors.md
   * @param message one sentence that names the thing and what is wrong with it
   * @param remedy what to do about it
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Makes the error of the catalogue entry `code`, its sentence filled in from `details`. */
export function polytagError<Code extends ErrorCode>(
  code: Code,
  details: ErrorDetails<Code>,
  options?: ErrorOptions,
): PolytagError {
  const entry = errorCatalogue[code];
  return new PolytagError(code, entry.sentence(details as never), entry.remedy, options);
}
