// Running services as a user names them: tcp://host:5555, or several with commas between.
import { parseServiceAddress, type ServiceAddress } from '../../client/index.js';

/** Whether an encoder is named by addresses of running services, not as files. */
export function isServiceReference(reference: string): boolean {
  return /^\s*tcp:\/\//i.test(reference);
}

/**
 * The addresses in `tcp://host:5555,tcp://other:5555/5557`; one that is named twice is one.
 *
 * @throws PolytagError OPTION_INVALID
 */
export function parseServiceReference(reference: string): ServiceAddress[] {
  const addresses = reference.split(',').map((word) => parseServiceAddress(word.trim()));
  return [...new Map(addresses.map((address) => [JSON.stringify(address), address])).values()];
}
