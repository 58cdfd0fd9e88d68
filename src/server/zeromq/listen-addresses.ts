// The addresses at which requests are taken. ZeroMQ does not tell where a message came from, only which socket
// took it: so loopback has a socket of its own wherever it matters who may end the service.
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { polytagError } from '../../errors/index.js';

/** An address to listen at. */
export interface ListenAddress {
  /** IPv4 or IPv6. */
  readonly address: string;
  /** Whether whoever connects there may end the service. */
  readonly mayTerminate: boolean;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** All addresses of the machine, in the words of users and of ZeroMQ. */
const everyIPv4: readonly string[] = ['', '*', '0.0.0.0'];
const everyIPv6: readonly string[] = ['::', '[::]'];

/**
 * The address that stands for `host`: an IP address, `0.0.0.0` or `::`.
 * @throws PolytagError PORT_UNAVAILABLE when a name has no address
 */
export async function resolveHost(host: string, port: number): Promise<string> {
  if (everyIPv4.includes(host)) return '0.0.0.0';
  if (everyIPv6.includes(host)) return '::';
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) return bare;
  try {
    // As the original: a name that has both is listened at by IPv4.
    const { address } = await lookup(host, { verbatim: false });
    return address;
  } catch (cause) {
    const reason = 'this name has no address';
    throw polytagError('PORT_UNAVAILABLE', { host, port, reason }, { cause });
  }
}

/**
 * The addresses at which a service takes requests that is to listen at `address`. At all of the machine's, and
 * with the right to end the service kept to the machine itself, each is listened at apart.
 */
export function listenAddresses(address: string, allowRemoteTermination: boolean): ListenAddress[] {
  const isEvery = address === '0.0.0.0' || address === '::';
  if (!isEvery || allowRemoteTermination) {
    return [{ address, mayTerminate: allowRemoteTermination || isLoopback(address) }];
  }
  const withIPv6 = address === '::';
  const found = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  const own = found
    // A link-local address of IPv6 means nothing without its interface.
    .filter(({ family, scopeid = 0 }) => family === 'IPv4' || (withIPv6 && scopeid === 0))
    .map((one) => one.address);
  const all = new Set(['127.0.0.1', ...own]);
  return [...all].map((one) => ({ address: one, mayTerminate: isLoopback(one) }));
}

/** The address in ZeroMQ's words; port 0 is any that is free. */
export function endpointOf(address: string, port: number): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `tcp://${host}:${port === 0 ? '*' : port}`;
}

function isLoopback(address: string): boolean {
  return loopback.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
