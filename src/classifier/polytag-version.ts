// The version of this package, for the records of what it writes.
import { readFile } from 'node:fs/promises';

/** The version in package.json, two folders up from dist/classifier/ as from src/classifier/. */
export async function readPolytagVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
