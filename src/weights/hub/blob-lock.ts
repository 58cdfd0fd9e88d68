// Lets one process at a time download a blob, so that the others wait instead of fetching it again.
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireFolderLock } from '../../data/index.js';
import { PolytagError } from '../../errors/index.js';
import type { RepositoryCache } from './cache-layout.js';

/** The right to write a blob. */
export interface BlobLock {
  /** The file to download into. */
  readonly partial: string;
  /** Whether others will go on with `partial` if we leave it unfinished. */
  readonly shared: boolean;
  release(): Promise<void>;
}

const askAgain = 200;

/**
 * Takes the lock of the blob named `etag`, waiting while a living process has it; null if by then
 * `isThere()`, because that process finished the blob.
 *
 * The lock saves downloads; it is not what keeps blobs right, since each is verified and renamed into
 * place whole. So a holder whose file has not grown for `patience` milliseconds (another machine's,
 * which nobody can ask; a stopped process) is left alone, and we download into a file of our own.
 */
export async function lockBlob(
  cache: RepositoryCache,
  etag: string,
  isThere: () => Promise<boolean>,
  signal: AbortSignal | undefined,
  patience = 30_000,
): Promise<BlobLock | null> {
  const partial = `${cache.blob(etag)}.incomplete`;
  let size = -1;
  let grewAt = Date.now();
  for (;;) {
    const lock = await tryLock(cache.lock(etag));
    if (lock !== null) {
      return { partial, shared: true, release: () => lock.release() };
    }
    if (await isThere()) {
      return null;
    }
    const now = await sizeOf(partial);
    if (now !== size) {
      [size, grewAt] = [now, Date.now()];
    } else if (Date.now() - grewAt >= patience) {
      // huggingface_hub names its own partial files so.
      const own = `${cache.blob(etag)}.${randomBytes(4).toString('hex')}.incomplete`;
      return { partial: own, shared: false, release: () => Promise.resolve() };
    }
    signal?.throwIfAborted();
    await sleep(askAgain);
  }
}

async function tryLock(path: string): Promise<{ release(): Promise<void> } | null> {
  try {
    return await acquireFolderLock(path);
  } catch (error) {
    if (error instanceof PolytagError && error.code === 'RUN_LOCKED') {
      return null;
    }
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
