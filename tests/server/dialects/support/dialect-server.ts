// Dialects on a real socket: routes and bodies as the service finds and reads them, and nothing else of it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Dialect, DialectAnswer } from '../../../../src/server/dialects/dialect.js';
import { HeldBytes } from '../../../../src/server/http/held-bytes.js';
import { httpLimits } from '../../../../src/server/http/http-limits.js';
import { Refusal, refusalFor, refusalHeaders } from '../../../../src/server/http/refusal.js';
import { readRouteBody } from '../../../../src/server/http/route-body.js';
import { RouteTable } from '../../../../src/server/http/route-table.js';
import type { ScoringService } from '../../../../src/server/scoring/scoring-service.js';

/** Texts of one request at most, small enough to be gone beyond. */
export const textsPerRequest = 8;

export interface DialectServer {
  readonly url: string;
  /** What went wrong that no client is to blame for. */
  readonly failures: readonly unknown[];
}

async function send(outgoing: ServerResponse, answer: DialectAnswer): Promise<void> {
  const { status = 200, body, bytes, contentType = 'application/json', headers } = answer;
  const isEmpty = body === undefined && bytes === undefined;
  outgoing.writeHead(status, { ...(isEmpty ? {} : { 'content-type': contentType }), ...headers });
  if (bytes === undefined) outgoing.end(isEmpty ? '' : JSON.stringify(body));
  else if (typeof bytes === 'string' || bytes instanceof Uint8Array) outgoing.end(bytes);
  else {
    for await (const piece of bytes) outgoing.write(piece);
    outgoing.end();
  }
}

/** Serves until the test that asked for it has finished. */
export async function serveDialects(
  dialects: readonly Dialect[],
  service: ScoringService,
): Promise<DialectServer> {
  const failures: unknown[] = [];
  const table = new RouteTable(dialects);
  const limits = httpLimits(10, { bodyBytes: 1 << 20 });
  const held = new HeldBytes(limits.heldBytes);
  const answer = async (incoming: IncomingMessage): Promise<DialectAnswer> => {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const found = table.find((incoming.method ?? '').toLowerCase(), url.pathname);
    const lease = held.lease();
    try {
      if (found === undefined) throw new Refusal('NOT_FOUND', 'there is nothing here');
      const body = await readRouteBody(incoming, found.route, limits, lease);
      const get = (name: string): string | undefined => {
        const value = incoming.headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(', ') : value;
      };
      const timings = { tokenize: 0, queue: 0, compute: 0 };
      const request = {
        ...body,
        parameters: found.parameters,
        query: url.searchParams,
        headers: { get },
        requestId: 'test',
        origin: `http://${incoming.headers.host ?? 'localhost'}`,
        limits: { texts: textsPerRequest, bodyBytes: limits.bodyBytes },
        context: { signal: new AbortController().signal, client: '127.0.0.1', timings },
      };
      return await found.route.answer(request, service);
    } catch (error) {
      const refusal = refusalFor(error);
      if (refusal.code === 'INTERNAL') failures.push(error);
      const dialect = found?.dialect ?? table.dialectFor(url.pathname);
      const refused = dialect.refuse(refusal, { requestId: 'test' });
      return { ...refused, headers: { ...refused.headers, ...refusalHeaders(refusal) } };
    } finally {
      lease.end();
    }
  };
  const server = createServer((incoming, outgoing) => {
    void answer(incoming)
      .then((answered) => send(outgoing, answered))
      .catch((error: unknown) => {
        failures.push(error);
        outgoing.destroy();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, failures };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON where the answer is JSON, else its text. */
  readonly body: unknown;
}

/** Sends JSON, or what `init` says instead. */
export async function ask(url: string, body?: unknown, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, {
    ...(body !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
    ...init,
  });
  const text = await response.text();
  const isJson = /^application\/json(;|$)/.test(response.headers.get('content-type') ?? '');
  const parsed: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body: parsed };
}
