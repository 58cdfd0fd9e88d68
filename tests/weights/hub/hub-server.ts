// A hub and its storage host on two local ports, which answer as huggingface.co does and fail on demand.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file in a repository; `large` ones lie on the storage host, as Git LFS files do. */
interface ServedFile {
  readonly bytes: Buffer;
  readonly large?: boolean;
}

export interface ServedRepository {
  /** `owner/name`. */
  readonly id: string;
  readonly commit: string;
  /** Branches and tags that stand for `commit`. */
  readonly revisions: readonly string[];
  readonly files: Readonly<Record<string, ServedFile>>;
}

export interface SeenRequest {
  readonly host: 'hub' | 'storage';
  readonly method: string;
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
}

/** Answers a request in place of the server, or returns false to let it answer. */
export type Fault = (
  seen: SeenRequest,
  request: IncomingMessage,
  response: ServerResponse,
) => boolean;

export class HubServer {
  /** All requests so far, in order. */
  readonly seen: SeenRequest[] = [];
  fault: Fault = () => false;
  repositories: readonly ServedRepository[];

  private constructor(
    repositories: readonly ServedRepository[],
    private readonly hub: Server,
    private readonly storage: Server,
  ) {
    this.repositories = repositories;
  }

  static async start(...repositories: readonly ServedRepository[]): Promise<HubServer> {
    const [hub, storage] = [createServer(), createServer()];
    const server = new HubServer(repositories, hub, storage);
    hub.on('request', (request: IncomingMessage, response: ServerResponse) => {
      server.answer('hub', request, response);
    });
    storage.on('request', (request: IncomingMessage, response: ServerResponse) => {
      server.answer('storage', request, response);
    });
    await Promise.all([listen(hub), listen(storage)]);
    return server;
  }

  get endpoint(): string {
    return address(this.hub);
  }

  /** Requests as `METHOD host path range`, the range left out where there is none. */
  get log(): string[] {
    return this.seen.map(({ method, host, path, range }) =>
      [method, host, path, ...(range === null ? [] : [range])].join(' '),
    );
  }

  async close(): Promise<void> {
    await Promise.all([close(this.hub), close(this.storage)]);
  }

  private answer(
    host: 'hub' | 'storage',
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const seen: SeenRequest = {
      host,
      method: request.method ?? '',
      path: request.url ?? '',
      range: request.headers.range ?? null,
      authorization: request.headers.authorization ?? null,
    };
    this.seen.push(seen);
    if (this.fault(seen, request, response)) {
      return;
    }
    if (host === 'storage') {
      this.answerStorage(seen, request, response);
    } else if (seen.path.startsWith('/api/models/')) {
      this.answerListing(seen, response);
    } else {
      this.answerResolve(seen, request, response);
    }
  }

  private answerListing(seen: SeenRequest, response: ServerResponse): void {
    const match = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/([^/?]+)/.exec(seen.path);
    const repository = this.repositories.find(({ id }) => id === match?.[1]);
    if (repository === undefined || match === null) {
      refuse(response, 401, 'RepoNotFound');
      return;
    }
    const revision = decodeURIComponent(match[3]);
    if (revision !== repository.commit && !repository.revisions.includes(revision)) {
      refuse(response, 404, 'RevisionNotFound');
      return;
    }
    const body = match[2] === 'tree' ? listTree(repository) : describe(repository);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(body));
  }

  private answerResolve(
    seen: SeenRequest,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const match = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(seen.path);
    const repository = this.repositories.find(({ id }) => id === match?.[1]);
    const name = decodeURIComponent(match?.[3] ?? '');
    if (repository === undefined || !Object.hasOwn(repository.files, name)) {
      refuse(response, 404, repository === undefined ? 'RepoNotFound' : 'EntryNotFound');
      return;
    }
    const file = repository.files[name];
    response.setHeader('X-Repo-Commit', repository.commit);
    if (file.large) {
      response.statusCode = 302;
      response.setHeader('X-Linked-Etag', `"${sha256(file.bytes)}"`);
      response.setHeader('X-Linked-Size', file.bytes.length);
      response.setHeader('Location', `${address(this.storage)}/${sha256(file.bytes)}?signed`);
      response.end('redirected');
      return;
    }
    response.setHeader('ETag', `"${gitHash(file.bytes)}"`);
    sendBytes(file.bytes, request, response);
  }

  private answerStorage(
    seen: SeenRequest,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const hash = /^\/([0-9a-f]{64})/.exec(seen.path)?.[1];
    const file = this.repositories
      .flatMap(({ files }) => Object.values(files))
      .find(({ bytes }) => sha256(bytes) === hash);
    if (file === undefined) {
      response.statusCode = 404;
      response.end();
      return;
    }
    // Storage hosts have ETags of their own, which say nothing about the file.
    response.setHeader('ETag', '"0123456789abcdef0123456789abcdef-7"');
    sendBytes(file.bytes, request, response);
  }
}

/** Sends all of `bytes`, or the range that was asked for. */
export function sendBytes(bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  if (start >= bytes.length) {
    response.statusCode = 416;
    response.setHeader('Content-Range', `bytes */${bytes.length}`);
    response.end();
    return;
  }
  const part = Number.isNaN(start) ? bytes : bytes.subarray(start);
  if (!Number.isNaN(start)) {
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
  }
  response.setHeader('Content-Length', part.length);
  response.end(request.method === 'HEAD' ? undefined : part);
}

/**
 * Promises `promised` bytes, sends fewer, and closes the connection once they have `arrived`: fetch throws
 * away what it holds when a connection ends early, so that without the wait chance would tell how many.
 */
export function breakOff(
  response: ServerResponse,
  bytes: Buffer,
  promised: number,
  arrived: () => boolean,
): void {
  response.setHeader('Content-Length', promised);
  response.write(bytes);
  const timer = setInterval(() => {
    if (arrived()) {
      clearInterval(timer);
      response.destroy();
    }
  }, 2);
  response.on('close', () => {
    clearInterval(timer);
  });
}

export function refuse(response: ServerResponse, status: number, code: string | null): void {
  response.statusCode = status;
  if (code !== null) {
    response.setHeader('X-Error-Code', code);
  }
  response.end(JSON.stringify({ error: 'refused' }));
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What `git hash-object` prints. */
export function gitHash(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function describe({ id, commit, files }: ServedRepository): object {
  const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));
  return { id, modelId: id, sha: commit, private: false, gated: false, siblings };
}

function listTree({ files }: ServedRepository): object[] {
  return Object.entries(files).map(([path, { bytes, large }]) => ({
    type: 'file',
    oid: gitHash(bytes),
    size: bytes.length,
    path,
    ...(large ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 } } : {}),
  }));
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
