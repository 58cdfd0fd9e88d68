// All files of a folder, to be compared.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes in hexadecimal by path, sorted. */
export function contentsOf(folder: string): Map<string, string> {
  return new Map(
    filesOf(folder).map((path) => [path, readFileSync(join(folder, path)).toString('hex')]),
  );
}

/** Paths of all files, with `/`, sorted. */
export function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
