// One client dialect: its routes, and how it says no. Beside the plan it had, a request carries its media type and
// bytes, for routes that take more than JSON, and the limits that it was let in under.
import type { Refusal } from '../http/refusal.js';
import type { ApiRoute } from '../http/open-api.js';
import type { ScoringService } from '../scoring/scoring-service.js';
import type { FlagRateChange } from '../operations/traffic/traffic-window.js';
import type { RequestContext, ServedClassifier, TextScore } from '../scoring/served-model.js';

/** What a request may ask for at most, as a dialect may have to tell. */
export interface RequestLimits {
  /** Texts of one request. */
  readonly texts: number;
  /** Bytes of one body, after unpacking. */
  readonly bodyBytes: number;
}

/** A request that has been read and may be answered. */
export interface DialectRequest {
  /** Of the path template, percent-decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: { get(name: string): string | undefined };
  /** Of the body, in lower case and without parameters; one of the route's. Undefined for GET. */
  readonly mediaType: string | undefined;
  /**
   * Parsed JSON, of which UTF-8, size, depth and duplicate keys have been checked; undefined for other media types
   * and for GET.
   */
  readonly body: unknown;
  /** Its text, UTF-8 checked, also of forms and text/*; empty for binary media types. */
  readonly bodyText: string;
  /** The body as it came, unpacked. */
  readonly bytes: Uint8Array;
  readonly requestId: string;
  /** `http://host:port` as the client addressed us, from the Host header, validated. */
  readonly origin: string;
  readonly limits: RequestLimits;
  readonly context: RequestContext;
}

/** What a request is answered with. */
export interface DialectAnswer {
  /** Default 200. */
  readonly status?: number | undefined;
  /** Sent as JSON; undefined is empty. */
  readonly body?: unknown;
  /** Sent instead of `body`: a text or bytes, or pieces made while they are sent. Media type `contentType`, or JSON. */
  readonly bytes?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly contentType?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What was scored, for metrics and the recent traffic. */
  readonly scored?:
    | { readonly model: ServedClassifier; readonly texts: readonly TextScore[] }
    | undefined;
  /** What an encoder read, for metrics. */
  readonly encoded?:
    | { readonly model: string; readonly texts: number; readonly tokens: number }
    | undefined;
}

/** One route. Its `path` is a template: `/v1/models/{model}:predict`. Its `body`'s keys are the media types it takes. */
export interface DialectRoute extends ApiRoute {
  /** Who may call it: `open` everybody (health only), `score` every key (the default), `admin` administrators' keys. */
  readonly access?: 'open' | 'score' | 'admin' | undefined;
  /**
   * Whether it is answered while the service is closing, as what asks whether the process lives is. Default false:
   * refused as SERVICE_CLOSING, in the dialect's own envelope.
   */
  readonly answersWhileClosing?: boolean | undefined;
  /**
   * Whether a missing or foreign Content-Type is read as the first of `body`'s media types, where clients of the
   * dialect are known to send none. Default false: refused with 415.
   */
  readonly anyMediaType?: boolean | undefined;
  /** Throws Refusal for what the client did wrong; see `refusalFor` for what becomes of other errors. */
  answer(request: DialectRequest, service: ScoringService): Promise<DialectAnswer> | DialectAnswer;
}

/** A set of routes as one kind of client knows them. */
export interface Dialect {
  /** Short, for metrics: `openai`. */
  readonly name: string;
  readonly title: string;
  readonly routes: readonly DialectRoute[];
  /** One curl line that tries it, with `{origin}` in it. */
  readonly example: string;
  /** A refusal in the dialect's own envelope and status. Retry-After and the refusal's own headers are added to it. */
  refuse(refusal: Refusal, request: { readonly requestId: string }): DialectAnswer;
}

/** One judgement of a person about a text, as a client reports it. */
export interface FeedbackRow {
  readonly requestId: string;
  readonly text: string;
  /** What the text should have scored, by the model's labels; those left out are unknown. */
  readonly scores: Readonly<Record<string, number>>;
  /** The model whose labels they are. */
  readonly model: ServedClassifier;
  readonly client: string;
  readonly community?: string | undefined;
}

/** What dialects need beside the scoring service. */
export interface DialectOptions {
  /** Keeps a judgement; left out, the service keeps none and dialects say so. */
  readonly storeFeedback?: ((row: FeedbackRow) => Promise<void>) | undefined;
  /** What other thresholds would have done to a model's recent traffic; left out where nobody watches it. */
  readonly compareThresholds?:
    | ((
        model: ServedClassifier,
        before: readonly number[],
        after: readonly number[],
      ) => FlagRateChange)
    | undefined;
}
