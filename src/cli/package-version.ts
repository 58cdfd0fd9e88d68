// The version of this package, as package.json has it.
import { readFileSync } from 'node:fs';

/** Such as `0.1.0`. */
export function packageVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(file) as { version: string };
  return version;
}
