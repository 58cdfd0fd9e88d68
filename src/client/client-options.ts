// What a client can be told when it connects, checked.
import { randomUUID } from 'node:crypto';
import { polytagError } from '../errors/index.js';
import { isPort, type ServiceAddress } from './service-address.js';
import { checkWaiting } from './waiting.js';

/** How a client connects, and what it checks. */
export interface BertClientOptions {
  /** The host of the service. Default: localhost. */
  readonly ip?: string | undefined;
  /** The port that takes requests, 1 to 65535. Default: 5555. */
  readonly port?: number | undefined;
  /** The port that sends replies, 1 to 65535. Default: 5556. */
  readonly portOut?: number | undefined;
  /** The client's name, 1 to 255 printable ASCII characters except # and @. Default: a random one. */
  readonly identity?: string | undefined;
  /** Milliseconds to wait for an answer, in connecting and for each request. Default: without limit. */
  readonly timeout?: number | undefined;
  /** Insist on a service of version 1.10.0. Default: true. */
  readonly checkVersion?: boolean | undefined;
  /** Warn of texts that are longer than the service reads. Default: true. */
  readonly checkLength?: boolean | undefined;
  /** Warn where tokens are asked for and the service shows none. Default: true. */
  readonly checkTokenInfo?: boolean | undefined;
  /** Connect without waiting for the service, and check nothing. Default: false. */
  readonly ignoreAllChecks?: boolean | undefined;
  /** Gives up connecting when it aborts; it has no part in requests. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each warning, once for each kind. Default: a process warning. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Options with their defaults filled in. */
export interface ClientSettings {
  readonly address: ServiceAddress;
  readonly identity: string;
  readonly timeout: number | undefined;
  readonly checks: {
    readonly version: boolean;
    readonly length: boolean;
    readonly tokens: boolean;
  };
  /** Connect without waiting for the service. */
  readonly unchecked: boolean;
  readonly onWarning: (message: string) => void;
}

// The original splits its job names at # and @ and reads them as ASCII: another name would end its sink.
const identityPattern = /^[!-"$-?A-~]{1,255}$/;

/**
 * Checks options and fills in their defaults.
 * @throws PolytagError OPTION_INVALID
 */
export function readClientOptions(options: BertClientOptions): ClientSettings {
  const { ip = 'localhost', port = 5555, portOut = 5556, identity = randomUUID() } = options;
  checkOption('ip', ip, /^[^\s/[\]]+$/.test(ip), 'a host name or an IP address');
  checkOption('port', port, isPort(port), 'a port from 1 to 65535');
  checkOption('portOut', portOut, isPort(portOut), 'a port from 1 to 65535');
  const named = identityPattern.test(identity);
  checkOption('identity', identity, named, '1 to 255 printable ASCII characters except # and @');
  checkWaiting(options);
  const { ignoreAllChecks: unchecked = false } = options;
  return {
    address: { ip, port, portOut },
    identity,
    timeout: options.timeout,
    checks: {
      version: !unchecked && (options.checkVersion ?? true),
      length: !unchecked && (options.checkLength ?? true),
      tokens: !unchecked && (options.checkTokenInfo ?? true),
    },
    unchecked,
    onWarning: options.onWarning ?? emitWarning,
  };
}

/** @throws PolytagError OPTION_INVALID unless `valid` */
export function checkOption(
  option: string,
  value: string | number,
  valid: boolean,
  expected: string,
): void {
  if (!valid) {
    throw polytagError('OPTION_INVALID', { option, value: String(value), expected });
  }
}

function emitWarning(message: string): void {
  process.emitWarning(message, { type: 'PolytagWarning' });
}
