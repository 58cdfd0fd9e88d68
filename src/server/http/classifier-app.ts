// Answers every HTTP request of the classifier service: finds its route, lets it in, reads it, has its dialect answer it,
// and says how it went. Nothing in here knows what a dialect speaks of.
//
// It stands on Node's own server and not on a framework's Request and Response: those take as long for a small
// answer as half of the tokens of a comment.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PolytagError } from '../../errors/index.js';
import type { Dialect, DialectAnswer } from '../dialects/dialect.js';
import type { Operations, RequestRecord } from '../operations/operations.js';
import type { ScoringService } from '../scoring/scoring-service.js';
import type { StageTimings } from '../scoring/served-model.js';
import { writeAnswer } from './answer-writing.js';
import { CrossOrigin } from './cross-origin.js';
import type { HeldBytes } from './held-bytes.js';
import type { HttpLimits } from './http-limits.js';
import type { PageFile } from './page-files.js';
import { answerFile } from './page-answer.js';
import { ClientGone, Refusal, refusalFor, refusalHeaders } from './refusal.js';
import { readHead, type RequestHead } from './request-head.js';
import { requestSignal } from './request-signal.js';
import { readRouteBody } from './route-body.js';
import { type FoundRoute, RouteTable } from './route-table.js';

export interface ClassifierAppOptions {
  readonly service: ScoringService;
  /** Keeps the models of now usable until the function returned is called. */
  readonly hold: () => () => void;
  /** The first answers where no other is meant. */
  readonly dialects: readonly Dialect[];
  readonly operations: Operations;
  readonly limits: HttpLimits;
  /** Texts of one request at most, as dialects tell and check it. */
  readonly textsPerRequest: number;
  /** The longest that a request may take until its answer is there, in milliseconds. */
  readonly deadlineMilliseconds: number;
  readonly heldBodies: HeldBytes;
  /** The page at /, by paths without the first slash. */
  readonly page: ReadonlyMap<string, PageFile>;
  /** Origins whose pages may read answers: `*`, one, or several with commas between; empty for none. */
  readonly cors: string;
  readonly isClosing: () => boolean;
  /** `127.0.0.1:8080`, where a request does not say how it reached us. */
  readonly listening: () => string;
  /** Hears of failures that clients only see as a 500. */
  readonly onFailure: (error: unknown, requestId: string) => void;
}

/** One request under way. */
interface Exchange {
  readonly head: RequestHead;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly began: number;
  readonly timings: StageTimings;
  readonly dialect: Dialect;
  found: FoundRoute | undefined;
  client: string;
  refusal: Refusal | undefined;
}

/** Failures of ours that pass: whoever tries again may well be answered. */
const passing: ReadonlySet<string> = new Set(['WORKER_DIED', 'WORKERS_LOST']);

export class ClassifierApp {
  readonly #table: RouteTable;
  readonly #crossOrigin: CrossOrigin;

  constructor(private readonly options: ClassifierAppOptions) {
    this.#table = new RouteTable(options.dialects);
    this.#crossOrigin = new CrossOrigin(options.cors);
  }

  /** Answers a request; never rejects. */
  async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const head = readHead(incoming, this.options.listening());
    // Each stage of an answer listens for its end; a stream adds several.
    outgoing.setMaxListeners(32);
    // A failure of the socket ends the request by itself.
    outgoing.on('error', () => undefined);
    try {
      if (this.#answerBeside(head, outgoing)) return;
      await this.#answerRoute(head, incoming, outgoing);
    } catch (error) {
      this.options.onFailure(error, head.requestId);
      outgoing.destroy();
    }
  }

  /** What is no dialect's: files of the page, and questions of browsers about other origins. */
  #answerBeside(head: RequestHead, outgoing: ServerResponse): boolean {
    if (head.method === 'options' && this.#crossOrigin.isPreflight(head)) {
      const methods = this.#table.methodsOf(head.path);
      outgoing.writeHead(204, this.#crossOrigin.preflightHeaders(head, methods));
      outgoing.end();
      return true;
    }
    const file =
      head.method === 'get' ? this.options.page.get(head.path.slice(1) || 'index.html') : undefined;
    if (file === undefined) return false;
    answerFile(file, head, outgoing);
    return true;
  }

  async #answerRoute(
    head: RequestHead,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<void> {
    const exchange: Exchange = {
      head,
      incoming,
      outgoing,
      began: performance.now(),
      timings: { tokenize: 0, queue: 0, compute: 0 },
      dialect: this.#table.dialectFor(head.path),
      found: undefined,
      client: head.address,
      refusal: undefined,
    };
    let answer: DialectAnswer;
    let isBegun = false;
    try {
      exchange.found = this.#table.find(head.method, head.path);
      this.options.operations.began(exchange.found?.route.path ?? 'none');
      isBegun = true;
      answer = await this.#answer(exchange);
    } catch (error) {
      if (!isBegun) this.options.operations.began('none');
      answer = this.#refuse(error, exchange);
    }
    this.#finishLater(exchange, answer);
    await this.#write(exchange, answer);
  }

