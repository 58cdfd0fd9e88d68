// Downloads one file of a repository into the cache: continued where it broke off, verified, then named.
import { stat } from 'node:fs/promises';
import { polytagError } from '../../errors/index.js';
import { lockBlob } from './blob-lock.js';
import type { RepositoryCache } from './cache-layout.js';
import { findDamage } from './checksum.js';
import type { HubReference } from './hub-reference.js';
import { describeFile, type HubSession, normalizeEtag, type RemoteFile } from './listing.js';
import { PartialFile } from './partial-file.js';
import { Patience, persist, throwIfPassing } from './patience.js';
import { refusal } from './refusal.js';
import { type HubAnswer, PassingFailure, send } from './request.js';

/** What to download, and into which cache. */
export interface BlobJob {
  readonly session: HubSession;
  readonly reference: HubReference;
  readonly commit: string;
  readonly cache: RepositoryCache;
  /** Called with the bytes of this file that are here; less than before where it began anew. */
  readonly onBytes: (bytes: number) => void;
}

/** The blob that a download ended with. */
export interface StoredBlob {
  readonly etag: string;
  /** False if it was in the cache already. */
  readonly isNew: boolean;
}

type Outcome = StoredBlob | 'changed' | { readonly damage: string };

// Without a size from the hub, no more than this is taken; large files always come with one.
const largestUnknown = 256 * 2 ** 20;

/**
 * Brings `file` into the cache. What arrives damaged is deleted and asked for once more; if the hub by
 * then promises other bytes, those are what is downloaded.
 *
 * @throws PolytagError HUB_FILE_CORRUPT, HUB_UNREACHABLE, HUB_ANSWER_INVALID, DISK_FULL or a refusal
 */
export async function fetchBlob(job: BlobJob, file: RemoteFile): Promise<StoredBlob> {
  let damages = 0;
  let current = file;
  let heedEtag = true;
  for (let round = 0; round < 4; round++) {
    const outcome = await fetchVersion(job, current, heedEtag);
    if (outcome !== 'changed' && 'etag' in outcome) {
      return outcome;
    }
    if (outcome !== 'changed' && ++damages === 2) {
      const { repository } = job.reference;
      throw polytagError('HUB_FILE_CORRUPT', {
        repository,
        file: file.name,
        reason: outcome.damage,
      });
    }
    const { session, reference, commit } = job;
    const described = await describeFile(session, reference, commit, file.name);
    // A server whose GET always names another ETag than its HEAD: then only the hash can tell.
    heedEtag = described.etag !== current.etag;
    current = described;
  }
  throw polytagError('HUB_ANSWER_INVALID', {
    address: file.url,
    reason: 'the file changes with every request',
  });
}

async function fetchVersion(job: BlobJob, file: RemoteFile, heedEtag: boolean): Promise<Outcome> {
  const isThere = (): Promise<boolean> => isWhole(job.cache.blob(file.etag), file.size);
  const found = { etag: file.etag, isNew: false };
  if (await isThere()) {
    return found;
  }
  const lock = await lockBlob(job.cache, file.etag, isThere, job.session.signal);
  if (lock === null) {
    return found;
  }
  try {
    // Between our look and our lock, the process that had it may have finished.
    if (await isThere()) {
      return found;
    }
    const partial = await PartialFile.open(lock.partial);
    try {
      return await complete(job, file, partial, heedEtag);
    } finally {
      await (lock.shared ? partial.close() : partial.remove());
    }
  } finally {
    await lock.release();
  }
}

/** Whether the blob is there; one of another size than the hub's was cut short by another program. */
export async function isWhole(blob: string, size: number | null): Promise<boolean> {
  const found = await stat(blob).catch(() => null);
  return found !== null && found.isFile() && (size === null || found.size === size);
}

async function complete(
  job: BlobJob,
  file: RemoteFile,
  partial: PartialFile,
  heedEtag: boolean,
): Promise<Outcome> {
  const filling = new Filling(job, file, partial, heedEtag);
  const patience = new Patience(file.url, job.session.policy, job.session.signal);
  filling.onGrowth = () => {
    patience.renew();
  };
  const fault = await persist(patience, () => filling.attempt());
  const outcome =
    fault === 'changed'
      ? fault
      : (fault ?? (await findDamage(partial.path, file.etag, job.session.signal)));
  if (outcome === null) {
    await partial.moveTo(job.cache.blob(file.etag));
    return { etag: file.etag, isNew: true };
  }
  await partial.restart();
  job.onBytes(0);
  return outcome === 'changed' ? outcome : { damage: outcome };
}

