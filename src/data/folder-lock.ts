// Lets one run at a time write to a folder, and tells a living run's lock from a dead one's.
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { polytagError } from '../errors/index.js';
import { keepOnExit, removeOnExit } from './exit-cleanup.js';
import { mayBeAlive, ownIdentity, type ProcessIdentity } from './process-identity.js';
import { temporarySibling } from './temporary-name.js';
import { explainWriteFailure, systemCode } from './write-failure.js';

/** The right to write to a folder; given back by `release`, and at the latest when the process exits. */
export interface FolderLock {
  /** Gives the right back; a second call does nothing. */
  release(): Promise<void>;
}

interface Holder extends ProcessIdentity {
  /** Differs for each lock ever taken. */
  readonly token: string;
}

/**
 * Takes the lock of `folder`, which need not exist yet; the lock is the sibling `.NAME.lock`, so that
 * the folder may be replaced meanwhile. A lock left by a process that died on this host is taken over;
 * one of another host is respected, since nobody can ask there.
 *
 * @throws PolytagError RUN_LOCKED if a living process holds it (this one included), DISK_FULL,
 *   WRITE_FORBIDDEN or WRITE_FAILED if the lock cannot be written
 */
export async function acquireFolderLock(folder: string): Promise<FolderLock> {
  const absolute = resolve(folder);
  let path = '';
  try {
    await mkdir(dirname(absolute), { recursive: true });
    const real = await realpath(absolute).catch(async () =>
      join(await realpath(dirname(absolute)), basename(absolute)),
    );
    path = join(dirname(real), `.${basename(real)}.lock`);
    const own: Holder = { ...ownIdentity(), token: randomBytes(6).toString('hex') };
    const holder = await take(path, own);
    if (holder !== null) {
      throw polytagError('RUN_LOCKED', {
        folder,
        process: holder.process,
        host: holder.host,
        lock: path,
      });
    }
    removeOnExit(path);
    return { release: () => release(path, own.token) };
  } catch (error) {
    throw await explainWriteFailure(error, path === '' ? folder : path);
  }
}

async function release(path: string, token: string): Promise<void> {
  keepOnExit(path);
  if ((await readHolder(path))?.token === token) {
    await rm(path, { force: true });
  }
}

/**
 * Puts `own` into the lock file; null on success, else the living holder.
 *
 * Two processes may find the same dead holder at once. Each dead lock therefore has a lock of its own,
 * named by its token and taken in the same way: only who holds that may replace the dead one, and only
 * while it is still there.
 */
async function take(path: string, own: Holder): Promise<Holder | null> {
  for (;;) {
    if (await createExclusively(path, own)) {
      return null;
    }
    const holder = await readHolder(path);
    if (holder === null) {
      continue;
    }
    if (mayBeAlive(holder)) {
      return holder;
    }
    const ticket = `${path}.${holder.token}`;
    const rival = await take(ticket, own);
    if (rival !== null) {
      return rival;
    }
    try {
      if ((await readHolder(path))?.token === holder.token) {
        await replaceLock(path, own);
        return null;
      }
    } finally {
      await rm(ticket, { force: true });
    }
  }
}

async function createExclusively(path: string, own: Holder): Promise<boolean> {
  const temporary = await writeHolder(path, own);
  try {
    // A hard link appears with its content, where a file just created could be read while still empty.
    await link(temporary, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      return false;
    }
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(error))) {
      throw error;
    }
    return await createWithoutLinks(path, own);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function createWithoutLinks(path: string, own: Holder): Promise<boolean> {
  const handle = await open(path, 'wx').catch((error: unknown) => {
    if (systemCode(error) === 'EEXIST') {
      return null;
    }
    throw error;
  });
  await handle?.writeFile(JSON.stringify(own));
  await handle?.close();
  return handle !== null;
}

async function replaceLock(path: string, own: Holder): Promise<void> {
  await rename(await writeHolder(path, own), path);
}

async function writeHolder(path: string, own: Holder): Promise<string> {
  const temporary = temporarySibling(path);
  const handle = await open(temporary, 'wx');
  try {
    await handle.writeFile(JSON.stringify(own));
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}

/** The holder in the lock file; null if there is no file. */
async function readHolder(path: string): Promise<Holder | null> {
  for (let attempt = 0; ; attempt++) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') {
        return null;
      }
      throw error;
    });
    if (text === null) {
      return null;
    }
    const holder = parseHolder(text);
    if (holder !== null) {
      return holder;
    }
    if (attempt === 20) {
      // Half a second on, still no content: its writer was cut off, so nobody holds it.
      return { host: ownIdentity().host, process: 0, started: 'unreadable', token: 'unreadable' };
    }
    await sleep(25);
  }
}

function parseHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (
      typeof value === 'object' &&
      value !== null &&
      'host' in value &&
      typeof value.host === 'string' &&
      'process' in value &&
      typeof value.process === 'number' &&
      'started' in value &&
      typeof value.started === 'string' &&
      'token' in value &&
      typeof value.token === 'string' &&
      /^[0-9a-f]{12}$/.test(value.token)
    ) {
      return {
        host: value.host,
        process: value.process,
        started: value.started,
        token: value.token,
      };
    }
  } catch {
    // Falls through: not the text of a lock.
  }
  return null;
}
