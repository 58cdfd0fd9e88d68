// The encoder service with its sockets: started whole or not at all, ended by its owner or by a client.
//
//   const encoder = await Encoder.load('uncased_L-12_H-768_A-12', { maxLength: 25 });
//   const server = await startEncoderServer({ encoder, host: '127.0.0.1', port: 5555, portOut: 5556, ... });
//   await server.ended; // a client sent TERMINATION
//   await encoder.close();
import type { EncoderServer, EncoderServerOptions } from './encoder-server-options.js';
import { EncoderService } from './encoder/encoder-service.js';
import { ServiceJournal } from './encoder/service-journal.js';
import type { HttpListener } from './http/index.js';
import { ZeromqListener } from './zeromq/zeromq-listener.js';

/** Bytes of one request at most, unless the owner says otherwise. */
const defaultMessageBytes = 2 ** 26;

/** Milliseconds for what is under way when a service ends, unless the owner says otherwise. */
const defaultGrace = 30_000;

/** The listeners of a service, which end together. */
class RunningServer implements EncoderServer {
  readonly ended: Promise<'terminated' | 'closed'>;
  #resolveEnded: (how: 'terminated' | 'closed') => void = () => undefined;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly service: EncoderService,
    private readonly zeromq: ZeromqListener,
    private readonly http: HttpListener | undefined,
  ) {
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  get port(): number {
    return this.zeromq.port;
  }

  get portOut(): number {
    return this.zeromq.portOut;
  }

  get httpPort(): number | null {
    return this.http?.port ?? null;
  }

  close({ graceMilliseconds }: { graceMilliseconds?: number | undefined } = {}): Promise<void> {
    return this.end('closed', graceMilliseconds);
  }

  /** Ends once, however often and by whomever it is asked. */
  end(how: 'terminated' | 'closed', graceMilliseconds = defaultGrace): Promise<void> {
    this.#closing ??= this.#close(graceMilliseconds).finally(() => {
      this.#resolveEnded(how);
    });
    return this.#closing;
  }

  async #close(graceMilliseconds: number): Promise<void> {
    // From here on requests are refused; the listeners wait for the answers to those before.
    void this.service.drain();
    await Promise.all([
      this.zeromq.close({ graceMilliseconds }),
      this.http?.close({ graceMilliseconds }),
    ]);
  }
}

/**
 * Starts a service.
 * @throws PolytagError PORT_UNAVAILABLE, ZEROMQ_UNAVAILABLE
 */
export async function startEncoderServer(options: EncoderServerOptions): Promise<EncoderServer> {
  const { encoder, onEvent = () => undefined } = options;
  const journal = new ServiceJournal(onEvent);
  const service = await EncoderService.open(encoder, options, journal);
  // A client may ask for the end before all is open.
  const asked = new AbortController();
  const zeromq = await ZeromqListener.open(service, journal, {
    ...options,
    maxMessageBytes: options.maxMessageBytes ?? defaultMessageBytes,
    onTermination: () => {
      asked.abort();
    },
    onAddresses: (addresses) => {
      onEvent({ kind: 'addresses', addresses });
    },
  });
  try {
    const http = await openHttp(service, journal, options);
    service.showPorts({
      port: zeromq.port,
      port_out: zeromq.portOut,
      http_port: http?.port ?? null,
    });
    const server = new RunningServer(service, zeromq, http);
    const end = (): void => void server.end('terminated');
    if (asked.signal.aborted) end();
    else asked.signal.addEventListener('abort', end, { once: true });
    return server;
  } catch (error) {
    await zeromq.close({ graceMilliseconds: 0 });
    throw error;
  }
}

async function openHttp(
  service: EncoderService,
  journal: ServiceJournal,
  { host, httpPort, httpMaxConnect, cors }: EncoderServerOptions,
): Promise<HttpListener | undefined> {
  if (httpPort === null) return undefined;
  // Loaded where it is used: its schemas take half as long to load as the whole rest of a start.
  const { listenHttp } = await import('./http/index.js');
  return listenHttp(service, {
    host,
    port: httpPort,
    cors,
    maxConnections: httpMaxConnect,
    onFailure: (error) => {
      journal.faulted('HTTP', error);
    },
  });
}
