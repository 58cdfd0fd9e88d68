// What happened to requests: told to the service's owner, and counted for the status.
import { PolytagError } from '../../errors/index.js';
import type { ServerEvent } from '../server-events.js';
import type { JsonRecord } from './encoding-service.js';
import { Latencies } from './latencies.js';

/** Requests whose durations are remembered. */
const rememberedRequests = 1_000;

/** Errors that are remembered. */
const rememberedErrors = 20;

/** Letters of a client's name that others may read: whoever knows all of it can listen to its vectors. */
const shownLetters = 8;

/** What a client is told. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Refused at the door, not failed. */
const refusals: readonly string[] = ['REQUEST_INVALID', 'QUEUE_FULL', 'SERVICE_CLOSING'];

/** What a client is told of an error; the words of those that are the service's own stay here. */
export function failureOf(error: unknown): Failure {
  if (error instanceof PolytagError) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: 'the service failed on this request; its log says why' };
}

/** Keeps count. */
export class ServiceJournal {
  readonly #latencies = new Latencies(rememberedRequests);
  readonly #errors: JsonRecord[] = [];
  readonly #told = new WeakSet<Error>();
  readonly #gauges = new Map<string, () => number>();
  readonly #onEvent: (event: ServerEvent) => void;
  readonly #counts = {
    truncated_texts: 0,
    failed_requests: 0,
    refused_requests: 0,
    dropped_messages: 0,
    dropped_replies: 0,
  };

  constructor(onEvent: (event: ServerEvent) => void = () => undefined) {
    this.#onEvent = onEvent;
  }

  /** A request was answered. */
  answered(client: string, texts: number, truncatedTexts: number, milliseconds: number): void {
    this.#counts.truncated_texts += truncatedTexts;
    this.#latencies.add(milliseconds);
    this.#onEvent({ kind: 'request', client, texts, truncatedTexts, milliseconds });
  }

  /** A request failed, or was refused; its client is told the same. */
  failed(client: string, error: unknown): Failure {
    const failure = failureOf(error);
    if (error instanceof Error) this.#told.add(error);
    const isRefusal = refusals.includes(failure.code);
    if (isRefusal) this.#counts.refused_requests += 1;
    else this.#counts.failed_requests += 1;
    this.#remember(client, failure);
    // The owner reads the log: a fault of ours is told whole.
    const isOurs = !(error instanceof PolytagError);
    const told = isOurs && error instanceof Error ? (error.stack ?? error.message) : undefined;
    this.#onEvent({
      kind: 'failure',
      client,
      code: failure.code,
      message: told ?? failure.message,
    });
    return failure;
  }

  /** A fault of ours beside the encoding; one that a request has failed of was told then. */
  faulted(client: string, error: unknown): void {
    if (!(error instanceof Error && this.#told.has(error))) this.failed(client, error);
  }

  /** A record was shown. */
  shown(client: string, record: 'config' | 'status'): void {
    this.#onEvent({ kind: 'record', client, record });
  }

  /** A message that cannot be answered, or a reply that nobody took. */
  dropped(dropped: 'message' | 'reply', client: string | undefined, reason: string): void {
    this.#counts[dropped === 'message' ? 'dropped_messages' : 'dropped_replies'] += 1;
    this.#onEvent({ kind: 'dropped', dropped, client, reason });
  }

  /** Somebody asked the service to end; a request of that kind that is not honoured is a dropped message. */
  askedToEnd(client: string, isHonoured: boolean): void {
    if (!isHonoured) this.#counts.dropped_messages += 1;
    this.#onEvent({ kind: 'termination', client, isHonoured });
  }

  /** Shows what `read` gives under `name` whenever the status is asked for. */
  measure(name: string, read: () => number): void {
    this.#gauges.set(name, read);
  }

  /** The counts, by the names of the status. */
  figures(): JsonRecord {
    const gauges = [...this.#gauges].map(([name, read]) => [name, read()] as const);
    return {
      ...this.#counts,
      ...Object.fromEntries(gauges),
      latency_ms: this.#latencies.figures(),
      last_errors: this.#errors.map((error) => ({ ...error })),
    };
  }

  #remember(client: string, { code, message }: Failure): void {
    const shown = client.length > shownLetters ? `${client.slice(0, shownLetters)}…` : client;
    this.#errors.push({ time: new Date().toISOString(), client: shown, code, message });
    if (this.#errors.length > rememberedErrors) this.#errors.shift();
  }
}
