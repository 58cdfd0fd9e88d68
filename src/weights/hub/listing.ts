// Asks the hub which commit a revision is, which files it has, and what their bytes must hash to.
import { polytagError } from '../../errors/index.js';
import type { HubReference } from './hub-reference.js';
import { Patience, persist, type RetryPolicy, throwIfPassing } from './patience.js';
import { refusal } from './refusal.js';
import { type HubAnswer, type HubClient, type HubRequest, send } from './request.js';

/** What a revision stands for at the moment. */
export interface Listing {
  /** The commit; the name of the snapshot's folder. */
  readonly commit: string;
  /** Paths of all files in the repository, `/` between folders; as the server says, so not yet to be trusted. */
  readonly files: readonly string[];
}

/** What the hub promises about a file. */
export interface RemoteFile {
  readonly name: string;
  readonly url: string;
  /**
   * Name of the blob in the cache: the SHA-256 of the content (large files) or the SHA-1 that Git gives
   * it, in hexadecimal; from other servers perhaps something else.
   */
  readonly etag: string;
  /** Bytes; null if the hub does not say. */
  readonly size: number | null;
}

/** A client with a retry policy and the means to stop it. */
export interface HubSession {
  readonly client: HubClient;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal | undefined;
}

/**
 * Resolves the revision of `reference` and lists its files.
 *
 * @throws PolytagError HUB_UNREACHABLE, HUB_ANSWER_INVALID or one of the refusals (401, 403, 404)
 */
export async function listFiles(session: HubSession, reference: HubReference): Promise<Listing> {
  const revision = encodeURIComponent(reference.revision);
  const url = `${session.client.endpoint}/api/models/${reference.repository}/revision/${revision}`;
  const text = await ask(session, { method: 'GET', url }, reference, (answer) => answer.text());
  return parseListing(text, url);
}

/**
 * Asks for the checksum and the size of one file at `commit`.
 *
 * @throws PolytagError HUB_UNREACHABLE, HUB_ANSWER_INVALID or one of the refusals (401, 403, 404)
 */
export async function describeFile(
  session: HubSession,
  reference: HubReference,
  commit: string,
  name: string,
): Promise<RemoteFile> {
  const path = name.split('/').map(encodeURIComponent).join('/');
  const url = `${session.client.endpoint}/${reference.repository}/resolve/${commit}/${path}`;
  const request = { method: 'HEAD', url, leaveHub: false } as const;
  return ask(session, request, { ...reference, file: name }, (answer) => {
    answer.discard();
    return Promise.resolve({ name, url, etag: readEtag(answer, url), size: readSize(answer, url) });
  });
}

/** `W/"abc"` and `"abc"` as `abc`, as huggingface_hub names blobs. */
export function normalizeEtag(etag: string): string {
  return etag.replace(/^W\//, '').replaceAll(/^"+|"+$/g, '');
}

async function ask<Result>(
  session: HubSession,
  request: Omit<HubRequest, 'signal'>,
  about: HubReference & { readonly file?: string },
  read: (answer: HubAnswer) => Promise<Result>,
): Promise<Result> {
  const patience = new Patience(request.url, session.policy, session.signal);
  return persist(patience, async () => {
    const answer = await send(session.client, { ...request, signal: session.signal });
    throwIfPassing(answer);
    if (answer.status >= 400) {
      answer.discard();
      throw refusal(session.client, answer, about);
    }
    return read(answer);
  });
}

function parseListing(text: string, address: string): Listing {
  const fault = (reason: string): Error => polytagError('HUB_ANSWER_INVALID', { address, reason });
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || !('sha' in value) || !('siblings' in value)) {
    throw fault('it is not the description of a model');
  }
  if (typeof value.sha !== 'string' || !/^[0-9A-Za-z]{7,64}$/.test(value.sha)) {
    throw fault('it names no commit');
  }
  if (!Array.isArray(value.siblings)) {
    throw fault('it lists no files');
  }
  const files = value.siblings.flatMap((sibling: unknown) =>
    typeof sibling === 'object' &&
    sibling !== null &&
    'rfilename' in sibling &&
    typeof sibling.rfilename === 'string'
      ? [sibling.rfilename]
      : [],
  );
  return { commit: value.sha, files: [...new Set(files)] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function readEtag(answer: HubAnswer, address: string): string {
  const etag = normalizeEtag(answer.etag ?? '');
  // It becomes a file name, so nothing that could be a path passes.
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(etag)) {
    throw polytagError('HUB_ANSWER_INVALID', {
      address,
      reason: 'it has no ETag that could name a file in the cache',
    });
  }
  return etag;
}

function readSize(answer: HubAnswer, address: string): number | null {
  const linked = answer.headers.get('x-linked-size');
  // Where the answer is a redirect, Content-Length counts the redirect's own text.
  const redirected = answer.status >= 300 && answer.status < 400;
  const encoded = answer.headers.get('content-encoding') ?? 'identity';
  const length =
    linked ?? (redirected || encoded !== 'identity' ? null : answer.headers.get('content-length'));
  if (length === null) {
    return null;
  }
  const size = /^\d{1,16}$/.test(length) ? Number(length) : Number.NaN;
  if (!Number.isSafeInteger(size)) {
    throw polytagError('HUB_ANSWER_INVALID', {
      address,
      reason: `it says that the file has "${length.slice(0, 40)}" bytes`,
    });
  }
  return size;
}
