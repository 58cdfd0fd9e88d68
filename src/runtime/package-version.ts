// The version of this package, for whatever says what wrote or answers it.
import { readFileSync } from 'node:fs';

/** Such as `0.1.0`; from package.json, two folders up from dist/runtime/ as from src/runtime/. */
export function packageVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(file) as { version: string };
  return version;
}
