// The ZeroMQ side of the encoder service: requests over PULL, replies over XPUB, as bert-as-service had them.
import type * as ZeroMQ from 'zeromq';
import type { EncodingService } from '../encoder/encoding-service.js';
import type { ServiceJournal } from '../encoder/service-journal.js';
import { AdmissionGate } from './admission-gate.js';
import { bindSocket } from './binding.js';
import { clientName } from './client-name.js';
import { type ListenAddress, listenAddresses, resolveHost } from './listen-addresses.js';
import { ReplySender } from './reply-sender.js';
import { RequestHandler } from './request-handler.js';
import { RequestSockets } from './request-sockets.js';
import { connectionOptions, loadZeroMQ } from './zeromq-library.js';

/** In work before no more is received. */
const gateLimits = { requests: 8_192, bytes: 2 ** 28 };

/** Replies in wait. */
const outboxLimits = { identityBytes: 2 ** 26, totalBytes: 2 ** 28 };

/**
 * Replies within the socket for each client: beyond, they wait where they are counted. With 8, clients that
 * read fast lost replies to the bound of the outbox (12,000 of 33,000 small ones), with 32 and more none.
 */
const repliesAhead = 32;

/** Bytes of a subscription at most: an identity has 255. */
const maxTopicBytes = 1_024;

/** Milliseconds between two looks at the machine's addresses. */
const addressInterval = 10_000;

/** Milliseconds for which what the sockets have taken is sent after they were closed, at most. */
const longestLinger = 10_000;

/** How a listener is opened. */
export interface ZeromqListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly portOut: number;
  readonly allowRemoteTermination: boolean;
  readonly maxMessageBytes: number;
  readonly onTermination: () => void;
  /** Told of the addresses when they have changed. */
  readonly onAddresses: (addresses: readonly string[]) => void;
}

interface Parts {
  readonly replies: ZeroMQ.XPublisher;
  readonly sender: ReplySender;
  readonly handler: RequestHandler;
  readonly requests: RequestSockets;
}

/** Listens until it is closed. */
export class ZeromqListener {
  readonly #parts: Parts;
  readonly #options: ZeromqListenerOptions;
  readonly #addresses: () => ListenAddress[];
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    parts: Parts,
    options: ZeromqListenerOptions,
    readonly portOut: number,
    addresses: () => ListenAddress[],
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#addresses = addresses;
  }

  /**
   * Binds the ports and begins to take requests.
   * @throws PolytagError PORT_UNAVAILABLE, ZEROMQ_UNAVAILABLE
   */
  static async open(
    service: EncodingService,
    journal: ServiceJournal,
    options: ZeromqListenerOptions,
  ): Promise<ZeromqListener> {
    const zeromq = await loadZeroMQ();
    const host = await resolveHost(options.host, options.port);
    const parts = makeParts(zeromq, host.includes(':'), service, journal, options);
    const addresses = () => listenAddresses(host, options.allowRemoteTermination);
    try {
      const portOut = await bindSocket(parts.replies, host, options.portOut);
      await parts.requests.open(addresses(), options.port);
      const listener = new ZeromqListener(parts, options, portOut, addresses);
      listener.#follow();
      return listener;
    } catch (error) {
      parts.replies.close();
      throw error;
    }
  }

  get port(): number {
    return this.#parts.requests.port;
  }

  /** Answers what was taken in, hands the replies over and closes, for `graceMilliseconds` at most. */
  async close({ graceMilliseconds }: { readonly graceMilliseconds: number }): Promise<void> {
    const { replies, sender, handler, requests } = this.#parts;
    const deadline = performance.now() + graceMilliseconds;
    clearTimeout(this.#timer);
    await until(handler.idle(), deadline);
    requests.close();
    await until(sender.flushed(), deadline);
    await sender.stop();
    // What the socket has taken it still sends, after it was closed.
    replies.linger = Math.min(longestLinger, Math.max(0, Math.ceil(deadline - performance.now())));
    replies.close();
  }

  #follow(): void {
    void this.#parts.sender.followSubscriptions();
    this.#timer = setTimeout(() => {
      void this.#lookAtAddresses();
    }, addressInterval).unref();
  }

  async #lookAtAddresses(): Promise<void> {
    const { requests } = this.#parts;
    if (await requests.change(this.#addresses())) this.#options.onAddresses(requests.addresses);
    this.#timer?.refresh();
  }
}

function makeParts(
  zeromq: typeof ZeroMQ,
  ipv6: boolean,
  service: EncodingService,
  journal: ServiceJournal,
  { maxMessageBytes, onTermination }: ZeromqListenerOptions,
): Parts {
  const replies = new zeromq.XPublisher({
    sendHighWaterMark: repliesAhead,
    maxMessageSize: maxTopicBytes,
    ipv6,
    ...connectionOptions,
  });
  const sender = new ReplySender(replies, outboxLimits, (identity, reason) => {
    journal.dropped('reply', clientName(identity), reason);
  });
  journal.measure('waiting_reply_bytes', () => sender.outbox.bytes);
  const gate = new AdmissionGate(gateLimits);
  const handler = new RequestHandler({
    service,
    journal,
    gate,
    maxBytes: maxMessageBytes,
    send: (identity, frames) => {
      sender.send(identity, frames);
    },
    onTermination,
  });
  const requests = new RequestSockets({
    zeromq,
    gate,
    maxFrameBytes: 2 * maxMessageBytes,
    onMessage: (frames, mayTerminate) => {
      handler.handle(frames, mayTerminate);
    },
  });
  return { replies, sender, handler, requests };
}

/** Waits for `work`, but not beyond `deadline`. */
async function until(work: Promise<void>, deadline: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
