// Where an encoder service listens: a host and two ports, and how that is written as one word.
import { polytagError } from '../errors/index.js';

/** Where an encoder service listens. */
export interface ServiceAddress {
  /** A host name or an IP address; an IPv6 address without brackets. */
  readonly ip: string;
  /** The port that takes requests. */
  readonly port: number;
  /** The port that sends replies. */
  readonly portOut: number;
}

const pattern = /^tcp:\/\/(\[[\da-f:.]+\]|[^\s:/[\]]+):(\d{1,5})(?:\/(\d{1,5}))?$/i;
const maximalPort = 65_535;

/**
 * Reads `tcp://host:5555/5556`, or `tcp://host:5555` where replies come from the next port. IPv6 addresses
 * stand in brackets.
 * @throws PolytagError OPTION_INVALID for anything else
 */
export function parseServiceAddress(text: string): ServiceAddress {
  const parts = pattern.exec(text);
  const port = Number(parts?.[2]);
  const portOut = parts?.[3] === undefined ? port + 1 : Number(parts[3]);
  if (!parts || !isPort(port) || !isPort(portOut)) {
    throw polytagError('OPTION_INVALID', {
      option: 'the address of the service',
      value: text,
      expected: 'tcp://HOST:PORT or tcp://HOST:PORT/PORT_OUT, with ports from 1 to 65535',
    });
  }
  return { ip: parts[1].replace(/^\[|\]$/g, ''), port, portOut };
}

/** The address as `parseServiceAddress` reads it. */
export function formatServiceAddress({ ip, port, portOut }: ServiceAddress): string {
  return `tcp://${bracketed(ip)}:${port}/${portOut}`;
}

/** What ZeroMQ calls the address of one port. */
export function endpointOf(ip: string, port: number): string {
  return `tcp://${bracketed(ip)}:${port}`;
}

/** Whether a service can listen at this port. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= maximalPort;
}

function bracketed(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip;
}
