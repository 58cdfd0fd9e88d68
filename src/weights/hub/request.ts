// Sends one request to the hub: redirects, timeouts, and the token only to whom it belongs.
import { polytagError } from '../../errors/index.js';

const mostRedirects = 8;
const largestText = 64 * 2 ** 20;
// A mirror may pass a request on to the hub itself, which is where tokens come from.
const hubOrigin = 'https://huggingface.co';

/** Who asks, and how patiently. */
export interface HubClient {
  readonly endpoint: string;
  readonly token: string | undefined;
  /** Milliseconds until the first bytes of an answer. */
  readonly answerTimeout: number;
  /** Milliseconds between two pieces of a body. */
  readonly silenceTimeout: number;
}

/** One request. */
export interface HubRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** False: a redirect that leaves the hub is the answer; its headers describe the file. Default true. */
  readonly leaveHub?: boolean;
}

/** The answer to a request, after redirects. */
export interface HubAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The address that answered. */
  readonly url: string;
  /** Whether the hub itself answered, and not a storage host that it sent us to. */
  readonly fromHub: boolean;
  /** `X-Linked-Etag`, else `ETag`, as the hub last said it; null if it did not. */
  readonly etag: string | null;
  /** The body in pieces, decoded. Throws a PassingFailure where it breaks off or falls silent. */
  body(): AsyncGenerator<Uint8Array, void>;
  /** The body as text; at most 64 MiB. */
  text(): Promise<string>;
  /** Gives the connection up; to be called where the body is not read to its end. */
  discard(): void;
}

/** A failure that may pass: a broken connection, silence, or an answer such as 503. */
export class PassingFailure extends Error {
  override readonly name = 'PassingFailure';

  /** @param wait milliseconds that the server asks to wait; null if it does not say */
  constructor(
    reason: string,
    readonly wait: number | null = null,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

/**
 * Sends `request`, following redirects. The token goes to the endpoint's origin (and to the hub's own,
 * if a mirror passes us on), never to another host or port, and never from https to http.
 *
 * @throws PassingFailure, PolytagError HUB_ANSWER_INVALID, or the signal's reason
 */
export async function send(client: HubClient, request: HubRequest): Promise<HubAnswer> {
  let url = new URL(request.url);
  let etag: string | null = null;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const fromHub = isHub(client, url);
    const exchange = new Exchange(client, request.signal);
    const response = await exchange.open(url, {
      method: request.method,
      redirect: 'manual',
      headers: {
        // Compressed pieces could be neither counted nor continued.
        'Accept-Encoding': 'identity',
        'User-Agent': `polytag; node/${process.versions.node}`,
        ...request.headers,
        ...(fromHub && client.token !== undefined
          ? { Authorization: `Bearer ${client.token}` }
          : {}),
      },
    });
    if (fromHub) {
      etag = response.headers.get('x-linked-etag') ?? response.headers.get('etag') ?? etag;
    }
    const target = redirectTarget(response, url);
    if (target === null || (request.leaveHub === false && !isHub(client, target))) {
      return answer(exchange, response, { url, fromHub, etag });
    }
    exchange.close();
    url = target;
  }
  throw polytagError('HUB_ANSWER_INVALID', {
    address: request.url,
    reason: `it redirects more than ${mostRedirects} times`,
  });
}

function isHub(client: HubClient, url: URL): boolean {
  return url.origin === new URL(client.endpoint).origin || url.origin === hubOrigin;
}

function redirectTarget(response: Response, from: URL): URL | null {
  const location = response.headers.get('location');
  if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
    return null;
  }
  const target = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (target === null || !['http:', 'https:'].includes(target.protocol)) {
    throw polytagError('HUB_ANSWER_INVALID', {
      address: from.href,
      reason: 'it redirects to something that is not an http(s) address',
    });
  }
  return target;
}

function answer(
  exchange: Exchange,
  response: Response,
  about: { url: URL; fromHub: boolean; etag: string | null },
): HubAnswer {
  return {
    status: response.status,
    headers: response.headers,
    url: about.url.href,
    fromHub: about.fromHub,
    etag: about.etag,
    body: () => exchange.read(response),
    text: () => readText(exchange.read(response), about.url.href),
    discard: () => {
      exchange.close();
    },
  };
}

async function readText(body: AsyncIterable<Uint8Array>, address: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > largestText) {
      throw polytagError('HUB_ANSWER_INVALID', { address, reason: 'it is over 64 MiB long' });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** One connection under a watch that ends it when nothing arrives for too long. */
class Exchange {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private readonly forwardAbort = (): void => {
    this.controller.abort(this.signal?.reason);
  };

  constructor(
    private readonly client: HubClient,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async open(url: URL, options: RequestInit): Promise<Response> {
    this.signal?.throwIfAborted();
    this.signal?.addEventListener('abort', this.forwardAbort, { once: true });
    this.watch(this.client.answerTimeout);
    try {
      return await fetch(url, { ...options, signal: this.controller.signal });
    } catch (error) {
      throw this.explain(error);
    } finally {
      clearTimeout(this.timer);
    }
  }

  async *read(response: Response): AsyncGenerator<Uint8Array, void> {
    if (response.body === null) {
      this.close();
      return;
    }
    const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
    try {
      for (;;) {
        this.watch(this.client.silenceTimeout);
        const piece = await reader.read();
        clearTimeout(this.timer);
        if (piece.done) {
          return;
        }
        yield piece.value;
      }
    } catch (error) {
      throw this.explain(error);
    } finally {
      this.close();
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.signal?.removeEventListener('abort', this.forwardAbort);
    this.controller.abort(new Error('closed'));
  }

  private watch(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.controller.abort(new PassingFailure(`nothing arrived for ${milliseconds / 1000} s`));
    }, milliseconds);
  }

  private explain(error: unknown): Error {
    clearTimeout(this.timer);
    if (this.signal?.aborted) {
      const reason: unknown = this.signal.reason;
      return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
    }
    return error instanceof PassingFailure
      ? error
      : new PassingFailure(rootCause(error), null, { cause: error });
  }
}

// fetch wraps what happened ("connect ECONNREFUSED ..") in errors that say nothing.
function rootCause(error: unknown): string {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) {
    cause = cause.cause;
  }
  if (cause instanceof AggregateError && cause.errors.length > 0) {
    return rootCause(cause.errors[0]);
  }
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
