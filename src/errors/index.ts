// The one catalogue of errors: code, sentence, remedy.
export type { ErrorCode } from './catalogue.js';
export { PolytagError, polytagError } from './polytag-error.js';
