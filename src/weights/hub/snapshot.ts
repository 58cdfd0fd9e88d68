// Brings the files that an encoder needs from the hub into the cache, or finds them there.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PolytagError, polytagError } from '../../errors/index.js';
import { type BlobJob, fetchBlob, isWhole, type StoredBlob } from './blob.js';
import { RepositoryCache } from './cache-layout.js';
import { firstMissingFile, isFile, selectEncoderFiles } from './encoder-files.js';
import { type HubEnvironment, readHubEnvironment } from './environment.js';
import { type HubReference, isCommit } from './hub-reference.js';
import {
  describeFile,
  type HubSession,
  type Listing,
  listFiles,
  type RemoteFile,
} from './listing.js';
import { checkFreeSpace } from './partial-file.js';
import { defaultRetries, type RetryPolicy } from './patience.js';

/** How far a download is. */
export interface DownloadProgress {
  /** `owner/name`. */
  readonly repository: string;
  /** The file that bytes just arrived for. */
  readonly file: string;
  /** Bytes of all files that are here, those from an earlier, interrupted run included. */
  readonly bytes: number;
  /** Bytes of all files to download; a file whose size is unknown counts as 0. */
  readonly totalBytes: number;
}

/** How to download. */
export interface SnapshotOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Called with a sentence when the hub is out of reach and the cache stands in for it. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
  /** Default: what `process.env` says. */
  readonly environment?: HubEnvironment | undefined;
  /** Default: 5 further attempts, half a second before the first, longer before each next. */
  readonly retries?: RetryPolicy | undefined;
}

const parallelDownloads = 3;

/**
 * The folder of the snapshot of `reference` in the hub cache, complete for an encoder. Asks the hub which
 * commit the revision is, and downloads what the cache lacks. Nothing is asked where the revision is a
 * whole commit hash that the cache holds, or HF_HUB_OFFLINE is set; where the hub does not answer, the
 * commit last seen is used.
 *
 * @throws PolytagError HUB_CACHE_INCOMPLETE if the hub cannot be asked and the cache will not do,
 *   HUB_UNREACHABLE if it goes away in between, HUB_FILE_CORRUPT, HUB_NO_ENCODER, HUB_ANSWER_INVALID,
 *   HUB_ENDPOINT_INVALID, DISK_FULL, or a refusal: HUB_UNAUTHORIZED, HUB_GATED, HUB_FORBIDDEN,
 *   HUB_REPOSITORY_MISSING, HUB_REVISION_MISSING, HUB_FILE_MISSING
 */
export async function fetchSnapshot(
  reference: HubReference,
  options: SnapshotOptions = {},
): Promise<string> {
  const environment = options.environment ?? (await readHubEnvironment());
  const { repository } = reference;
  const cache = new RepositoryCache(environment.cacheFolder, repository, environment.symlinks);
  const cached = await findCached(cache, reference);
  if (environment.offline) {
    if (cached.missing !== null) {
      throw polytagError('HUB_CACHE_INCOMPLETE', {
        repository,
        file: cached.missing,
        folder: cache.cacheFolder,
        because: 'HF_HUB_OFFLINE is set',
      });
    }
    return cached.folder;
  }
  if (isCommit(reference.revision) && cached.missing === null) {
    return cached.folder;
  }
  const policy = options.retries ?? defaultRetries;
  const session: HubSession = { client: environment, policy, signal: options.signal };
  const listing = await list(session, reference, cached, environment);
  if ('message' in listing) {
    options.onWarning?.(`${listing.message}; using the copy of ${repository} in ${cached.folder}`);
    return cached.folder;
  }
  await download(session, reference, listing, cache, cached, options);
  return cache.snapshot(listing.commit);
}

interface Cached {
  readonly folder: string;
  /** The first file that is not there; null if the snapshot is complete. */
  readonly missing: string | null;
}

async function findCached(cache: RepositoryCache, reference: HubReference): Promise<Cached> {
  const commit = await cache.readCommit(reference);
  if (commit === null) {
    return { folder: cache.folder, missing: 'config.json' };
  }
  const folder = cache.snapshot(commit);
  return { folder, missing: await firstMissingFile(folder) };
}

/** The hub's listing, or why the hub is out of reach where `cached` can stand in for it. */
async function list(
  session: HubSession,
  reference: HubReference,
  cached: Cached,
  environment: HubEnvironment,
): Promise<Listing | PolytagError> {
  // With a copy at hand one attempt is enough; without, the hub is worth waiting for.
  const policy = cached.missing === null ? { ...session.policy, retries: 0 } : session.policy;
  try {
    return await listFiles({ ...session, policy }, reference);
  } catch (error) {
    if (!(error instanceof PolytagError) || error.code !== 'HUB_UNREACHABLE') {
      throw error;
    }
    if (cached.missing === null) {
      return error;
    }
    const { endpoint, unusedProxy, cacheFolder } = environment;
    const failure = error.cause instanceof Error ? error.cause.message : error.message;
    const proxy = unusedProxy === null ? '' : ` (${unusedProxy} is set, but this Node ignores it)`;
    throw polytagError(
      'HUB_UNREACHABLE',
      {
        address: `${endpoint}/${reference.repository}`,
        reason: `${failure}${proxy}; and the cache ${cacheFolder} has no ${cached.missing} of it`,
      },
      { cause: error },
    );
  }
}

