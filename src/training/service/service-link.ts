// Requests to one service while its health is watched: that it died, or became another one, is noticed.
import { polytagError } from '../../errors/index.js';
import type { VectorSource } from './vector-source.js';
import { listDifferences, readIdentity, type ServiceIdentity } from './service-identity.js';

/** How patient a link is. */
export interface LinkPatience {
  /** Milliseconds between two looks at a service that has requests to answer. */
  readonly pulse: number;
  /** Milliseconds for a service to say what it is, which takes no time even under load. */
  readonly status: number;
  /** Milliseconds for the vectors of one request. */
  readonly answer: number;
}

/** A service in use. */
export class ServiceLink {
  /** Requests under way. */
  busy = 0;
  /** Whether the service is given up. */
  isLost = false;
  #identity: ServiceIdentity | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #onTrouble = new Set<(error: Error) => void>();

  constructor(
    private readonly source: VectorSource,
    private readonly patience: LinkPatience,
  ) {}

  get address(): string {
    return this.source.address;
  }

  /** What the service is. @throws PolytagError SERVICE_SILENT, SERVICE_REFUSED, SERVICE_UNUSABLE */
  async identify(): Promise<ServiceIdentity> {
    this.#identity = await this.#ask();
    return this.#identity;
  }

  /**
   * Vectors of texts, [texts, width]. They are given only after the service has said once more what it is:
   * so that none come from a service that was started anew with other settings.
   *
   * @throws PolytagError SERVICE_SILENT, SERVICE_REFUSED, SERVICE_CHANGED, SERVICE_UNUSABLE
   */
  async encode(texts: readonly string[]): Promise<{ data: Float32Array; width: number }> {
    this.busy++;
    let fail: (error: Error) => void = () => undefined;
    const trouble = new Promise<never>((_, reject) => {
      fail = reject;
    });
    this.#onTrouble.add(fail);
    this.#timer ??= setInterval(() => void this.#look(), this.patience.pulse);
    try {
      const answer = this.#limit(this.source.encode(texts), this.patience.answer);
      const { data, shape } = await Promise.race([answer, trouble]);
      const [rows, width = 0, ...others] = shape;
      if (rows !== texts.length || others.length > 0 || data.length !== rows * width || !width) {
        const problem = `it answered ${texts.length} texts with an array of shape [${shape.join(', ')}]`;
        throw polytagError('SERVICE_UNUSABLE', { address: this.address, problem });
      }
      await this.#confirm();
      return { data, width };
    } finally {
      this.busy--;
      this.#onTrouble.delete(fail);
      if (this.busy === 0) this.#rest();
    }
  }

  async close(): Promise<void> {
    this.#rest();
    await this.source.close();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Looks whether the service lives; what is wrong fails all requests under way. */
  async #look(): Promise<void> {
    try {
      await this.#confirm();
    } catch (error) {
      const trouble = error instanceof Error ? error : new Error(String(error));
      for (const fail of this.#onTrouble) fail(trouble);
    }
  }

  /** @throws PolytagError SERVICE_CHANGED unless the service is what it was; as `identify` */
  async #confirm(): Promise<void> {
    const found = await this.#ask();
    const differences = this.#identity === undefined ? [] : listDifferences(this.#identity, found);
    if (differences.length > 0) {
      throw polytagError('SERVICE_CHANGED', { address: this.address, differences });
    }
  }

  async #ask(): Promise<ServiceIdentity> {
    const status = await this.#limit(this.source.status(), this.patience.status);
    return readIdentity(this.address, status);
  }

  /** Waits so long and no longer: a source may be more patient. */
  async #limit<Result>(work: Promise<Result>, milliseconds: number): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(polytagError('SERVICE_SILENT', { address: this.address, milliseconds }));
      }, milliseconds);
    });
    try {
      return await Promise.race([work, silence]);
    } finally {
      clearTimeout(timer);
    }
  }
}
