// Several connections to one encoder service, each used by one call at a time.
import { polytagError } from '../errors/index.js';
import { BertClient, type EncodeTextsOptions } from './bert-client.js';
import { type BertClientOptions, checkOption } from './client-options.js';
import { type Deferred, defer } from './deferred.js';
import type { EncodedBatch } from './encoded-batch.js';
import { formatServiceAddress } from './service-address.js';
import type { ServiceRecord } from './service-config.js';
import type { ClientText } from './texts.js';
import { checkWaiting, type Waiting, waitFor } from './waiting.js';

/** How a pool of connections connects. */
export interface ConcurrentBertClientOptions extends BertClientOptions {
  /** The most connections, and so the most calls at once; 1 or more. Default: 10. */
  readonly maxConcurrency?: number | undefined;
}

/**
 * A pool of clients: connections are opened as they are needed, and a call beyond the last waits its turn. One
 * `BertClient` takes overlapping calls as well; this bounds how many requests are under way.
 *
 * An `identity` names the first connection; the others are called by it with `-2`, `-3` .. behind.
 */
export class ConcurrentBertClient {
  private readonly idle: BertClient[];
  private readonly turns: Deferred<BertClient>[] = [];
  private readonly all: Set<BertClient>;
  private readonly ended = new AbortController();
  private opened = 1;

  private constructor(
    first: BertClient,
    private readonly options: BertClientOptions,
    private readonly maxConcurrency: number,
  ) {
    this.idle = [first];
    this.all = new Set(this.idle);
  }

  /** Connects and checks the first connection. Errors as for `BertClient.connect`. */
  static async connect({
    maxConcurrency = 10,
    ...options
  }: ConcurrentBertClientOptions = {}): Promise<ConcurrentBertClient> {
    const possible = Number.isSafeInteger(maxConcurrency) && maxConcurrency >= 1;
    checkOption('maxConcurrency', maxConcurrency, possible, 'a whole number of 1 or more');
    const first = await BertClient.connect(options);
    return new ConcurrentBertClient(first, options, maxConcurrency);
  }

  /** As `BertClient.encode`; the timeout includes waiting for a turn. */
  encode(texts: readonly ClientText[], options: EncodeTextsOptions = {}): Promise<EncodedBatch> {
    return this.withClient(options, (client, left) =>
      client.encode(texts, { ...options, ...left }),
    );
  }

  /** As `BertClient.serverConfig`; the timeout includes waiting for a turn. */
  serverConfig(waiting: Waiting = {}): Promise<ServiceRecord> {
    return this.withClient(waiting, (client, left) => client.serverConfig(left));
  }

  /** As `BertClient.serverStatus`; the timeout includes waiting for a turn. */
  serverStatus(waiting: Waiting = {}): Promise<ServiceRecord> {
    return this.withClient(waiting, (client, left) => client.serverStatus(left));
  }

  /** Closes all connections; calls that wait or are not answered are rejected with CLIENT_CLOSED. */
  close(): void {
    this.ended.abort(this.closedError());
    for (const turn of this.turns.splice(0)) {
      turn.reject(this.closedError());
    }
    for (const client of this.all) {
      client.close();
    }
  }

  /** Closes all connections, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  private async withClient<Result>(
    waiting: Waiting,
    call: (client: BertClient, left: Waiting) => Promise<Result>,
  ): Promise<Result> {
    checkWaiting(waiting);
    waiting.signal?.throwIfAborted();
    const { timeout = this.options.timeout, signal } = waiting;
    const begin = performance.now();
    const client = await this.takeTurn({ timeout, signal });
    try {
      const used = performance.now() - begin;
      return await call(client, { timeout: timeout && Math.max(1, timeout - used), signal });
    } finally {
      this.passOn(client);
    }
  }

  private async takeTurn(waiting: Waiting): Promise<BertClient> {
    if (this.ended.signal.aborted) {
      throw this.closedError();
    }
    const client = this.idle.pop();
    if (client) {
      return client;
    }
    const turn = defer<BertClient>();
    this.turns.push(turn);
    if (this.opened < this.maxConcurrency) {
      void this.openAnother();
    }
    try {
      return await waitFor(turn.promise, waiting, (milliseconds) => this.silence(milliseconds));
    } catch (error) {
      this.leave(turn);
      throw error;
    }
  }

  /** Opens a connection for whoever is next; a failure is theirs, too. */
  private async openAnother(): Promise<void> {
    const number = ++this.opened;
    const { identity } = this.options;
    try {
      const client = await BertClient.connect({
        ...this.options,
        identity: identity === undefined ? undefined : `${identity}-${number}`,
        signal: this.ended.signal,
      });
      this.all.add(client);
      this.passOn(client);
    } catch (error) {
      this.opened--;
      this.turns.shift()?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private passOn(client: BertClient): void {
    if (this.ended.signal.aborted) {
      client.close();
      return;
    }
    const next = this.turns.shift();
    if (next) {
      next.resolve(client);
    } else {
      this.idle.push(client);
    }
  }

  /** Gives up a turn; a client that it was given in the same moment goes to the next. */
  private leave(turn: Deferred<BertClient>): void {
    const at = this.turns.indexOf(turn);
    if (at >= 0) {
      this.turns.splice(at, 1);
    } else {
      turn.promise.then(
        (client) => {
          this.passOn(client);
        },
        () => undefined,
      );
    }
  }

  private silence(milliseconds: number): Error {
    return polytagError('SERVICE_SILENT', { address: this.place, milliseconds });
  }

  private closedError(): Error {
    return polytagError('CLIENT_CLOSED', { address: this.place });
  }

  private get place(): string {
    const { ip = 'localhost', port = 5555, portOut = 5556 } = this.options;
    return formatServiceAddress({ ip, port, portOut });
  }
}
