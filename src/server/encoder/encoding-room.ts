// Room for requests in work: those that find none wait their turn, in the order of their coming.
import { polytagError } from '../../errors/index.js';

/** What a request takes up, or a room offers. */
export interface Space {
  /** Texts that the encoder is given at a time. */
  readonly texts: number;
  /** Bytes of vectors. */
  readonly bytes: number;
}

interface Waiting {
  readonly space: Space;
  readonly enter: () => void;
}

/** Requests that may wait for a room; more are refused. */
const longestLine = 16_384;

/** A bounded space. A request that is larger than all of it has it alone. */
export class EncodingRoom {
  readonly #offered: Space;
  readonly #line = new Set<Waiting>();
  #requests = 0;
  #texts = 0;
  #bytes = 0;

  constructor(offered: Space) {
    this.#offered = offered;
  }

  /**
   * Waits for `space`; the result gives it back.
   * @throws PolytagError QUEUE_FULL when too many wait already; the signal's reason
   */
  async enter(space: Space, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#line.size > 0 || !this.#fits(space)) await this.#wait(space, signal);
    else this.#take(space);
    return () => {
      this.#requests -= 1;
      this.#texts -= space.texts;
      this.#bytes -= space.bytes;
      this.#letIn();
    };
  }

  #wait(space: Space, signal: AbortSignal | undefined): Promise<void> {
    if (this.#line.size >= longestLine) {
      throw polytagError('QUEUE_FULL', { waiting: this.#line.size });
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#line.delete(waiting);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('given up'));
        this.#letIn();
      };
      const waiting = {
        space,
        enter: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#line.add(waiting);
    });
  }

  #letIn(): void {
    for (const waiting of this.#line) {
      if (!this.#fits(waiting.space)) return;
      this.#line.delete(waiting);
      this.#take(waiting.space);
      waiting.enter();
    }
  }

  #fits({ texts, bytes }: Space): boolean {
    const { texts: mostTexts, bytes: mostBytes } = this.#offered;
    if (this.#requests === 0) return true;
    return this.#texts + texts <= mostTexts && this.#bytes + bytes <= mostBytes;
  }

  #take({ texts, bytes }: Space): void {
    this.#requests += 1;
    this.#texts += texts;
    this.#bytes += bytes;
  }
}
