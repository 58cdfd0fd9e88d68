// Texts to vectors by running encoder services: several share the work, and one that dies leaves its part to the others.
import { setMaxListeners } from 'node:events';
import { PolytagError, polytagError } from '../../errors/index.js';
import { LinkPool } from './link-pool.js';
import type { VectorSource } from './vector-source.js';
import { listDifferences, type ServiceIdentity } from './service-identity.js';
import { type LinkPatience, ServiceLink } from './service-link.js';
import { cutRequests } from './text-requests.js';

/** What says that a service is gone, or takes nothing any more: another one may do. */
const endings: readonly string[] = [
  'SERVICE_SILENT',
  'SERVICE_LOST',
  'SERVICE_REFUSED',
  'SERVICE_REPLY_INVALID',
];

const defaultPatience: LinkPatience = { pulse: 5000, status: 30_000, answer: 600_000 };

/** How services are used. */
export interface ServiceEncoderOptions {
  /** Texts a request. Default 256. */
  readonly textsPerRequest?: number | undefined;
  /** Requests that a service has at a time. Default 2: one to work on while the other travels. */
  readonly requestsPerService?: number | undefined;
  readonly patience?: LinkPatience | undefined;
  /** Told in a sentence when a service is given up. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/** Services that give the same vectors, as one encoder. */
export class ServiceEncoder {
  readonly #pool: LinkPool;

  private constructor(
    private readonly links: readonly ServiceLink[],
    /** What all of the services are. */
    readonly identity: ServiceIdentity,
    /** Numbers of a vector. */
    readonly width: number,
    private readonly options: ServiceEncoderOptions,
  ) {
    this.#pool = new LinkPool(links, options.requestsPerService ?? 2);
  }

  /**
   * Asks all services what they are. The sources are the encoder's from now on: also when this fails
   * they are closed.
   *
   * @throws PolytagError SERVICE_SILENT, SERVICE_REFUSED, SERVICE_UNUSABLE; SERVICES_DIFFER when two do not
   *   give the same vectors; the signal's reason
   */
  static async open(
    sources: readonly VectorSource[],
    options: ServiceEncoderOptions & { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ServiceEncoder> {
    const { patience = defaultPatience, signal } = options;
    const links = sources.map((source) => new ServiceLink(source, patience));
    try {
      const identities = await untilAborted(
        Promise.all(links.map((link) => link.identify())),
        signal,
      );
      const widths = await untilAborted(Promise.all(links.map(measureWidth)), signal);
      links.forEach(({ address }, at) => {
        const differences = listDifferences(identities[0], identities[at]);
        if (widths[at] !== widths[0]) {
          differences.push(`vectors have ${widths[at]} numbers, not ${widths[0]}`);
        }
        if (differences.length === 0) return;
        throw polytagError('SERVICES_DIFFER', {
          first: links[0].address,
          second: address,
          differences,
        });
      });
      return new ServiceEncoder(links, identities[0], widths[0], options);
    } catch (error) {
      await Promise.all(links.map((link) => link.close()));
      throw error;
    }
  }

  get addresses(): readonly string[] {
    return this.links.map(({ address }) => address);
  }

  /**
   * Vectors [width] of texts of any number, in their order and in constant memory.
   *
   * @throws what `texts` throws; PolytagError NO_SERVICE_LEFT when no service is left; SERVICE_CHANGED when
   *   one gives other vectors than at first; SERVICE_UNUSABLE; the signal's reason
   */
  async *encode(
    texts: Iterable<string> | AsyncIterable<string>,
    signal?: AbortSignal,
  ): AsyncGenerator<Float32Array, void, undefined> {
    const pass = new AbortController();
    const passSignal = signal === undefined ? pass.signal : AbortSignal.any([signal, pass.signal]);
    // All requests under way listen to it.
    setMaxListeners(0, passSignal);
    const requests = cutRequests(texts, this.options.textsPerRequest ?? 256);
    const pending: Promise<Float32Array>[] = [];
    let isRead = false;
    try {
      for (;;) {
        // As many again as are under way: so a slow answer at the front does not leave the others idle.
        while (!isRead && pending.length < 2 * this.#pool.capacity) {
          const next = await requests.next();
          if (next.done === true) isRead = true;
          else pending.push(quietly(this.#request(next.value, passSignal)));
        }
        const data = await pending.shift();
        if (data === undefined) return;
        for (let start = 0; start < data.length; start += this.width) {
          yield data.subarray(start, start + this.width);
        }
      }
    } finally {
      pass.abort(new DOMException('the encoding was left', 'AbortError'));
      await requests.return();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.links.map((link) => link.close()));
  }

  /** Vectors of one request's texts, from whichever services it takes. */
  async #request(texts: readonly string[], signal: AbortSignal): Promise<Float32Array> {
    for (;;) {
      const link = await this.#pool.take(signal);
      try {
        const { data, width } = await untilAborted(link.encode(texts), signal);
        if (width === this.width) return data;
        const problem = `it gives vectors of ${width} numbers after those of ${this.width}`;
        throw polytagError('SERVICE_UNUSABLE', { address: link.address, problem });
      } catch (error) {
        this.#giveUp(link, error);
      } finally {
        this.#pool.giveBack(link);
      }
    }
  }

  /** Goes on without the service if it is gone or takes nothing; throws all else. */
  #giveUp(link: ServiceLink, error: unknown): void {
    if (!(error instanceof PolytagError && endings.includes(error.code))) throw error;
    if (!this.#pool.lose(link, error.message)) return;
    if (this.links.every(({ isLost }) => isLost)) return;
    this.options.onWarning?.(`${error.message}; the other services encode its texts`);
  }
}

/** Encodes one word, which tells how wide vectors are. */
async function measureWidth(link: ServiceLink): Promise<number> {
  const { width } = await link.encode(['width']);
  return width;
}

/** Waits for work or the signal: what the work comes to after that is nobody's. */
async function untilAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return work;
  let leave: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** A promise that may fail before anybody waits for it. */
function quietly<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => undefined);
  return promise;
}