async function download(
  session: HubSession,
  reference: HubReference,
  listing: Listing,
  cache: RepositoryCache,
  cached: Cached,
  options: SnapshotOptions,
): Promise<void> {
  const address = `${session.client.endpoint}/${reference.repository}`;
  const names = selectEncoderFiles(reference.repository, address, listing.files);
  const folder = cache.snapshot(listing.commit);
  const wanted: string[] = [];
  for (const name of names) {
    if (!(await isFile(join(folder, ...name.split('/'))))) {
      wanted.push(name);
    }
  }
  if (wanted.length === 0) {
    // The cache may be on a read-only disk; everything needed is there, so an old ref does no harm.
    await cache.writeCommit(reference, listing.commit).catch(() => undefined);
    return;
  }
  await cache.prepare();
  if (cached.missing !== null) {
    // As huggingface_hub does; but while an older commit is whole, it stays the one to fall back on.
    await cache.writeCommit(reference, listing.commit);
  }
  await downloadFiles({ session, reference, commit: listing.commit, cache }, wanted, options);
  await cache.writeCommit(reference, listing.commit);
}

async function downloadFiles(
  target: Omit<BlobJob, 'onBytes'>,
  names: readonly string[],
  options: SnapshotOptions,
): Promise<void> {
  const { reference, commit, cache } = target;
  const files = new Array<RemoteFile>(names.length);
  await inParallel(target.session, names, async (session, name, index) => {
    files[index] = await describeFile(session, reference, commit, name);
  });
  await checkFreeSpace(cache.folder, await missingBytes(cache, files));
  const totalBytes = files.reduce((sum, file) => sum + (file.size ?? 0), 0);
  const arrived = new Map<string, number>();
  const links = new OrderedLinks(cache, commit, files);
  await inParallel(target.session, files, async (session, file, index) => {
    const onBytes = (count: number): void => {
      arrived.set(file.name, count);
      const bytes = [...arrived.values()].reduce((sum, one) => sum + one, 0);
      const { repository } = reference;
      options.onProgress?.({ repository, file: file.name, bytes, totalBytes });
    };
    const blob = await fetchBlob({ ...target, session, onBytes }, file);
    onBytes(file.size ?? arrived.get(file.name) ?? 0);
    await links.add(index, blob);
  });
}

async function missingBytes(cache: RepositoryCache, files: readonly RemoteFile[]): Promise<number> {
  let missing = 0;
  for (const { etag, size } of files) {
    const blob = cache.blob(etag);
    if (size !== null && !(await isWhole(blob, size))) {
      const partial = await stat(`${blob}.incomplete`).catch(() => ({ size: 0 }));
      missing += Math.max(0, size - partial.size);
    }
  }
  return missing;
}

/**
 * Links blobs into the snapshot in the order of the list, in whatever order they arrive: so that a
 * snapshot that has its last file, the weights, has all the others, even after an interruption.
 */
class OrderedLinks {
  private readonly blobs = new Map<number, StoredBlob>();
  private next = 0;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly cache: RepositoryCache,
    private readonly commit: string,
    private readonly files: readonly RemoteFile[],
  ) {}

  add(index: number, blob: StoredBlob): Promise<void> {
    this.blobs.set(index, blob);
    this.work = this.work.then(() => this.link());
    return this.work;
  }

  private async link(): Promise<void> {
    for (let blob = this.blobs.get(this.next); blob; blob = this.blobs.get(this.next)) {
      await this.cache.link(this.commit, this.files[this.next].name, blob.etag, blob.isNew);
      this.next++;
    }
  }
}

/**
 * Starts `work` on the items in order, a few at a time. The first failure stops the others, which keep
 * what has arrived, and is thrown when they have.
 */
async function inParallel<Item>(
  session: HubSession,
  items: readonly Item[],
  work: (session: HubSession, item: Item, index: number) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const signal =
    session.signal === undefined
      ? failure.signal
      : AbortSignal.any([session.signal, failure.signal]);
  const own = { ...session, signal };
  const pending = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of pending) {
      signal.throwIfAborted();
      await work(own, item, index);
    }
  };
  const failures: unknown[] = [];
  const workers = Array.from({ length: parallelDownloads }, () =>
    worker().catch((error: unknown) => {
      failures.push(error);
      failure.abort(error);
    }),
  );
  await Promise.all(workers);
  if (failures.length > 0) {
    session.signal?.throwIfAborted();
    throw failures[0];
  }
}
