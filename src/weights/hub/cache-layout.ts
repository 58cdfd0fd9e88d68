// Reads and writes the hub cache in the layout of Python's huggingface_hub, so that both share downloads.
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { explainWriteFailure, writeFileAtomically } from '../../data/index.js';
import { isFile } from './encoder-files.js';
import { type HubReference, isCommit } from './hub-reference.js';

// The Cache Directory Tagging Standard (bford.info/cachedir) lets backup programs skip the folder.
const cacheTag = `Signature: 8a477f597d28d172789f06886806bc55
# This file is a cache directory tag created by huggingface_hub.
# For information about cache directory tags, see:
#\thttps://bford.info/cachedir/
`;

/**
 * One repository in the cache:
 *
 *     models--owner--name/blobs/ETAG                  the content, once
 *     models--owner--name/snapshots/COMMIT/FILE       a relative link to the blob
 *     models--owner--name/refs/REVISION               the commit that a branch or tag was last seen at
 *     .locks/models--owner--name/                     locks while a blob is being written
 */
export class RepositoryCache {
  readonly folder: string;
  private readonly locks: string;

  constructor(
    readonly cacheFolder: string,
    repository: string,
    private readonly symlinks: boolean,
  ) {
    const name = ['models', ...repository.split('/')].join('--');
    this.folder = join(cacheFolder, name);
    this.locks = join(cacheFolder, '.locks', name);
  }

  blob(etag: string): string {
    return join(this.folder, 'blobs', etag);
  }

  /** What is locked while the blob is written; no file of this name exists. */
  lock(etag: string): string {
    return join(this.locks, etag);
  }

  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  /** The commit that `reference` was last seen at, or null if it never was. */
  async readCommit(reference: HubReference): Promise<string | null> {
    if (isCommit(reference.revision)) {
      return reference.revision;
    }
    const text = await readFile(this.ref(reference.revision), 'utf8').catch(() => '');
    const commit = text.trim();
    return /^[0-9A-Za-z]{7,64}$/.test(commit) ? commit : null;
  }

  /** Remembers the commit of `reference`, if that is news. */
  async writeCommit(reference: HubReference, commit: string): Promise<void> {
    if (reference.revision === commit || (await this.readCommit(reference)) === commit) {
      return;
    }
    await makeFolder(dirname(this.ref(reference.revision)));
    await writeFileAtomically(this.ref(reference.revision), commit);
  }

  /**
   * Makes the folders that a download writes into.
   *
   * @throws PolytagError DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED
   */
  async prepare(): Promise<void> {
    await makeFolder(join(this.folder, 'blobs'));
    await makeFolder(this.locks);
    // Fails where the tag exists already; and without it the cache is as good.
    await writeFile(join(this.cacheFolder, 'CACHEDIR.TAG'), cacheTag, { flag: 'wx' }).catch(
      () => undefined,
    );
  }

  /**
   * Makes `name` of the snapshot stand for the blob: by a relative link, or, where the file system has no
   * links, by the file itself: `isNew` blobs are moved there, as huggingface_hub does, others copied.
   */
  async link(commit: string, name: string, etag: string, isNew: boolean): Promise<void> {
    const pointer = join(this.snapshot(commit), ...name.split('/'));
    if (await isFile(pointer)) {
      return;
    }
    await makeFolder(dirname(pointer));
    // Made beside and renamed over: another process may be doing the same, or a dead link may be there.
    const temporary = join(dirname(pointer), `.${randomBytes(6).toString('hex')}.tmp`);
    try {
      if (this.symlinks && (await this.trySymlink(this.blob(etag), temporary))) {
        await rename(temporary, pointer);
      } else if (isNew) {
        await rename(this.blob(etag), pointer);
      } else {
        await copyFile(this.blob(etag), temporary);
        await rename(temporary, pointer);
      }
    } catch (error) {
      throw await explainWriteFailure(error, pointer);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  private ref(revision: string): string {
    return join(this.folder, 'refs', ...revision.split('/'));
  }

  private async trySymlink(blob: string, link: string): Promise<boolean> {
    try {
      await symlink(relative(dirname(link), blob), link);
      return true;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      // Windows without developer mode, FAT, some network file systems.
      if (
        ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN'].includes(String(code))
      ) {
        return false;
      }
      throw error;
    }
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw await explainWriteFailure(error, path);
  }
}
