// A client of an encoder service that speaks the protocol of bert-as-service 1.10.
import { polytagError } from '../errors/index.js';
import type { WireReply } from '../wire/index.js';
import {
  type BertClientOptions,
  type ClientSettings,
  checkOption,
  readClientOptions,
} from './client-options.js';
import { EncodedBatch } from './encoded-batch.js';
import { mapInOrder } from './mapping-in-order.js';
import { type FetchedBatch, SentRequests } from './sent-requests.js';
import { formatServiceAddress, type ServiceAddress } from './service-address.js';
import {
  checkConfig,
  protocolVersion,
  type ServiceLimits,
  type ServiceRecord,
} from './service-config.js';
import { ServiceConnection } from './service-connection.js';
import { areWithin, checkTexts, type ClientText } from './texts.js';
import { checkWaiting, type Waiting, waitFor } from './waiting.js';

/** How texts are encoded. */
export interface EncodeTextsOptions extends Waiting {
  /** The texts are lists of tokens. Default: false. */
  readonly isTokenized?: boolean | undefined;
  /** Ask for the tokens of each text, too. Default: false. */
  readonly showTokens?: boolean | undefined;
}

/** How a stream of batches is encoded. */
export interface EncodeStreamOptions extends EncodeTextsOptions {
  /** The most requests that are under way at once, 1 or more. Default: 4. */
  readonly maxInFlight?: number | undefined;
}

/** How sent requests are fetched. */
export interface FetchAllOptions {
  /** In the order of sending, not of arriving. Default: true. */
  readonly sort?: boolean | undefined;
  /** All vectors in one batch. Default: false. */
  readonly concat?: boolean | undefined;
}

/** What a client is doing. */
export interface ClientStatus {
  readonly identity: string;
  readonly address: ServiceAddress;
  /** Requests for vectors so far. */
  readonly requests: number;
  /** Requests that `send` returned and that are not answered yet. */
  readonly pendingRequests: readonly number[];
  /** Milliseconds; nothing if it waits without limit. */
  readonly timeout: number | undefined;
  /** The version of bert-as-service whose protocol it speaks. */
  readonly clientVersion: string;
}

/**
 * A client of an encoder service. Any number of calls may overlap. Close it when done: it keeps the process alive.
 *
 * @example
 * const client = await BertClient.connect({ ip: 'localhost', timeout: 10_000 });
 * const { shape } = await client.encode(['First do it', 'then do it right']);
 * console.log(shape); // [2, 768]
 * client.close();
 */
export class BertClient {
  private readonly sent = new SentRequests();
  private readonly warned = new Set<string>();
  private requests = 0;

  private constructor(
    private readonly connection: ServiceConnection,
    private readonly settings: ClientSettings,
    private readonly limits: ServiceLimits,
  ) {}

