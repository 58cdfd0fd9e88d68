// What a listener, whatever protocol it speaks, asks of the encoder service.
import type { JsonValue } from '../../weights/index.js';

/** A JSON object that a client is shown. */
export type JsonRecord = Readonly<Record<string, JsonValue>>;

/** Texts that a client wants encoded, as it sent them. */
export interface EncodingRequest {
  /** Who asks, for the statistics: the identity of a ZeroMQ client, the address of an HTTP one. */
  readonly client: string;
  /** The parsed JSON: texts, or lists of tokens. Anything else is refused. */
  readonly texts: unknown;
  /** Gives the request up: the client has left. */
  readonly signal?: AbortSignal | undefined;
}

/** Vectors for the texts of one request. */
export interface EncodedTexts {
  /** Row-major, in the order of the texts. */
  readonly data: Float32Array;
  /** [texts, width]; for the pooling strategy NONE [texts, tokens, width], zero after a text's last token. */
  readonly shape: readonly number[];
  /** The tokens of each text, where the service shows them. */
  readonly tokens: readonly (readonly string[])[] | undefined;
  /** Texts that were longer than the service's limit. */
  readonly truncatedTexts: number;
}

/** The encoder service without its sockets. */
export interface EncodingService {
  /**
   * Encodes the texts of one request, together with those of all others that wait.
   * @throws PolytagError REQUEST_INVALID when the client is at fault, QUEUE_FULL under overload,
   * SERVICE_CLOSING after the end has begun; the signal's reason; others are ours
   */
  encode(request: EncodingRequest): Promise<EncodedTexts>;
  /** What SHOW_CONFIG answers to `client`. */
  config(client: string): JsonRecord;
  /** What SHOW_STATUS answers to `client`: the configuration and the statistics. */
  status(client: string): JsonRecord;
}
