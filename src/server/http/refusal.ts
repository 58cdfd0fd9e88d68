// Why a request is not answered with what it asked for: one table from kind of refusal to HTTP status.
import { PolytagError } from '../../errors/index.js';

/** Every code that the envelope can carry, with its status. A client may depend on both. */
export const refusalStatus = {
  REQUEST_INVALID: 400,
  BODY_INVALID: 400,
  TEXT_EMPTY: 400,
  LANGUAGE_UNSUPPORTED: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  MODEL_UNKNOWN: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  BODY_TOO_LARGE: 413,
  TEXT_TOO_LONG: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  RATE_LIMITED: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  QUEUE_FULL: 503,
  TOO_BUSY: 503,
  DEADLINE: 503,
  SERVICE_CLOSING: 503,
} as const;

export type RefusalCode = keyof typeof refusalStatus;

/** A request that is refused, with what its sender is told. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  get status(): (typeof refusalStatus)[RefusalCode] {
    return refusalStatus[this.code];
  }
}

/** The client went away: nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

const passedOn: ReadonlySet<string> = new Set<RefusalCode>([
  'REQUEST_INVALID',
  'QUEUE_FULL',
  'SERVICE_CLOSING',
]);

/**
 * What the sender is told about `error`. Only sentences that were written for clients get out: those of a
 * failure in here may name files and texts of others.
 */
export function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof PolytagError && passedOn.has(error.code)) {
    return new Refusal(error.code as RefusalCode, error.message);
  }
  return new Refusal('INTERNAL', 'the service failed at this request; its log says why');
}

/** Seconds after which a refused client should try again, as Retry-After says it. */
const retryAfterSeconds = 1;

/** The headers that go with a refusal. */
export function refusalHeaders(refusal: Refusal): Record<string, string> {
  const headers: Record<string, string> = { ...refusal.headers };
  if (refusal.status === 503 || refusal.status === 429)
    headers['retry-after'] ??= String(retryAfterSeconds);
  return headers;
}

/**
 * The JSON of a refusal. `description` and `type` are where bert-as-service 1.10 put the reason, for programs
 * that read it there.
 */
export function refusalRecord(refusal: Refusal): Record<string, unknown> {
  const { status, code, message } = refusal;
  return { status, error: { code, message }, message, description: message, type: code };
}
