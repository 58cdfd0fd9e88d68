// Lists a cache folder the way the recorded listings of Python's huggingface_hub are written.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * One line an entry, sorted: folders end in "/", links show where they lead, and `refs` files what they
 * say. Other files show only their name, which for blobs is their hash.
 */
export async function listTree(folder: string): Promise<string[]> {
  const lines: string[] = [];
  const walk = async (inside: string): Promise<void> => {
    for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
      const path = join(inside, entry.name);
      if (entry.isDirectory()) {
        lines.push(`${path}/`);
        await walk(path);
      } else if (entry.isSymbolicLink()) {
        lines.push(`${path} -> ${await readlink(join(folder, path))}`);
      } else if (path.includes('/refs/')) {
        lines.push(`${path} = ${await readFile(join(folder, path), 'utf8')}`);
      } else {
        lines.push(path);
      }
    }
  };
  await walk('');
  return lines.sort();
}
