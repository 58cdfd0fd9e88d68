// Hands out the services that share the work: the least busy first, none beyond its limit, none that is lost.
import { polytagError } from '../../errors/index.js';
import type { ServiceLink } from './service-link.js';

/** Links to services, of which each takes a few requests at a time. */
export class LinkPool {
  #waiting: { give: (link: ServiceLink) => void; fail: (error: Error) => void }[] = [];
  /** Requests handed out, by link: a link counts only those that it has sent. */
  readonly #taken = new Map<ServiceLink, number>();
  #lastReason = 'it was never asked';

  /** @param perLink requests that a service may have at a time */
  constructor(
    private readonly links: readonly ServiceLink[],
    private readonly perLink: number,
  ) {}

  /** Requests that all services together may have at a time. */
  get capacity(): number {
    return this.links.length * this.perLink;
  }

  /**
   * A service with room for a request, as soon as there is one. It must be given back.
   *
   * @throws PolytagError NO_SERVICE_LEFT when all are lost
   */
  async take(signal?: AbortSignal): Promise<ServiceLink> {
    signal?.throwIfAborted();
    const link = this.#freest();
    if (link !== undefined) return link;
    if (this.links.every(({ isLost }) => isLost)) throw this.#allLost();
    return new Promise((resolve, reject) => {
      const waiter = {
        give: (freed: ServiceLink): void => {
          signal?.removeEventListener('abort', abort);
          resolve(freed);
        },
        fail: (error: Error): void => {
          signal?.removeEventListener('abort', abort);
          reject(error);
        },
      };
      const abort = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** Gives a link back after a request. */
  giveBack(link: ServiceLink): void {
    this.#taken.set(link, (this.#taken.get(link) ?? 1) - 1);
    this.#serve();
  }

  /** Gives up a service: it gets no requests any more. @returns whether it was in use until now */
  lose(link: ServiceLink, reason: string): boolean {
    if (link.isLost) return false;
    link.isLost = true;
    this.#lastReason = reason;
    if (this.links.every(({ isLost }) => isLost)) {
      for (const { fail } of this.#waiting.splice(0)) fail(this.#allLost());
    }
    return true;
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const link = this.#freest();
      if (link === undefined) return;
      this.#waiting.shift()?.give(link);
    }
  }

  #freest(): ServiceLink | undefined {
    const taken = (link: ServiceLink): number => this.#taken.get(link) ?? 0;
    const [freest] = this.links
      .filter((link) => !link.isLost && taken(link) < this.perLink)
      .sort((a, b) => taken(a) - taken(b));
    if ((freest as ServiceLink | undefined) === undefined) return undefined;
    this.#taken.set(freest, taken(freest) + 1);
    return freest;
  }

  #allLost(): Error {
    const addresses = this.links.map(({ address }) => address);
    return polytagError('NO_SERVICE_LEFT', { addresses, reason: this.#lastReason });
  }
}