/** The attempts to fill one partial file. */
class Filling {
  onGrowth: () => void = () => undefined;
  private most: number;

  constructor(
    private readonly job: BlobJob,
    private readonly file: RemoteFile,
    private readonly partial: PartialFile,
    private readonly heedEtag: boolean,
  ) {
    this.most = partial.size;
  }

  /** One request; null when all bytes are there, `changed`, or what is wrong with them. */
  async attempt(): Promise<string | null> {
    const { file, partial, job } = this;
    if (file.size !== null && partial.size > file.size) {
      await partial.restart();
    }
    job.onBytes(partial.size);
    if (partial.size === file.size) {
      return null;
    }
    const headers = partial.size > 0 ? { Range: `bytes=${partial.size}-` } : {};
    const { client, signal } = job.session;
    const answer = await send(client, { method: 'GET', url: file.url, headers, signal });
    try {
      if (this.heedEtag && answer.etag !== null && normalizeEtag(answer.etag) !== file.etag) {
        return 'changed';
      }
      return (await this.prepare(answer)) ?? (await this.receive(answer));
    } finally {
      answer.discard();
    }
  }

  /** Makes the partial file's end the place where the body of `answer` begins. */
  private async prepare(answer: HubAnswer): Promise<string | null> {
    throwIfPassing(answer);
    if (answer.status === 416 && this.partial.size > 0) {
      return `the server has no bytes beyond ${this.partial.size}; expected ${this.file.size ?? 'more'}`;
    }
    if (answer.status >= 400 && answer.fromHub) {
      const about = { ...this.job.reference, file: this.file.name };
      throw refusal(this.job.session.client, answer, about);
    }
    if (answer.status !== 200 && answer.status !== 206) {
      // A storage host refuses where a signed address has expired; the next attempt gets a new one.
      throw new PassingFailure(`HTTP ${answer.status} from ${new URL(answer.url).host}`);
    }
    if (answer.status === 200 && this.partial.size > 0) {
      await this.restart();
    }
    if (answer.status === 206 && rangeOf(answer)?.start !== this.partial.size) {
      await this.restart();
      throw new PassingFailure('the server sent another range than it was asked for');
    }
    return null;
  }

  private async receive(answer: HubAnswer): Promise<string | null> {
    const { file, partial } = this;
    const announced = totalOf(answer);
    if (file.size !== null && announced !== null && announced !== file.size) {
      return `the server sends ${announced} bytes; expected ${file.size}`;
    }
    const total = file.size ?? announced;
    for await (const bytes of answer.body()) {
      if (partial.size + bytes.length > (total ?? largestUnknown)) {
        return `more bytes arrived than the ${total ?? largestUnknown} that were expected`;
      }
      await partial.append(bytes);
      if (partial.size > this.most) {
        this.most = partial.size;
        this.onGrowth();
      }
      this.job.onBytes(partial.size);
    }
    if (total !== null && partial.size < total) {
      throw new PassingFailure(`the connection ended after ${partial.size} of ${total} bytes`);
    }
    return null;
  }

  private async restart(): Promise<void> {
    await this.partial.restart();
    this.job.onBytes(0);
  }
}

function rangeOf(answer: HubAnswer): { start: number; total: number | null } | null {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.headers.get('content-range') ?? '');
  return match && { start: Number(match[1]), total: match[2] === '*' ? null : Number(match[2]) };
}

/** The size of the whole file as the headers of `answer` tell it; null where they do not. */
function totalOf(answer: HubAnswer): number | null {
  if (answer.status === 206) {
    return rangeOf(answer)?.total ?? null;
  }
  const length = answer.headers.get('content-length');
  // The length of a compressed body says nothing about the file.
  const encoded = (answer.headers.get('content-encoding') ?? 'identity') !== 'identity';
  return length === null || encoded ? null : Number(length);
}
