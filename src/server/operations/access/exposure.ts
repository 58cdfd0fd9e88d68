// Keeps a service without keys to its own machine, and web pages of others out of it.
import { isIPv4, isIPv6 } from 'node:net';
import { polytagError } from '../../../errors/index.js';
import { Refusal } from '../../http/refusal.js';
import type { RequestHeaders } from '../operations.js';

/** Whether only this machine reaches an address: 127.0.0.0/8, ::1, also mapped, and `localhost`. */
export function isLoopback(host: string): boolean {
  const address = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (address === 'localhost') return true;
  const mapped = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  if (isIPv4(mapped)) return mapped.startsWith('127.');
  return isIPv6(address) && /^[0:]*:0*1$/.test(address);
}

/**
 * Refuses to start a service that strangers could use.
 * @param host where it shall listen
 * @param hasKeys whether requests need a key
 * @param isInsecure whether the owner has said that it is meant so
 * @throws PolytagError EXPOSED_WITHOUT_KEYS
 */
export function checkExposure(host: string, hasKeys: boolean, isInsecure: boolean): void {
  if (!hasKeys && !isInsecure && !isLoopback(host)) {
    throw polytagError('EXPOSED_WITHOUT_KEYS', { host: host === '*' ? 'all addresses' : host });
  }
}

/** The name in a Host header or an origin, without its port. */
function nameOf(authority: string): string | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::\d{1,5})?$/.exec(authority.trim());
  return match?.[1].toLowerCase();
}

/**
 * Refuses requests that a web page of another place makes the user's browser send to a service on loopback that
 * needs no key: such a page can give its own name this machine's address (DNS rebinding), but the browser then
 * says that name; and what it sends across origins says its origin.
 * @param allowedHosts further names under which the service is reached, through a proxy on the same machine
 * @param allowedOrigins origins whose pages may ask, as for CORS; `*` for all
 * @throws Refusal FORBIDDEN
 */
export function refuseForeignPages(
  headers: RequestHeaders,
  allowedHosts: readonly string[] = [],
  allowedOrigins: readonly string[] = [],
): void {
  const host = headers.get('host') ?? undefined;
  const name = host === undefined ? undefined : nameOf(host);
  // A program of HTTP/1.0 may leave it out; browsers never do.
  if (
    host !== undefined &&
    (name === undefined || !(isLoopback(name) || allowedHosts.includes(name)))
  ) {
    throw new Refusal(
      'FORBIDDEN',
      'the Host header names another host than this service; it takes localhost and loopback addresses',
    );
  }
  const origin = headers.get('origin') ?? undefined;
  if (origin === undefined || allowedOrigins.includes('*') || allowedOrigins.includes(origin))
    return;
  if (origin.replace(/^https?:\/\//, '') !== host) {
    throw new Refusal(
      'FORBIDDEN',
      'this service needs no key, and so takes no requests from pages of other origins',
    );
  }
}
