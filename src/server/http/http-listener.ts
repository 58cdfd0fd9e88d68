// Opens the HTTP side of the encoder service, and closes it without losing what it has accepted.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { polytagError } from '../../errors/index.js';
import type { EncodingService } from '../encoder/encoding-service.js';
import { Admission } from './admission.js';
import { createEncoderApp } from './encoder-app.js';
import { HeldBytes } from './held-bytes.js';
import { type HttpLimits, httpLimits } from './http-limits.js';
import { ProxyStatus } from './proxy-status.js';
import { refuseBrokenRequests } from './socket-refusal.js';

const headerBytes = 16 * 1024;
const keepAliveMilliseconds = 5000;
/** How often connections that have become idle are looked for, while closing. */
const sweepMilliseconds = 25;
/** Bytes of all answers that wait to be taken. */
const answerBytes = 1024 << 20;

export interface HttpListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Origins that may read answers: `*`, one, or several with commas between; empty for none. */
  readonly cors: string;
  /** Encode requests at work at a time; a few more wait, others are refused with 503. */
  readonly maxConnections: number;
  /** Greatest size of a request body, in bytes. Default 16 MiB. */
  readonly bodyBytes?: number | undefined;
  /** Other limits, where the defaults do not fit. */
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Hears of failures that clients only see as a 500. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

export interface HttpListener {
  readonly host: string;
  readonly port: number;
  /**
   * Takes no more requests, lets those at work and in line finish within `graceMilliseconds`, then cuts
   * off the rest. Resolves when the last connection is gone.
   */
  close(options: { readonly graceMilliseconds: number }): Promise<void>;
}

function createNodeServer(limits: HttpLimits): Server {
  const server = createServer({
    maxHeaderSize: headerBytes,
    headersTimeout: limits.headersMilliseconds,
    requestTimeout: limits.requestMilliseconds,
    keepAliveTimeout: keepAliveMilliseconds,
    connectionsCheckingInterval: limits.checkMilliseconds,
  });
  server.maxConnections = limits.sockets;
  refuseBrokenRequests(server);
  return server;
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'the port is in use';
  if (error.code === 'EACCES') return 'this user may not use the port';
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return 'this machine does not have that address';
  }
  return error.message;
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(polytagError('PORT_UNAVAILABLE', { host, port, reason: reasonOf(error) }));
    });
    // The flags' way to say all of the machine's addresses.
    server.listen({ host: host === '*' ? '0.0.0.0' : host, port }, () => {
      resolve(server.address() as AddressInfo);
    });
  });
}

function closeServer(server: Server, graceMilliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, sweepMilliseconds);
    const grace = setTimeout(() => {
      server.closeAllConnections();
    }, graceMilliseconds);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(grace);
      resolve();
    });
  });
}

/**
 * Serves the encoder service over HTTP: POST /encode, GET /status/server, /status/client, /health,
 * /openapi.json, and the dashboard at /.
 * @throws PolytagError PORT_UNAVAILABLE
 */
export async function listenHttp(
  service: EncodingService,
  options: HttpListenerOptions,
): Promise<HttpListener> {
  const { host, maxConnections } = options;
  const { bodyBytes } = options;
  const limits = httpLimits(maxConnections, {
    ...options.limits,
    ...(bodyBytes === undefined ? {} : { bodyBytes }),
  });
  let closed: Promise<void> | undefined;
  const resources = {
    service,
    limits,
    admission: new Admission({
      places: maxConnections,
      line: limits.waitingRequests,
      waitMilliseconds: limits.waitMilliseconds,
    }),
    heldBodies: new HeldBytes(limits.heldBytes),
    heldAnswers: new HeldBytes(answerBytes),
    proxy: new ProxyStatus(),
    isClosing: () => closed !== undefined,
    onFailure: options.onFailure ?? (() => undefined),
  };
  const server = createNodeServer(limits);
  const app = createEncoderApp({ resources, cors: options.cors, host });
  // The program around us keeps its own global Request and Response.
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  server.on('request', (incoming, outgoing) => void answer(incoming, outgoing));
  const { port } = await listen(server, host, options.port);
  return {
    host,
    port,
    close: ({ graceMilliseconds }) => (closed ??= closeServer(server, graceMilliseconds)),
  };
}
