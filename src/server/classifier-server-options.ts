// What a classifier server is started with, and what its owner holds of it.
import type { HttpLimits } from './http/http-limits.js';
import type { ApiKeyFile, LineOutput, ServiceLog } from './operations/index.js';
import type { NamedReference } from './scoring/model-names.js';
import type { ServedModel } from './scoring/served-model.js';
import type { ServingOptions } from './scoring/serving-options.js';

/** How a classifier server is started. */
export interface ClassifierServerOptions
  extends Omit<ServingOptions, 'cache' | 'admission' | 'onBatch' | 'onReload'> {
  /** What is served, one at least; the first of its kind answers requests that name none. */
  readonly models: readonly NamedReference[];
  /** The address to listen at: `127.0.0.1`, another of the machine's, or `0.0.0.0` or `*` for all. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Without keys, everybody may ask who reaches the address; the owner changes their file and has it read again. */
  readonly keys?: ApiKeyFile | undefined;
  /** Listen where other machines reach the service, though no key is needed. Default false. */
  readonly insecure?: boolean | undefined;
  /** Origins whose pages may read answers: `*`, or several with commas between. Default none. */
  readonly cors?: string | undefined;
  /** Names under which a service without keys is reached through a proxy on its machine. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Texts of one request at most. Default 1,024. */
  readonly textsPerRequest?: number | undefined;
  /** The longest that a request may take until its answer is there, in milliseconds. Default 60,000. */
  readonly deadlineMilliseconds?: number | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Memory for scores that were given before, in bytes. Default none: every text is scored. */
  readonly cacheBytes?: number | undefined;
  /** A table (.csv, .jsonl) that clients' corrections are kept in. Default none: they are not kept. */
  readonly feedbackFile?: string | undefined;
  readonly log?: ServiceLog | undefined;
  /** What the log is written to, for the count of lines left out. */
  readonly logOutput?: LineOutput | undefined;
  /** Hears of failures that clients only see as a 500; the log has them as well. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/** What became of a reload. */
export interface ReloadOutcome {
  readonly name: string;
  /** Undefined where the model before goes on. */
  readonly versions: { readonly before: string; readonly after: string } | undefined;
  /** Why it goes on. */
  readonly error?: unknown;
}

/** A running classifier server. */
export interface ClassifierServer {
  readonly host: string;
  readonly port: number;
  /** The current generations, in the order in which they were named. */
  readonly models: readonly ServedModel[];
  /** Its interfaces, each with a line that tries it, `{origin}` standing for where it listens. */
  readonly dialects: readonly { readonly title: string; readonly example: string }[];
  /** Loads all models anew, one after the other; one that cannot be used leaves the one before. */
  reload(): Promise<ReloadOutcome[]>;
  /**
   * Drains and closes: new requests are refused, those before are answered, for `graceMilliseconds` at most
   * (default 30,000); then the models are closed.
   */
  close(options?: { readonly graceMilliseconds?: number | undefined }): Promise<void>;
}
