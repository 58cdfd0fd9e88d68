// What an encoder server is started with, and what its owner holds of it.
import type { Encoder } from '../bert/index.js';
import type { JsonRecord } from './encoder/encoding-service.js';
import type { ServerEvent } from './server-events.js';

/** How an encoder server is started. */
export interface EncoderServerOptions {
  /** Loaded by the caller, who also closes it, after the server. */
  readonly encoder: Encoder;
  /** The address to listen at: `127.0.0.1`, another of the machine's, or `0.0.0.0` or `*` for all. */
  readonly host: string;
  /** The port for requests; 0 for any that is free. */
  readonly port: number;
  /** The port for replies; 0 for any that is free. */
  readonly portOut: number;
  /** The port for HTTP, 0 for any that is free; null for none. */
  readonly httpPort: number | null;
  /** HTTP connections at a time. */
  readonly httpMaxConnect: number;
  /** The origins that browsers may call HTTP from: `*`, or a comma-separated list. */
  readonly cors: string;
  /** Tokens of a sequence at most, as the encoder was loaded; null: no limit but the encoder's positions. */
  readonly maxSeqLen: number | null;
  /** Without `maxSeqLen`, give token vectors for all positions, not for the longest text of a request. */
  readonly fixedEmbedLength: boolean;
  /** Send tokens with the vectors. */
  readonly showTokensToClient: boolean;
  /** Requests of at most so many texts go before larger ones. */
  readonly priorityBatchSize: number;
  /** Let clients on other machines end the service. */
  readonly allowRemoteTermination: boolean;
  /** Every flag by its name in bert-as-service's argparse, for the status. */
  readonly flags: JsonRecord;
  /** Bytes of one request at most; more is refused, and twice as many not even received. Default 64 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** Told of everything that happens; must not throw. */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
}

/** A running encoder server. */
export interface EncoderServer {
  /** The port for requests. */
  readonly port: number;
  /** The port for replies. */
  readonly portOut: number;
  readonly httpPort: number | null;
  /** Resolves when the server has closed: at a client's request, or its owner's. */
  readonly ended: Promise<'terminated' | 'closed'>;
  /**
   * Drains and closes: new requests are refused, those before are answered, and replies handed over, for
   * `graceMilliseconds` at most (default 30,000). Does not close the encoder.
   */
  close(options?: { readonly graceMilliseconds?: number | undefined }): Promise<void>;
}
