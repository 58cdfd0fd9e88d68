// Who may come in: keys compared in constant time, each with its own rate.
import { timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { polytagError } from '../../../errors/index.js';
import { Refusal } from '../../http/refusal.js';
import type { RequestHeaders } from '../operations.js';
import { digestKey, type KeyEntry, parseKeyLines } from './key-lines.js';
import { TokenBucket } from './token-bucket.js';

/** The key that a request carries, in the header that its dialect's clients use; undefined where it carries none. */
export function presentedKey(headers: RequestHeaders, queryKey?: string): string | undefined {
  const authorization = /^Bearer[ \t]+(\S+)[ \t]*$/i.exec(headers.get('authorization') ?? '');
  const key =
    authorization?.[1] ?? headers.get('x-api-key') ?? headers.get('x-goog-api-key') ?? queryKey;
  return key === undefined || key === '' ? undefined : key;
}

interface Client extends KeyEntry {
  readonly bucket: TokenBucket | undefined;
}

/** A set of keys. */
export class ApiKeys {
  #clients: readonly Client[];

  constructor(
    entries: readonly KeyEntry[],
    private readonly now?: () => number,
  ) {
    this.#clients = entries.map((entry) => this.#clientOf(entry));
  }

  get count(): number {
    return this.#clients.length;
  }

  /** Takes other keys from now on. A key whose rate stays the same keeps what it has in store. */
  replace(entries: readonly KeyEntry[]): void {
    const known = new Map(this.#clients.map((client) => [client.digest.toString('hex'), client]));
    this.#clients = entries.map((entry) => {
      const before = known.get(entry.digest.toString('hex'));
      return before?.rate === entry.rate
        ? { ...entry, bucket: before?.bucket }
        : this.#clientOf(entry);
    });
  }

  /**
   * The client that a key belongs to, counted against its rate.
   * @param onLimited hears whose rate was exceeded
   * @throws Refusal UNAUTHORIZED; RATE_LIMITED with Retry-After
   */
  enter(key: string | undefined, onLimited?: (client: string) => void): KeyEntry {
    if (key === undefined) {
      throw new Refusal(
        'UNAUTHORIZED',
        'an API key is needed; send it as "Authorization: Bearer KEY" or "x-api-key: KEY"',
        { 'www-authenticate': 'Bearer' },
      );
    }
    const client = this.#find(digestKey(key));
    if (client === undefined) {
      throw new Refusal('UNAUTHORIZED', 'the API key is not known here', {
        'www-authenticate': 'Bearer error="invalid_token"',
      });
    }
    const seconds = client.bucket?.take() ?? 0;
    if (seconds > 0) {
      onLimited?.(client.name);
      throw new Refusal(
        'RATE_LIMITED',
        `this API key may send ${client.rate ?? 0} requests a second; try again later`,
        { 'retry-after': String(Math.ceil(seconds)) },
      );
    }
    return client;
  }

  /** Always looks at all keys, so that the time taken says nothing about which one was close. */
  #find(digest: Buffer): Client | undefined {
    let found = -1;
    for (let index = 0; index < this.#clients.length; index++) {
      if (timingSafeEqual(this.#clients[index].digest, digest)) found = index;
    }
    return this.#clients[found];
  }

  #clientOf(entry: KeyEntry): Client {
    const { rate } = entry;
    const bucket =
      rate === undefined ? undefined : new TokenBucket(rate, Math.max(1, rate), this.now);
    return { ...entry, bucket };
  }
}

/** Keys that are kept in a file. */
export class ApiKeyFile {
  private constructor(
    readonly path: string,
    readonly keys: ApiKeys,
    /** Sentences about what is dangerous, though it works. */
    readonly warnings: readonly string[],
  ) {}

  /** @throws PolytagError API_KEYS_INVALID, FILE_MISSING, FILE_UNREADABLE */
  static async open(path: string): Promise<ApiKeyFile> {
    const { entries, warnings } = await readKeyFile(path);
    return new ApiKeyFile(path, new ApiKeys(entries), warnings);
  }

  /**
   * Reads the file again. Where it cannot be used, the keys from before go on.
   * @returns how many keys there are now, and warnings
   * @throws as `open`
   */
  async reload(): Promise<{ readonly count: number; readonly warnings: readonly string[] }> {
    const { entries, warnings } = await readKeyFile(this.path);
    this.keys.replace(entries);
    return { count: entries.length, warnings };
  }
}

async function readKeyFile(
  path: string,
): Promise<{ readonly entries: KeyEntry[]; readonly warnings: string[] }> {
  let text: string;
  let mode: number;
  try {
    const status = await stat(path);
    if (!status.isFile())
      throw polytagError('FILE_UNREADABLE', { file: path, reason: 'it is no file' });
    mode = status.mode;
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw explainReadFailure(error, path);
  }
  return { entries: parseKeyLines(text, path), warnings: permissionWarnings(path, mode) };
}

function explainReadFailure(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ENOENT') return polytagError('FILE_MISSING', { file });
  if (error.code === 'EACCES') {
    return polytagError('FILE_UNREADABLE', { file, reason: 'this user may not read it' });
  }
  return error;
}

/** Digests of random keys give nothing away, but whoever can write the file can let himself in. */
function permissionWarnings(file: string, mode: number): string[] {
  // Windows has no such bits.
  if (process.platform === 'win32') return [];
  if ((mode & 0o002) !== 0) {
    return [
      `every user of this machine can change ${file}; make it yours alone: chmod 600 ${file}`,
    ];
  }
  if ((mode & 0o004) !== 0) {
    return [`every user of this machine can read ${file}; make it yours alone: chmod 600 ${file}`];
  }
  return [];
}
