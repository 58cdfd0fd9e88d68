// The version of this package, for the status.
import { readFileSync } from 'node:fs';

/** Such as `0.1.0`; from package.json, three folders up from dist/server/encoder/ as from src/server/encoder/. */
export function packageVersion(): string {
  const file = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(file) as { version: string };
  return version;
}
