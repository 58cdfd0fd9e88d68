// Which pages of other origins may read answers (Fetch Standard, CORS): none, unless the owner names them.
import type { RequestHead } from './request-head.js';

/** Headers of answers that such a page may read. */
const exposed = 'Retry-After, X-Request-Id, Server-Timing';
/** How long a browser may remember what it was allowed, in seconds. */
const rememberedSeconds = 600;

export class CrossOrigin {
  readonly #origins: readonly string[];

  /** @param origins `*`, one, or several with commas between; empty for none */
  constructor(origins: string) {
    this.#origins = origins
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== '');
  }

  isPreflight({ headers }: RequestHead): boolean {
    return (
      headers.get('origin') !== undefined &&
      headers.get('access-control-request-method') !== undefined
    );
  }

  /** Nothing for an origin that is not allowed: the browser then keeps the answer from its page. */
  headersFor({ headers }: RequestHead): Record<string, string> {
    const allowed = this.#allowed(headers.get('origin'));
    if (allowed === undefined) return {};
    return {
      'access-control-allow-origin': allowed,
      'access-control-expose-headers': exposed,
      ...(allowed === '*' ? {} : { vary: 'Origin' }),
    };
  }

  /** @param methods of the path, in lower case */
  preflightHeaders(head: RequestHead, methods: readonly string[]): Record<string, string> {
    if (this.#allowed(head.headers.get('origin')) === undefined) return {};
    return {
      ...this.headersFor(head),
      'access-control-allow-methods': methods.map((method) => method.toUpperCase()).join(', '),
      'access-control-allow-headers': 'Authorization, Content-Type, X-Api-Key, X-Request-Id',
      'access-control-max-age': String(rememberedSeconds),
    };
  }

  #allowed(origin: string | undefined): string | undefined {
    if (origin === undefined) return undefined;
    if (this.#origins.includes('*')) return '*';
    return this.#origins.includes(origin) ? origin : undefined;
  }
}
