// What a client reads out of a service's configuration, as SHOW_CONFIG tells it.
import { polytagError } from '../errors/index.js';
import type { ClientSettings } from './client-options.js';
import { formatServiceAddress } from './service-address.js';

/** The version of bert-as-service whose protocol the client speaks. */
export const protocolVersion = '1.10.0';

/** A configuration or status: the service's flags by their names, and more. */
export type ServiceRecord = Readonly<Record<string, unknown>>;

/** What a client warns by. */
export interface ServiceLimits {
  /** Tokens of a text that the service reads; nothing if it is not known, not checked or without limit. */
  readonly maximalTokens: number | undefined;
  /** Whether the service shows tokens; nothing if that is not checked. */
  readonly showsTokens: boolean | undefined;
}

/**
 * Checks a configuration as the settings ask for.
 * @throws PolytagError SERVICE_VERSION
 */
export function checkConfig(config: ServiceRecord, settings: ClientSettings): ServiceLimits {
  const version = config['server_version'];
  if (settings.checks.version && version !== protocolVersion) {
    throw polytagError('SERVICE_VERSION', {
      address: formatServiceAddress(settings.address),
      version: typeof version === 'string' ? version : 'unknown',
      expected: protocolVersion,
    });
  }
  const limit = config['max_seq_len'];
  return {
    maximalTokens: settings.checks.length && typeof limit === 'number' ? limit : undefined,
    showsTokens: settings.checks.tokens ? config['show_tokens_to_client'] === true : undefined,
  };
}