  /** @throws Refusal, ClientGone, and whatever goes wrong */
  async #answer(exchange: Exchange): Promise<DialectAnswer> {
    const { head, incoming, outgoing, found, timings } = exchange;
    const { options } = this;
    if (found === undefined) throw this.#notFound(head);
    const { route, parameters } = found;
    const { access = 'score' } = route;
    if (access !== 'open') {
      const key = head.query.get('key') ?? undefined;
      exchange.client = options.operations.authorize(
        head.headers,
        access,
        head.address,
        key,
      ).client;
    }
    if (options.isClosing() && route.answersWhileClosing !== true) {
      throw new Refusal('SERVICE_CLOSING', 'the service is closing and takes no more requests');
    }
    const lease = options.heldBodies.lease();
    outgoing.once('close', () => {
      lease.end();
    });
    const body = await readRouteBody(incoming, route, options.limits, lease);
    const { signal, settle } = requestSignal(outgoing, options.deadlineMilliseconds);
    const release = options.hold();
    try {
      signal.throwIfAborted();
      const { query, headers, requestId, origin } = head;
      const limits = { texts: options.textsPerRequest, bodyBytes: options.limits.bodyBytes };
      const context = { signal, client: exchange.client, timings };
      return await route.answer(
        { ...body, parameters, query, headers, requestId, origin, limits, context },
        options.service,
      );
    } finally {
      release();
      settle();
    }
  }

  #notFound({ path, method }: RequestHead): Refusal {
    const methods = this.#table.methodsOf(path);
    if (methods.length === 0) {
      return new Refusal('NOT_FOUND', 'there is nothing at this path; /openapi.json lists all');
    }
    const allowed = methods.map((name) => name.toUpperCase());
    if (allowed.includes('GET')) allowed.push('HEAD');
    return new Refusal(
      'METHOD_NOT_ALLOWED',
      `${method.toUpperCase()} is not allowed here; expected ${allowed.join(' or ')}`,
      { allow: [...allowed, 'OPTIONS'].join(', ') },
    );
  }

  #refuse(error: unknown, exchange: Exchange): DialectAnswer {
    const { requestId } = exchange.head;
    const refusal = this.#refusalFor(error, requestId);
    exchange.refusal = refusal;
    const dialect = exchange.found?.dialect ?? exchange.dialect;
    const answer = dialect.refuse(refusal, { requestId });
    return { ...answer, headers: { ...answer.headers, ...refusalHeaders(refusal) } };
  }

  #refusalFor(error: unknown, requestId: string): Refusal {
    if (error instanceof ClientGone) return new Refusal('REQUEST_INVALID', 'the client left');
    if (error instanceof PolytagError && passing.has(error.code)) {
      this.options.onFailure(error, requestId);
      return new Refusal('TOO_BUSY', 'a worker of the service died over this; try again later');
    }
    const refusal = refusalFor(error);
    if (refusal.code === 'INTERNAL' && error !== refusal) this.options.onFailure(error, requestId);
    return refusal;
  }

  async #write(exchange: Exchange, answer: DialectAnswer): Promise<void> {
    const { head, incoming, outgoing } = exchange;
    if (outgoing.destroyed) return;
    const headers: Record<string, string> = {
      'x-request-id': head.requestId,
      'x-content-type-options': 'nosniff',
      'server-timing': serverTiming(exchange),
      ...this.#crossOrigin.headersFor(head),
    };
    // The rest of a body that nobody wants to read would be taken for the next request.
    if (this.options.isClosing() || !incoming.complete) headers.connection = 'close';
    // From here on the client takes its answer, or is cut off; Node takes the limit back for the next request.
    outgoing.socket?.setTimeout(this.options.limits.writeMilliseconds);
    const acceptEncoding = head.headers.get('accept-encoding');
    await writeAnswer(outgoing, answer, { headers, acceptEncoding, isHead: head.isHead });
  }

  /** Tells the operators' side once the answer has been taken, or its client has left. */
  #finishLater(exchange: Exchange, { status = 200, scored, encoded }: DialectAnswer): void {
    const { head, outgoing, began, timings, found, refusal, client } = exchange;
    const finish = (): void => {
      const record: RequestRecord = {
        requestId: head.requestId,
        method: head.isHead ? 'HEAD' : head.method.toUpperCase(),
        route: found?.route.path ?? 'none',
        dialect: (found?.dialect ?? exchange.dialect).name,
        status,
        code: refusal?.code,
        client,
        milliseconds: performance.now() - began,
        timings,
        isGone: !outgoing.writableFinished,
        scored,
        encoded,
      };
      this.options.operations.finished(record);
    };
    if (outgoing.destroyed) finish();
    else outgoing.once('close', finish);
  }
}

function serverTiming({ timings, began }: Exchange): string {
  const total = performance.now() - began;
  const { tokenize, queue, compute } = timings;
  return Object.entries({ tokenize, queue, compute, total })
    .map(([stage, milliseconds]) => `${stage};dur=${milliseconds.toFixed(2)}`)
    .join(', ');
}
