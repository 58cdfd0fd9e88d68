// Opens a port for HTTP, and closes it without losing what it has accepted.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { polytagError } from '../../errors/index.js';
import type { HttpLimits } from './http-limits.js';
import { boundSockets } from './socket-places.js';
import { refuseBrokenRequests } from './socket-refusal.js';

const headerBytes = 16 * 1024;
const keepAliveMilliseconds = 5000;
/** How often connections that have become idle are looked for, while closing. */
const sweepMilliseconds = 25;

export interface HttpListener {
  readonly host: string;
  readonly port: number;
  /**
   * Takes no more requests, lets those at work and in line finish within `graceMilliseconds`, then cuts
   * off the rest. Resolves when the last connection is gone.
   */
  close(options: { readonly graceMilliseconds: number }): Promise<void>;
}

export interface NodeListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly limits: HttpLimits;
  readonly answer: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<unknown>;
  /** Told when the end begins. */
  readonly onClosing: () => void;
}

function createNodeServer(limits: HttpLimits): Server {
  const server = createServer({
    maxHeaderSize: headerBytes,
    headersTimeout: limits.headersMilliseconds,
    requestTimeout: limits.requestMilliseconds,
    keepAliveTimeout: keepAliveMilliseconds,
    connectionsCheckingInterval: limits.checkMilliseconds,
  });
  boundSockets(server, limits.sockets);
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

/** @throws PolytagError PORT_UNAVAILABLE */
export async function openNodeListener(options: NodeListenerOptions): Promise<HttpListener> {
  const { host, limits, answer, onClosing } = options;
  const server = createNodeServer(limits);
  server.on('request', (incoming, outgoing) => void answer(incoming, outgoing));
  const { port } = await listen(server, host, options.port);
  let closed: Promise<void> | undefined;
  return {
    host,
    port,
    close: ({ graceMilliseconds }) => {
      onClosing();
      closed ??= closeServer(server, graceMilliseconds);
      return closed;
    },
  };
}
