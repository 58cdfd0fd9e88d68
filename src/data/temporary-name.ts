// Names temporary siblings after the process that writes them, so that a later run can tell the abandoned ones.
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { mayBeAlive, ownIdentity } from './process-identity.js';

const namePattern = /^\..*\.([0-9a-f]{8})-(\d+)-(\d*)-[0-9a-f]{8}\.polytag-tmp$/;

const sweptFolders = new Set<string>();

/** A hidden, unused name in the folder of `target` (an absolute path). */
export function temporarySibling(target: string): string {
  const own = ownIdentity();
  // File systems take 255 bytes a name; 40 characters are at most 160 bytes.
  const stem = Array.from(basename(target)).slice(0, 40).join('');
  const unique = randomBytes(4).toString('hex');
  return join(
    dirname(target),
    `.${stem}.${hostTag()}-${own.process}-${own.started}-${unique}.polytag-tmp`,
  );
}

/**
 * Removes temporaries in `folder` whose process, of this host, is gone. Looks once a folder and process:
 * a cache of many small files would otherwise pay for a listing at each write.
 */
export async function removeStaleTemporaries(folder: string): Promise<void> {
  if (sweptFolders.has(folder)) {
    return;
  }
  sweptFolders.add(folder);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const match = namePattern.exec(name);
    if (match?.[1] !== hostTag()) {
      continue;
    }
    const owner = { host: hostname(), process: Number(match[2]), started: match[3] };
    if (!mayBeAlive(owner)) {
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

function hostTag(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}
