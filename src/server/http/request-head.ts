// What is read of a request before its body: path, query, id, address, and the place it was sent to.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface RequestHead {
  /** In lower case; `get` also for HEAD. */
  readonly method: string;
  readonly isHead: boolean;
  /** As it was sent, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly requestId: string;
  /** Of the socket's other end. */
  readonly address: string;
  /** `http://host:port`; https where a proxy says so. */
  readonly origin: string;
  readonly headers: { get(name: string): string | undefined };
}

/** An id that a client may give its request: fit for a header and for a line of a log. */
const idPattern = /^[\w.:/+=@-]{1,128}$/;
const hostPattern = /^(?:[A-Za-z0-9](?:[\w.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

function headersOf(incoming: IncomingMessage): RequestHead['headers'] {
  return {
    get: (name) => {
      const value = incoming.headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

/** @param listening what to call the service where the Host header names none: `127.0.0.1:8080` */
export function readHead(incoming: IncomingMessage, listening: string): RequestHead {
  const url = incoming.url ?? '/';
  const middle = url.indexOf('?');
  const headers = headersOf(incoming);
  const given = headers.get('x-request-id');
  const host = headers.get('host');
  const scheme = headers.get('x-forwarded-proto') === 'https' ? 'https' : 'http';
  const method = incoming.method?.toLowerCase() ?? 'get';
  return {
    method: method === 'head' ? 'get' : method,
    isHead: method === 'head',
    path: middle < 0 ? url : url.slice(0, middle),
    query: new URLSearchParams(middle < 0 ? '' : url.slice(middle + 1)),
    requestId: given !== undefined && idPattern.test(given) ? given : randomUUID(),
    address: incoming.socket.remoteAddress ?? 'unknown',
    origin: `${scheme}://${host !== undefined && hostPattern.test(host) ? host : listening}`,
    headers,
  };
}
