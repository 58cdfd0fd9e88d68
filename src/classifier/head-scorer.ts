// Texts to logits where a running service encodes: its vectors, and the head of a model folder on them.
import { join } from 'node:path';
import { rowsOfLogits } from '../bert/index.js';
import { polytagError } from '../errors/index.js';
import { type IntakeOptions, WorkerPool } from '../runtime/index.js';
import { listDifferences, openServices, type ServiceEncoder } from '../training/index.js';
import type { LoadOptions } from './classifier-options.js';
import type {
  LogitSource,
  RequestSourceLogits,
  ScoreOptions,
  SourceLogits,
  WorkerCounts,
} from './logit-source.js';
import { fileNames, type ModelRecord } from './model-record.js';
import { vectorsName } from './service-files.js';
import type { TrainedFolder } from './trained-folder.js';

/** Vectors that the head takes at a time. */
const VECTORS_PER_RUN = 256;

type ServiceRecord = NonNullable<ModelRecord['encoder']['service']>;

/** A head, and the services that encode for it. They are asked at the first text, not before. */
export class HeadScorer implements LogitSource {
  readonly tokenizer = undefined;
  readonly requestWindows = undefined;
  #waitingTexts = 0;
  #services: Promise<ServiceEncoder> | undefined;

  private constructor(
    private readonly pool: WorkerPool,
    private readonly expected: ServiceRecord,
    private readonly options: Pick<LoadOptions, 'encoder' | 'onWarning'>,
  ) {}

  /** @throws PolytagError as `WorkerPool.open` */
  static async open(
    { folder }: TrainedFolder,
    expected: ServiceRecord,
    options: Pick<LoadOptions, 'encoder' | 'onWarning'>,
  ): Promise<HeadScorer> {
    const pool = await WorkerPool.open(join(folder, fileNames.head), { workers: 1 });
    return new HeadScorer(pool, expected, options);
  }

  /**
   * Logits of texts in their order, in constant memory.
   *
   * @throws what `texts` throws; PolytagError as `openServices`; SERVICE_CHANGED when the service is not
   *   the one that the model was trained on, NO_SERVICE_LEFT; as `WorkerPool.run`; the signal's reason
   */
  async *logitStream(
    texts: Iterable<string> | AsyncIterable<string>,
    { signal, onProgress }: ScoreOptions = {},
  ): AsyncGenerator<SourceLogits, void, undefined> {
    const services = await this.#reach(signal);
    let vectors: Float32Array[] = [];
    let done = 0;
    const score = async (): Promise<SourceLogits[]> => {
      const rows = await this.#scoreVectors(vectors, signal);
      vectors = [];
      return rows.map((logits) => ({ logits, truncated: null, windows: 1 }));
    };
    for await (const vector of services.encode(texts, signal)) {
      if (vectors.push(vector) < VECTORS_PER_RUN) continue;
      for (const row of await score()) {
        yield row;
        onProgress?.(++done);
      }
    }
    if (vectors.length === 0) return;
    for (const row of await score()) {
      yield row;
      onProgress?.(++done);
    }
  }

  /** Requests take no turns here: the service decides whose texts it encodes first. */
  async logitRequest(
    texts: readonly string[],
    { signal, onSource, timings }: IntakeOptions<string> = {},
  ): Promise<RequestSourceLogits[]> {
    const began = performance.now();
    this.#waitingTexts += texts.length;
    const rows: RequestSourceLogits[] = [];
    const watched = (function* () {
      for (const text of texts) {
        onSource?.(text);
        yield text;
      }
    })();
    try {
      for await (const row of this.logitStream(watched, { signal })) {
        rows.push({ ...row, tokens: null });
      }
    } finally {
      this.#waitingTexts -= texts.length;
    }
    if (timings !== undefined) timings.compute += performance.now() - began;
    return rows;
  }

  get waitingTexts(): number {
    return this.#waitingTexts;
  }

  get workers(): WorkerCounts {
    return { count: this.pool.workers, restarts: this.pool.restarts };
  }

  async close(): Promise<void> {
    const services = await this.#services?.catch(() => undefined);
    await services?.close();
    await this.pool.close();
  }

  async #scoreVectors(
    vectors: readonly Float32Array[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array[]> {
    const { width } = this.expected;
    const data = new Float32Array(vectors.length * width);
    vectors.forEach((vector, row) => {
      data.set(vector, row * width);
    });
    const shape = [vectors.length, width];
    const feeds = { [vectorsName]: { type: 'float32' as const, shape, data } };
    return rowsOfLogits(await this.pool.run(feeds, { signal }));
  }

  /** The services; after a failure they are tried anew. */
  async #reach(signal: AbortSignal | undefined): Promise<ServiceEncoder> {
    this.#services ??= this.#connect(signal);
    try {
      return await this.#services;
    } catch (error) {
      this.#services = undefined;
      throw error;
    }
  }

  async #connect(signal: AbortSignal | undefined): Promise<ServiceEncoder> {
    const { encoder = this.expected.addresses.join(','), onWarning } = this.options;
    const services = await openServices(encoder, { signal, onWarning });
    const differences = listDifferences(this.expected, services.identity);
    if (services.width !== this.expected.width) {
      differences.push(`vectors have ${services.width} numbers, not ${this.expected.width}`);
    }
    if (differences.length === 0) return services;
    await services.close();
    throw polytagError('SERVICE_CHANGED', { address: services.addresses[0], differences });
  }
}
