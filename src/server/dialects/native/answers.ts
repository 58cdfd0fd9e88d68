// What the routes of the native interface can answer with beside what was asked for, and how they say no.
import type { ApiAnswer } from '../../http/open-api.js';
import type { Refusal } from '../../http/refusal.js';
import type { RequestContext } from '../../scoring/served-model.js';
import type { DialectAnswer } from '../dialect.js';
import { refusalAnswer } from './schemas.js';

function refused(description: string, headers?: Readonly<Record<string, string>>): ApiAnswer {
  return { description, schema: refusalAnswer, headers };
}

const retryAfter = { 'Retry-After': 'Seconds after which to try again.' };

/** What any route can refuse with. */
export const refusals: Readonly<Record<number, ApiAnswer>> = {
  401: refused('An API key is missing, or not known.'),
  403: refused('The API key may not do this.'),
  429: refused('The API key is beyond its rate.', retryAfter),
  500: refused('The service failed; its log says why.'),
  503: refused('Too much to do, or closing.', retryAfter),
};

/** What routes with a body can refuse with as well. */
export const bodyRefusals: Readonly<Record<number, ApiAnswer>> = {
  400: refused('The request cannot be understood; the message says why.'),
  404: refused('No such model.'),
  413: refused('The body or a text is too large.'),
  415: refused('The body is not JSON in UTF-8, or packed in another way than gzip.'),
  ...refusals,
};

export const unknownModel: Readonly<Record<number, ApiAnswer>> = {
  404: refused('No such model, or nothing of this kind in its folder.'),
  ...refusals,
};

/** A refusal of the native interface. */
export function refuseNatively(
  { code, message, status }: Refusal,
  { requestId }: { readonly requestId: string },
): DialectAnswer {
  return { status, body: { error: { code, message }, request_id: requestId } };
}

/** The stages of a request, in milliseconds to three decimals. */
export function timingsRecord({ timings }: RequestContext): Record<string, number> {
  const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;
  return {
    tokenize_ms: rounded(timings.tokenize),
    queue_ms: rounded(timings.queue),
    compute_ms: rounded(timings.compute),
  };
}