  /**
   * Connects to a service and checks it. With `ignoreAllChecks` it does not wait for the service, which may come
   * later.
   * @throws PolytagError OPTION_INVALID; SERVICE_SILENT when the timeout is over; SERVICE_VERSION;
   * SERVICE_REFUSED; SERVICE_REPLY_INVALID; ZEROMQ_UNAVAILABLE; the signal's reason
   */
  static async connect(options: BertClientOptions = {}): Promise<BertClient> {
    const settings = readClientOptions(options);
    const connection = await ServiceConnection.open(settings.address, settings.identity);
    if (settings.unchecked) {
      const unknown = { maximalTokens: undefined, showsTokens: undefined };
      return new BertClient(connection, settings, unknown);
    }
    try {
      const waiting = { timeout: settings.timeout, signal: options.signal };
      const reply = await waitFor(connection.welcome, waiting, (milliseconds) =>
        connection.silence(milliseconds),
      );
      const limits = checkConfig(recordOf(reply, settings.address), settings);
      return new BertClient(connection, settings, limits);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** What this client is doing. */
  get status(): ClientStatus {
    const { identity, address, timeout } = this.settings;
    const pendingRequests = this.sent.pending;
    const clientVersion = protocolVersion;
    return { identity, address, requests: this.requests, pendingRequests, timeout, clientVersion };
  }

  /** The service's configuration: its flags by their names. Errors as for `encode`. */
  async serverConfig(waiting: Waiting = {}): Promise<ServiceRecord> {
    return this.record('config', waiting);
  }

  /** The service's configuration and statistics. Errors as for `encode`. */
  async serverStatus(waiting: Waiting = {}): Promise<ServiceRecord> {
    return this.record('status', waiting);
  }

  /**
   * Encodes texts.
   * @throws PolytagError OPTION_INVALID for an empty list or a blank text; SERVICE_SILENT when the timeout is
   * over; SERVICE_REFUSED with the service's reason; SERVICE_REPLY_INVALID; SERVICE_LOST; CLIENT_CLOSED;
   * the signal's reason
   */
  async encode(
    texts: readonly ClientText[],
    options: EncodeTextsOptions = {},
  ): Promise<EncodedBatch> {
    this.check(texts, options);
    return this.request(texts, this.patience(options));
  }

  /**
   * Encodes a stream of batches; yields their vectors in the order of the batches, each as soon as it is there.
   * Batches are taken from the stream only as fast as results are. Errors as for `encode`; the first one ends it.
   */
  async *encodeAsync(
    batches: AsyncIterable<readonly ClientText[]> | Iterable<readonly ClientText[]>,
    { maxInFlight = 4, ...options }: EncodeStreamOptions = {},
  ): AsyncGenerator<EncodedBatch, void, undefined> {
    const possible = Number.isSafeInteger(maxInFlight) && maxInFlight >= 1;
    checkOption('maxInFlight', maxInFlight, possible, 'a whole number of 1 or more');
    const ended = new AbortController();
    const signals = [ended.signal, ...(options.signal ? [options.signal] : [])];
    const signal = AbortSignal.any(signals);
    try {
      yield* mapInOrder(
        batches,
        (texts) => this.encode(texts, { ...options, signal }),
        maxInFlight,
      );
    } finally {
      ended.abort();
    }
  }

  /**
   * Sends texts without waiting; `fetch` or `fetchAll` has the vectors. Waits without limit unless `options` say
   * otherwise, since with many requests under way the last is answered late.
   * @returns the request's id, counted from 1
   * @throws PolytagError OPTION_INVALID; other errors come from `fetch` and `fetchAll`
   */
  send(texts: readonly ClientText[], options: EncodeTextsOptions = {}): number {
    this.check(texts, options);
    return this.sent.add(this.request(texts, options));
  }

  /**
   * Yields the vectors of sent requests as they come, until none is awaited. Throws the error of a request that
   * failed; the others can be fetched by another call.
   */
  fetch(): AsyncGenerator<FetchedBatch, void, undefined> {
    return this.sent.fetch();
  }

  /**
   * Waits for the vectors of all sent requests; none if none was sent. Throws the error of a request that failed;
   * the others can be fetched by another call.
   * @throws PolytagError OPTION_INVALID for `concat` of vectors whose shapes differ
   */
  async fetchAll(options: FetchAllOptions & { readonly concat: true }): Promise<EncodedBatch>;
  async fetchAll(options?: FetchAllOptions): Promise<EncodedBatch[]>;
  async fetchAll({ sort = true, concat = false }: FetchAllOptions = {}) {
    const fetched = await this.sent.takeAll(sort);
    const batches = fetched.map(({ encoded }) => encoded);
    return concat ? EncodedBatch.concatenate(batches) : batches;
  }

  /** Closes the connection; what is not answered is rejected with CLIENT_CLOSED. */
  close(): void {
    this.connection.close();
  }

  /** Closes the connection, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  private async request(texts: readonly ClientText[], options: EncodeTextsOptions) {
    const { showTokens = false } = options;
    this.warn(texts, showTokens);
    this.requests++;
    const reply = await this.connection.exchange({ kind: 'encode', texts }, options);
    if (reply.kind !== 'vectors') {
      throw unexpected(reply, this.settings.address);
    }
    const { data, shape, tokens } = reply.vectors;
    if (shape[0] !== texts.length) {
      const problem = `it has vectors of ${shape[0]} texts, asked for were ${texts.length}`;
      throw invalidReply(this.settings.address, problem);
    }
    return new EncodedBatch({ data, shape, tokens: showTokens ? tokens : undefined });
  }

  private check(texts: readonly ClientText[], options: EncodeTextsOptions): void {
    checkWaiting(options);
    checkTexts(texts, options.isTokenized ?? false);
  }

  private warn(texts: readonly ClientText[], showTokens: boolean): void {
    const { maximalTokens, showsTokens } = this.limits;
    if (maximalTokens !== undefined && !areWithin(texts, maximalTokens)) {
      this.warnOnce(
        `some texts have more tokens than the service reads (max_seq_len ${maximalTokens}): their vectors tell nothing of the rest; start it with a larger -max_seq_len, or connect with checkLength: false`,
      );
    }
    if (showTokens && showsTokens === false) {
      this.warnOnce(
        'showTokens: the service does not show tokens; start it with -show_tokens_to_client',
      );
    }
  }

  private warnOnce(message: string): void {
    if (!this.warned.has(message)) {
      this.warned.add(message);
      this.settings.onWarning(message);
    }
  }

  private async record(kind: 'config' | 'status', waiting: Waiting): Promise<ServiceRecord> {
    checkWaiting(waiting);
    const reply = await this.connection.exchange({ kind }, this.patience(waiting));
    return recordOf(reply, this.settings.address);
  }

  /** The options, with the client's own timeout where they have none. */
  private patience<Options extends Waiting>(options: Options): Options {
    return { ...options, timeout: options.timeout ?? this.settings.timeout };
  }
}

function recordOf(reply: WireReply, address: ServiceAddress): ServiceRecord {
  if (reply.kind !== 'record') {
    throw unexpected(reply, address);
  }
  return reply.record;
}

/** The error of a reply that is not what was asked for. */
function unexpected(reply: WireReply, address: ServiceAddress): Error {
  if (reply.kind === 'refusal') {
    const reason = reply.refusal.message;
    return polytagError('SERVICE_REFUSED', { address: formatServiceAddress(address), reason });
  }
  return invalidReply(
    address,
    `a ${reply.kind === 'record' ? 'record' : 'list of vectors'} was not asked for`,
  );
}

function invalidReply(address: ServiceAddress, problem: string): Error {
  return polytagError('SERVICE_REPLY_INVALID', { address: formatServiceAddress(address), problem });
}
