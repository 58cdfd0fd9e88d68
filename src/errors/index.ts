// The one catalogue of errors: code, sentence, remedy.
export { type ErrorCode, errorCatalogue } from './catalogue.js';
export { PolytagError, polytagError } from './polytag-error.js';
