// What the service asks of its operators' side, and tells it: who may come in, and what became of each request.

/** Whom a route is for: `score` needs a key where there are keys, `admin` an admin's key. */
export type Access = 'score' | 'admin';

/** What is read of a request's headers. */
export interface RequestHeaders {
  get(name: string): string | null | undefined;
}

/** A classifier as far as the figures about it go; a `ServedClassifier` is one. */
export interface ScoredModel {
  readonly name: string;
  readonly version: string;
  readonly labels: readonly string[];
  readonly thresholds: { readonly version: number; readonly values: readonly number[] };
  readonly loadedAt: Date;
}

/** A scored text as far as the figures go; a `TextScore` is one. The text itself is never asked for. */
export interface ScoredText {
  /** `[labels]` */
  readonly scores: Float32Array;
  readonly tokens: number;
  /** Tokens left out. */
  readonly truncated: number;
}

/** Milliseconds by stage. */
interface StageMilliseconds {
  readonly tokenize: number;
  readonly queue: number;
  readonly compute: number;
}

/** One request and what became of it. */
export interface RequestRecord {
  readonly requestId: string;
  readonly method: string;
  /** The template of the path (`/v1/models/{name}`), never the path itself; `none` where no route fits. */
  readonly route: string;
  readonly dialect: string;
  readonly status: number;
  /** The refusal's code, where it was one. */
  readonly code?: string | undefined;
  /** As `authorize` named it, or the address. */
  readonly client: string;
  /** From the first byte read to the answer handed to the socket, in milliseconds. */
  readonly milliseconds: number;
  readonly timings?: StageMilliseconds | undefined;
  /** Whether the client left before its answer. */
  readonly isGone?: boolean | undefined;
  readonly scored?:
    | { readonly model: ScoredModel; readonly texts: readonly ScoredText[] }
    | undefined;
  /** What an encoder read, where one answered. */
  readonly encoded?:
    | { readonly model: string; readonly texts: number; readonly tokens: number }
    | undefined;
}

/** The operators' side of a service. */
export interface Operations {
  /**
   * @param address the client's, from the socket
   * @param queryKey the key of the query string, for dialects whose clients send it there
   * @returns who it is: the key's name, or where there are no keys the address
   * @throws Refusal UNAUTHORIZED, FORBIDDEN, RATE_LIMITED (with Retry-After)
   */
  authorize(
    headers: RequestHeaders,
    access: Access,
    address: string,
    queryKey?: string,
  ): { client: string };
  /** A request of that route came in; `finished` is called once for each. */
  began(route: string): void;
  /** Counts it, and writes its line of the log. Never throws. */
  finished(record: RequestRecord): void;
  /** The metrics in Prometheus' text format, version 0.0.4. */
  renderMetrics(): string;
}
