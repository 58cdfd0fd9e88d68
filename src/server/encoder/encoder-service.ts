// The encoder service without its sockets: requests in, vectors out, and the account of both.
import { basename } from 'node:path';
import type { EncodedText, Encoder, EncoderInput } from '../../bert/index.js';
import { polytagError } from '../../errors/index.js';
import type {
  EncodedTexts,
  EncodingRequest,
  EncodingService,
  JsonRecord,
} from './encoding-service.js';
import { RequestClasses, textsAtATime } from './request-classes.js';
import { RequestStatistics } from './request-statistics.js';
import { readTexts } from './request-texts.js';
import type { ServiceJournal } from './service-journal.js';
import { configRecord, ownRecord, type ServiceFacts } from './status-record.js';
import { bytesOfVectors, joinVectors, layoutOf, type VectorLayout } from './vector-layout.js';

/** Bytes of the vectors of one request at most. */
const mostVectorBytes = 2 ** 29;

/** How a service encodes. */
export interface EncoderServiceOptions {
  readonly maxSeqLen: number | null;
  readonly fixedEmbedLength: boolean;
  readonly showTokensToClient: boolean;
  /** Requests of at most so many texts go before larger ones. */
  readonly priorityBatchSize: number;
  readonly flags: JsonRecord;
}

/** An encoder at the service of many clients. */
export class EncoderService implements EncodingService {
  readonly journal: ServiceJournal;
  readonly #encoder: Encoder;
  readonly #options: EncoderServiceOptions;
  #facts: ServiceFacts;
  readonly #layout: VectorLayout;
  readonly #classes = new RequestClasses();
  readonly #statistics = new RequestStatistics();
  readonly #underWay = new Set<Promise<unknown>>();
  #waitingTexts = 0;
  #isClosing = false;

  private constructor(
    encoder: Encoder,
    options: EncoderServiceOptions,
    journal: ServiceJournal,
    facts: ServiceFacts,
  ) {
    this.#encoder = encoder;
    this.#options = options;
    this.journal = journal;
    this.#facts = facts;
    this.#layout = layoutOf(encoder, options.maxSeqLen, options.fixedEmbedLength);
  }

  /** Makes a service of a loaded encoder, which stays its owner's to close. */
  static async open(
    encoder: Encoder,
    options: EncoderServiceOptions,
    journal: ServiceJournal,
  ): Promise<EncoderService> {
    const { flags } = options;
    const modelKey = await encoder.contentKey();
    const model = basename(encoder.folder);
    return new EncoderService(encoder, options, journal, {
      flags,
      model,
      modelKey,
      started: new Date(),
    });
  }

  async encode(request: EncodingRequest): Promise<EncodedTexts> {
    const encoded = this.#encode(request);
    this.#underWay.add(encoded);
    try {
      return await encoded;
    } catch (error) {
      // Whoever has left is told nothing.
      if (request.signal?.aborted !== true) this.journal.failed(request.client, error);
      throw error;
    } finally {
      this.#underWay.delete(encoded);
    }
  }

  config(client: string): JsonRecord {
    this.#statistics.countSystem(client);
    this.journal.shown(client, 'config');
    return configRecord(this.#facts, client);
  }

  status(client: string): JsonRecord {
    this.#statistics.countSystem(client);
    this.journal.shown(client, 'status');
    return {
      ...configRecord(this.#facts, client),
      statistic: this.#statistics.figures(),
      polytag: {
        ...ownRecord(this.#facts),
        workers: this.#encoder.workers,
        worker_restarts: this.#encoder.workerRestarts,
        waiting_texts: this.#waitingTexts,
        ...this.journal.figures(),
      },
    };
  }

  /** Shows these in configuration and status instead of the flags of their names: a port 0 has become another. */
  showPorts(ports: JsonRecord): void {
    this.#facts = { ...this.#facts, flags: { ...this.#facts.flags, ...ports } };
  }

  /** Refuses requests from now on; resolves when those before have been answered. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#underWay);
  }

  async #encode({ client, texts: sent, signal }: EncodingRequest): Promise<EncodedTexts> {
    if (this.#isClosing) throw polytagError('SERVICE_CLOSING', {});
    const texts = readTexts(sent);
    const bytes = bytesOfVectors(texts, this.#layout);
    checkBytes(bytes, texts.length);
    this.#statistics.countData(client, texts.length);
    const start = performance.now();
    this.#waitingTexts += texts.length;
    try {
      const encoded = await this.#encodeInTurn(texts, bytes, client, signal);
      const truncatedTexts = encoded.filter(({ tokens }) => tokens.truncated > 0).length;
      const { data, shape } = joinVectors(encoded, this.#layout);
      const tokens = this.#options.showTokensToClient ? this.#tokensOf(encoded) : undefined;
      this.journal.answered(client, texts.length, truncatedTexts, performance.now() - start);
      return { data, shape, tokens, truncatedTexts };
    } finally {
      this.#waitingTexts -= texts.length;
    }
  }

  async #encodeInTurn(
    texts: readonly EncoderInput[],
    bytes: number,
    client: string,
    signal: AbortSignal | undefined,
  ): Promise<EncodedText[]> {
    const hasPriority = texts.length <= this.#options.priorityBatchSize;
    const leave = await this.#classes.enter(texts.length, bytes, hasPriority, signal);
    try {
      const encoded: EncodedText[] = [];
      const options = { asker: client, priority: hasPriority ? 1 : 0, signal };
      for (let start = 0; start < texts.length; start += textsAtATime) {
        const part = texts.slice(start, start + textsAtATime);
        for (const text of await this.#encoder.encodeRequest(part, options)) encoded.push(text);
      }
      return encoded;
    } finally {
      leave();
    }
  }

  #tokensOf(encoded: readonly EncodedText[]): string[][] {
    const { tokenizer } = this.#encoder;
    return encoded.map(({ tokens }) =>
      Array.from(tokens.ids, (id) => tokenizer.tokenOf(id) ?? `[${id}]`),
    );
  }
}

function checkBytes(bytes: number, texts: number): void {
  if (bytes <= mostVectorBytes) return;
  const most = Math.max(1, Math.floor(mostVectorBytes / (bytes / texts)));
  const problem = `the vectors of its ${texts} texts take ${bytes} bytes, and one reply takes ${mostVectorBytes}`;
  throw polytagError('REQUEST_INVALID', {
    problem: `${problem}: send at most ${most} texts at a time`,
  });
}
