// Binds sockets to addresses and ports, and says in a sentence why one cannot be had.
import type { Socket } from 'zeromq';
import { polytagError } from '../../errors/index.js';
import { endpointOf } from './listen-addresses.js';

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENODEV: 'this machine does not have the address',
  EPROTONOSUPPORT: 'this kind of address is not available',
  EAFNOSUPPORT: 'this kind of address is not available',
};

/**
 * Binds a socket.
 * @param port 0 for any that is free
 * @returns the port
 * @throws PolytagError PORT_UNAVAILABLE
 */
export async function bindSocket(socket: Socket, address: string, port: number): Promise<number> {
  try {
    await socket.bind(endpointOf(address, port));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    const reason = reasons[code] ?? `ZeroMQ says ${code}`;
    throw polytagError('PORT_UNAVAILABLE', { host: address, port, reason }, { cause });
  }
  const bound = /:(\d+)$/.exec(socket.lastEndpoint ?? '');
  if (bound === null) throw new Error(`a bound socket has an endpoint, not ${socket.lastEndpoint}`);
  return Number(bound[1]);
}
