// How OpenAI's API says no: {"error": {message, type, param, code}}, under the status that its clients retry by.
import { Refusal, type RefusalCode } from '../../http/refusal.js';
import type { DialectAnswer } from '../dialect.js';

/** A refusal that names the member of the body which is at fault. */
export class ParameterRefusal extends Refusal {
  constructor(
    readonly parameter: string,
    /** A code of OpenAI's, where it has one for this. */
    readonly apiCode: string | null,
    message: string,
  ) {
    super('REQUEST_INVALID', message);
  }
}

/** Status, type and code of each kind of refusal. */
const answers: Readonly<
  Record<RefusalCode, readonly [status: number, type: string, code: string | null]>
> = {
  REQUEST_INVALID: [400, 'invalid_request_error', null],
  BODY_INVALID: [400, 'invalid_request_error', null],
  TEXT_EMPTY: [400, 'invalid_request_error', null],
  TEXT_TOO_LONG: [400, 'invalid_request_error', 'context_length_exceeded'],
  LANGUAGE_UNSUPPORTED: [400, 'invalid_request_error', null],
  UNAUTHORIZED: [401, 'authentication_error', 'invalid_api_key'],
  FORBIDDEN: [403, 'permission_error', null],
  NOT_FOUND: [404, 'invalid_request_error', 'unknown_url'],
  MODEL_UNKNOWN: [404, 'invalid_request_error', 'model_not_found'],
  METHOD_NOT_ALLOWED: [405, 'invalid_request_error', 'method_not_supported'],
  REQUEST_TIMEOUT: [408, 'timeout', null],
  BODY_TOO_LARGE: [413, 'invalid_request_error', 'request_too_large'],
  MEDIA_TYPE_UNSUPPORTED: [415, 'invalid_request_error', null],
  RATE_LIMITED: [429, 'rate_limit_error', 'rate_limit_exceeded'],
  HEADERS_TOO_LARGE: [431, 'invalid_request_error', null],
  INTERNAL: [500, 'server_error', null],
  QUEUE_FULL: [503, 'server_error', 'overloaded'],
  TOO_BUSY: [503, 'server_error', 'overloaded'],
  SERVICE_CLOSING: [503, 'server_error', 'closing'],
  DEADLINE: [503, 'server_error', 'deadline'],
};

/** Sentences of the schema check begin with the member that they speak of. */
const memberPattern = /^(input|model|encoding_format|dimensions|user|truncate)\b/;

function parameterOf(refusal: Refusal): string | null {
  if (refusal instanceof ParameterRefusal) return refusal.parameter;
  if (refusal.code === 'MODEL_UNKNOWN') return 'model';
  if (refusal.code === 'TEXT_TOO_LONG') return 'input';
  return refusal.code === 'REQUEST_INVALID'
    ? (memberPattern.exec(refusal.message)?.[1] ?? null)
    : null;
}

/** The envelope. */
export function refuse(refusal: Refusal): DialectAnswer {
  const [status, type, general] = answers[refusal.code];
  const code = refusal instanceof ParameterRefusal ? refusal.apiCode : general;
  const { message } = refusal;
  return { status, body: { error: { message, type, param: parameterOf(refusal), code } } };
}
