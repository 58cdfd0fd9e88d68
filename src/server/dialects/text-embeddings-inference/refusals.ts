// How Text Embeddings Inference says no: kind of refusal to status and error type (its router/src/http/server.rs).
import { Refusal, type RefusalCode } from '../../http/refusal.js';
import type { RequestLimits } from '../dialect.js';
import type { DialectAnswer } from '../dialect.js';

/** Those of the original, and two of ours for keys, where it answers without a body. */
type ErrorType =
  | 'Unhealthy'
  | 'Backend'
  | 'Overloaded'
  | 'Validation'
  | 'Tokenizer'
  | 'Empty'
  | 'Unauthorized'
  | 'Forbidden';

const answers: Readonly<Record<RefusalCode, readonly [status: number, type: ErrorType]>> = {
  REQUEST_INVALID: [422, 'Validation'],
  TEXT_TOO_LONG: [422, 'Validation'],
  LANGUAGE_UNSUPPORTED: [422, 'Validation'],
  TEXT_EMPTY: [400, 'Empty'],
  BODY_INVALID: [400, 'Validation'],
  UNAUTHORIZED: [401, 'Unauthorized'],
  FORBIDDEN: [403, 'Forbidden'],
  NOT_FOUND: [404, 'Validation'],
  METHOD_NOT_ALLOWED: [405, 'Validation'],
  REQUEST_TIMEOUT: [408, 'Validation'],
  BODY_TOO_LARGE: [413, 'Validation'],
  MEDIA_TYPE_UNSUPPORTED: [415, 'Validation'],
  HEADERS_TOO_LARGE: [431, 'Validation'],
  MODEL_UNKNOWN: [424, 'Backend'],
  INTERNAL: [424, 'Backend'],
  RATE_LIMITED: [429, 'Overloaded'],
  QUEUE_FULL: [429, 'Overloaded'],
  TOO_BUSY: [429, 'Overloaded'],
  DEADLINE: [429, 'Overloaded'],
  SERVICE_CLOSING: [503, 'Unhealthy'],
};

/** The envelope: `{"error": "...", "error_type": "Validation"}`. */
export function refuse({ code, message }: Refusal): DialectAnswer {
  const [status, type] = answers[code];
  return { status, body: { error: message, error_type: type } };
}

/** @throws Refusal REQUEST_INVALID for more texts than one request may have, TEXT_EMPTY for none */
export function checkBatch(size: number, limits: RequestLimits, name = 'inputs'): void {
  if (size === 0) throw new Refusal('TEXT_EMPTY', `\`${name}\` cannot be empty`);
  if (size <= limits.texts) return;
  const problem = `batch size ${size} > maximum allowed batch size ${limits.texts}`;
  throw new Refusal('REQUEST_INVALID', problem);
}

/** @throws Refusal TEXT_EMPTY */
export function checkText(isEmpty: boolean, name = 'inputs'): void {
  if (!isEmpty) return;
  throw new Refusal('TEXT_EMPTY', `Input validation error: \`${name}\` cannot be empty`);
}
