// Decides who may do what: by key where there are keys, by where they come from where there are none.
import { Refusal } from '../../http/refusal.js';
import type { Access, RequestHeaders } from '../operations.js';
import { type ApiKeys, presentedKey } from './api-keys.js';
import { isLoopback, refuseForeignPages } from './exposure.js';

export interface DoorOptions {
  /** Where the service listens. */
  readonly host: string;
  /** Undefined where no key is needed. */
  readonly keys?: ApiKeys | undefined;
  /** Names besides loopback's under which a service without keys is reached, through a proxy on its machine. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Origins whose pages may ask a service without keys; `*` for all. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Hears whose rate was exceeded. */
  readonly onLimited?: ((client: string) => void) | undefined;
}

export class Doorkeeper {
  constructor(private readonly options: DoorOptions) {}

  /** @throws Refusal UNAUTHORIZED, FORBIDDEN, RATE_LIMITED */
  authorize(
    headers: RequestHeaders,
    access: Access,
    address: string,
    queryKey?: string,
  ): { client: string } {
    const { keys, onLimited } = this.options;
    if (keys === undefined) {
      this.#authorizeWithoutKey(headers, access);
      return { client: address };
    }
    const { name, isAdmin } = keys.enter(presentedKey(headers, queryKey), onLimited);
    if (access === 'admin' && !isAdmin) {
      throw new Refusal('FORBIDDEN', 'this needs the API key of an admin');
    }
    return { client: name };
  }

  #authorizeWithoutKey(headers: RequestHeaders, access: Access): void {
    const { host, allowedHosts, allowedOrigins } = this.options;
    if (isLoopback(host)) refuseForeignPages(headers, allowedHosts, allowedOrigins);
    else if (access === 'admin') {
      throw new Refusal(
        'FORBIDDEN',
        'a service that other machines reach takes this only with the API key of an admin, and it has no keys',
      );
    }
  }
}
