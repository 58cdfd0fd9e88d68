// How the Perspective API says no: Google's envelope, with the kind of error that its clients look for.
import { Refusal, type RefusalCode } from '../../http/refusal.js';
import type { DialectAnswer } from '../dialect.js';

/** Kinds of error, as Perspective documented them. */
export type ErrorType =
  | 'COMMENT_TOO_LONG'
  | 'COMMENT_EMPTY'
  | 'NO_REQUESTED_ATTRIBUTES'
  | 'LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE'
  | 'INVALID_REQUEST';

const codes: Readonly<Record<ErrorType, RefusalCode>> = {
  COMMENT_TOO_LONG: 'REQUEST_INVALID',
  COMMENT_EMPTY: 'TEXT_EMPTY',
  NO_REQUESTED_ATTRIBUTES: 'REQUEST_INVALID',
  LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE: 'LANGUAGE_UNSUPPORTED',
  INVALID_REQUEST: 'REQUEST_INVALID',
};

/** A refusal in Perspective's own words. */
export class PerspectiveRefusal extends Refusal {
  /** @param details members of the error's detail beside its type */
  constructor(
    readonly errorType: ErrorType,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(codes[errorType], message);
  }
}

/** HTTP status and canonical code (google/rpc/code.proto) of what this service refuses by itself. */
const answers: Readonly<Record<RefusalCode, readonly [status: number, canonical: string]>> = {
  REQUEST_INVALID: [400, 'INVALID_ARGUMENT'],
  BODY_INVALID: [400, 'INVALID_ARGUMENT'],
  TEXT_EMPTY: [400, 'INVALID_ARGUMENT'],
  LANGUAGE_UNSUPPORTED: [400, 'INVALID_ARGUMENT'],
  TEXT_TOO_LONG: [400, 'INVALID_ARGUMENT'],
  UNAUTHORIZED: [401, 'UNAUTHENTICATED'],
  FORBIDDEN: [403, 'PERMISSION_DENIED'],
  NOT_FOUND: [404, 'NOT_FOUND'],
  MODEL_UNKNOWN: [404, 'NOT_FOUND'],
  METHOD_NOT_ALLOWED: [405, 'INVALID_ARGUMENT'],
  REQUEST_TIMEOUT: [408, 'DEADLINE_EXCEEDED'],
  BODY_TOO_LARGE: [413, 'INVALID_ARGUMENT'],
  MEDIA_TYPE_UNSUPPORTED: [415, 'INVALID_ARGUMENT'],
  RATE_LIMITED: [429, 'RESOURCE_EXHAUSTED'],
  HEADERS_TOO_LARGE: [431, 'INVALID_ARGUMENT'],
  INTERNAL: [500, 'INTERNAL'],
  QUEUE_FULL: [503, 'UNAVAILABLE'],
  TOO_BUSY: [503, 'UNAVAILABLE'],
  SERVICE_CLOSING: [503, 'UNAVAILABLE'],
  DEADLINE: [503, 'UNAVAILABLE'],
};

/** The kind of error of a refusal that is not in Perspective's words. */
const generalTypes: Readonly<Partial<Record<RefusalCode, ErrorType>>> = {
  REQUEST_INVALID: 'INVALID_REQUEST',
  BODY_INVALID: 'INVALID_REQUEST',
  TEXT_EMPTY: 'COMMENT_EMPTY',
  TEXT_TOO_LONG: 'COMMENT_TOO_LONG',
  BODY_TOO_LARGE: 'COMMENT_TOO_LONG',
};

function detailOf(refusal: Refusal): Record<string, unknown> | undefined {
  const errorType =
    refusal instanceof PerspectiveRefusal ? refusal.errorType : generalTypes[refusal.code];
  if (errorType === undefined) return undefined;
  return {
    '@type': 'type.googleapis.com/google.commentanalyzer.v1alpha1.Error',
    errorType,
    ...(refusal instanceof PerspectiveRefusal && refusal.details),
  };
}

/** The envelope: `{"error": {"code": 400, "message": "...", "status": "INVALID_ARGUMENT", "details": [...]}}`. */
export function refuse(refusal: Refusal): DialectAnswer {
  const [code, status] = answers[refusal.code];
  const detail = detailOf(refusal);
  return {
    status: code,
    body: {
      error: { code, message: refusal.message, status, ...(detail && { details: [detail] }) },
    },
  };
}
