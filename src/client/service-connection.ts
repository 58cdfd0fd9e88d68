// One connection to an encoder service: which reply belongs to which request, and what happens when it breaks.
import { randomInt } from 'node:crypto';
import type { Observer } from 'zeromq';
import { polytagError } from '../errors/index.js';
import {
  readReply,
  type RequestBody,
  WireFault,
  type WireReply,
  writeRequest,
} from '../wire/index.js';
import { type Deferred, defer } from './deferred.js';
import { Outbox } from './outbox.js';
import { formatServiceAddress, type ServiceAddress } from './service-address.js';
import { type Waiting, waitFor } from './waiting.js';
import { openSockets, type ServiceSockets } from './zeromq.js';

/** A request that is not answered yet. */
interface OpenRequest {
  readonly frames: readonly Buffer[];
  readonly reply: Deferred<WireReply>;
  /** The ids it was sent under, the last one last: a reply to any of them answers it. */
  readonly wireIds: string[];
  transmissions: number;
}

/** Milliseconds between two greetings that nothing answers: the first pause, and the longest. */
const greetingPause = { first: 250, longest: 2000 };
/** How often a request is sent again because the connection broke, before it counts as the cause. */
const maximalTransmissions = 4;
/** How many of its latest ids a request answers to: enough for replies that are still under way. */
const rememberedIds = 8;
/** Clients of one name see each other's replies; random first ids keep them from taking one for their own. */
const firstIdBelow = 2 ** 47;

/**
 * A connection opens with a greeting: SHOW_CONFIG, sent again until it is answered. A PUB socket drops what it
 * sends before it knows of a subscription, so only an answer proves that answers arrive. Requests wait for that;
 * when the connection breaks, there is another greeting, and then what was under way is sent again.
 */
export class ServiceConnection {
  /** The answer to the first greeting. */
  readonly welcome: Promise<WireReply>;
  private readonly identity: Buffer;
  private readonly outbox: Outbox;
  private readonly open = new Set<OpenRequest>();
  private readonly byWireId = new Map<string, OpenRequest>();
  private lastId = randomInt(firstIdBelow);
  private greeted = false;
  private closed = false;

  private constructor(
    readonly address: ServiceAddress,
    identity: Buffer,
    private readonly sockets: ServiceSockets,
  ) {
    this.identity = identity;
    this.outbox = new Outbox(
      (frames) => sockets.requests.send(frames),
      (error) => {
        this.fail(error);
      },
    );
    void this.receive();
    void this.watch(sockets.requests.events);
    void this.watch(sockets.replies.events);
    this.welcome = this.greet();
    // Whoever connects without waiting never looks at it.
    this.welcome.catch(() => undefined);
  }

  /** @throws PolytagError ZEROMQ_UNAVAILABLE */
  static async open(address: ServiceAddress, identity: string): Promise<ServiceConnection> {
    const name = Buffer.from(identity, 'latin1');
    return new ServiceConnection(address, name, await openSockets(address, name));
  }

  /**
   * Sends a request and waits for its answer.
   * @throws PolytagError SERVICE_SILENT, SERVICE_REPLY_INVALID, SERVICE_LOST, CLIENT_CLOSED; the signal's reason
   */
  async exchange(body: RequestBody, waiting: Waiting): Promise<WireReply> {
    waiting.signal?.throwIfAborted();
    const request = this.admit(body);
    try {
      if (this.greeted) {
        this.transmit(request);
      }
      return await waitFor(request.reply.promise, waiting, (milliseconds) =>
        this.silence(milliseconds),
      );
    } finally {
      this.forget(request);
    }
  }

  /** The error of a service that does not answer. */
  silence(milliseconds: number): Error {
    const address = formatServiceAddress(this.address);
    return polytagError('SERVICE_SILENT', { address, milliseconds });
  }

  /** Rejects what is not answered, and closes the sockets. */
  close(): void {
    if (!this.closed) {
      this.end(this.closedError());
    }
  }

  private admit(body: RequestBody): OpenRequest {
    if (this.closed) {
      throw this.closedError();
    }
    const frames = writeRequest(this.identity, '0', body);
    const reply = defer<WireReply>();
    const request: OpenRequest = { frames, reply, wireIds: [], transmissions: 0 };
    this.open.add(request);
    return request;
  }

  private forget(request: OpenRequest): void {
    this.open.delete(request);
    for (const id of request.wireIds) {
      this.byWireId.delete(id);
    }
  }

  private transmit(request: OpenRequest): void {
    const id = String(++this.lastId);
    request.transmissions++;
    request.wireIds.push(id);
    this.byWireId.set(id, request);
    if (request.wireIds.length > rememberedIds) {
      this.byWireId.delete(String(request.wireIds.shift()));
    }
    this.outbox.post({
      frames: request.frames.with(2, Buffer.from(id)),
      isWanted: () => !this.closed && this.open.has(request) && request.wireIds.at(-1) === id,
    });
  }

  private async greet(): Promise<WireReply> {
    const greeting = this.admit({ kind: 'config' });
    let answered = false;
    for (let pause = greetingPause.first; !answered; pause *= 2) {
      // While the service is away the socket takes nothing: one greeting in front of it is enough.
      if (this.outbox.isEmpty) {
        this.transmit(greeting);
      }
      answered = await settlesWithin(
        greeting.reply.promise,
        Math.min(pause, greetingPause.longest),
      );
    }
    this.forget(greeting);
    this.greeted = true;
    for (const request of this.open) {
      this.transmitAgain(request);
    }
    return greeting.reply.promise;
  }

  private transmitAgain(request: OpenRequest): void {
    if (request.transmissions < maximalTransmissions) {
      this.transmit(request);
    } else {
      const address = formatServiceAddress(this.address);
      request.reply.reject(polytagError('SERVICE_LOST', { address, times: request.transmissions }));
    }
  }

  private async receive(): Promise<void> {
    try {
      for await (const frames of this.sockets.replies) {
        this.take(frames);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private take(frames: readonly Uint8Array[]): void {
    try {
      const reply = readReply(frames);
      this.addressee(reply)?.reply.resolve(reply);
    } catch (error) {
      if (!(error instanceof WireFault)) {
        throw error;
      }
      const details = { address: formatServiceAddress(this.address), problem: error.problem };
      this.addressee(error)?.reply.reject(polytagError('SERVICE_REPLY_INVALID', details));
    }
  }

  /** Whose reply it is. A subscription takes every name that begins with ours: others' replies come here, too. */
  private addressee({ identity, requestId }: Pick<WireFault, 'identity' | 'requestId'>) {
    const ours = identity?.equals(this.identity) && requestId !== undefined;
    return ours ? this.byWireId.get(requestId) : undefined;
  }

  private async watch(events: Observer): Promise<void> {
    try {
      for await (const event of events) {
        if (event.type === 'disconnect' && this.greeted && !this.closed) {
          this.greeted = false;
          // It fails only by what is told to every open request as well.
          this.greet().catch(() => undefined);
        }
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the connection for a reason that is not its user's; closing the sockets ends their loops in this way, too. */
  private fail(error: unknown): void {
    if (!this.closed) {
      this.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private end(reason: Error): void {
    this.closed = true;
    for (const request of this.open) {
      request.reply.reject(reason);
    }
    this.sockets.requests.close();
    this.sockets.replies.close();
  }

  private closedError(): Error {
    return polytagError('CLIENT_CLOSED', { address: formatServiceAddress(this.address) });
  }
}

/** Whether `promise` is resolved or rejected before the time is over. */
async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}
