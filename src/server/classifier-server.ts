// The classifier service with its port: models, dialects and the operators' side put together, started whole or not
// at all.
//
//   const models = [{ name: 'toxic', reference: 'my-model' }];
//   const server = await startClassifierServer({ models, host: '127.0.0.1', port: 8080 });
//   await server.close();
import { packageVersion } from '../runtime/index.js';
import type {
  ClassifierServer,
  ClassifierServerOptions,
  ReloadOutcome,
} from './classifier-server-options.js';
import type { Dialect, DialectOptions } from './dialects/dialect.js';
import { HeldBytes } from './http/held-bytes.js';
import { httpLimits } from './http/http-limits.js';
import { type HttpListener, openNodeListener } from './http/node-listener.js';
import { describeDialects } from './http/openapi-of-dialects.js';
import {
  checkExposure,
  FeedbackStore,
  ResultCache,
  ServiceOperations,
  TextAdmission,
} from './operations/index.js';
import { ModelRegistry } from './scoring/model-registry.js';

const defaultTexts = 1024;
const defaultDeadline = 60_000;
const defaultGrace = 30_000;
/** Bytes of one body, after unpacking. */
const defaultBodyBytes = 8 << 20;
/** Requests under way at a time, as far as limits of bodies go; texts have an admission of their own. */
const requestsAtWork = 256;

/** Texts at work, in line, and the wait in line: some ten seconds of work for a small machine. */
const admissionLimits = {
  capacity: 2048,
  line: 8192,
  waitingRequests: 1024,
  waitMilliseconds: 10_000,
};

/** The parts that live as long as the server. */
interface Parts {
  readonly registry: ModelRegistry;
  readonly operations: ServiceOperations;
  readonly feedback: FeedbackStore | undefined;
  readonly dialects: readonly Dialect[];
}

/** What the parts tell each other while none of them is complete. */
class Switchboard {
  operations: ServiceOperations | undefined;
  registry: ModelRegistry | undefined;
  readonly admission = new TextAdmission(admissionLimits);
  readonly cache: ResultCache | undefined;

  constructor({ cacheBytes }: ClassifierServerOptions) {
    this.cache = cacheBytes === undefined ? undefined : new ResultCache(cacheBytes);
  }

  readonly sources = {
    queue: () => this.admission.waiting,
    workers: () => {
      const counts = this.registry?.models.map(({ workers }) => workers) ?? [];
      return {
        alive: counts.reduce((sum, { count }) => sum + count, 0),
        restarts: counts.reduce((sum, { restarts }) => sum + restarts, 0),
      };
    },
    models: () => this.registry?.models.filter((model) => model.kind === 'classifier') ?? [],
  };
}

async function openRegistry(
  options: ClassifierServerOptions,
  board: Switchboard,
): Promise<ModelRegistry> {
  const { models, ...serving } = options;
  const registry = await ModelRegistry.open(models, {
    ...serving,
    cache: board.cache,
    admission: board.admission,
    onBatch: (model, texts, tokens) => board.operations?.batchRan(model, texts, tokens),
    onReload: ({ name, versions, error }) => {
      if (versions === undefined) board.operations?.reloaded(name, versions, error);
      else board.operations?.reloaded(name, versions);
    },
  });
  board.registry = registry;
  return registry;
}

function openOperations(
  { host, keys, allowedHosts, cors = '', log, logOutput }: ClassifierServerOptions,
  board: Switchboard,
  feedback: FeedbackStore | undefined,
): ServiceOperations {
  const operations = new ServiceOperations({
    host,
    keys: keys?.keys,
    allowedHosts,
    allowedOrigins: cors.split(',').map((origin) => origin.trim()),
    sources: board.sources,
    packageVersion: packageVersion(),
    log,
    logOutput,
    cache: board.cache,
    feedback,
  });
  board.operations = operations;
  return operations;
}

async function openFeedback(
  { feedbackFile, onFailure }: ClassifierServerOptions,
  registry: ModelRegistry,
): Promise<FeedbackStore | undefined> {
  if (feedbackFile === undefined) return undefined;
  const classifier = registry.models.find((model) => model.kind === 'classifier');
  const labels = classifier?.labels ?? [];
  return FeedbackStore.open(feedbackFile, { labels, onFailure });
}

function dialectOptions({ operations, feedback }: Omit<Parts, 'dialects'>): DialectOptions {
  return {
    compareThresholds: (model, before, after) => operations.compareThresholds(model, before, after),
    storeFeedback:
      feedback &&
      (({ requestId, text, scores }) =>
        feedback.add({ id: requestId, text, labels: judgements(scores) })),
  };
}

/** A score from one half up says that the label holds. */
function judgements(scores: Readonly<Record<string, number>>): Map<string, 0 | 1> {
  return new Map(Object.entries(scores).map(([label, score]) => [label, score >= 0.5 ? 1 : 0]));
}

/** Loads models and dialects at the same time: the ones keep worker threads busy, the others this one. */
async function openParts(options: ClassifierServerOptions): Promise<Parts> {
  const board = new Switchboard(options);
  const opening = openRegistry(options, board);
  // A failure is told once, below.
  opening.catch(() => undefined);
  const { createDialects } = await import('./dialects/index.js');
  const { createServiceDialect } = await import('./dialects/service.js');
  const registry = await opening;
  try {
    const feedback = await openFeedback(options, registry);
    const operations = openOperations(options, board, feedback);
    const parts = { registry, operations, feedback };
    const dialects: Dialect[] = [...createDialects(dialectOptions(parts))];
    let description: string | undefined;
    const service = createServiceDialect({
      renderMetrics: () => operations.renderMetrics(),
      figures: () => operations.figures(),
      describe: () => (description ??= describeDialects(dialects, options.keys !== undefined)),
    });
    dialects.splice(1, 0, service);
    return { ...parts, dialects };
  } catch (error) {
    await registry.close();
    throw error;
  }
}

async function listen(
  options: ClassifierServerOptions,
  { registry, operations, dialects }: Parts,
  closing: { isClosing: boolean },
): Promise<HttpListener> {
  const { ClassifierApp } = await import('./http/classifier-app.js');
  const { readPageIfBuilt } = await import('./http/page-files.js');
  const { host, log, onFailure } = options;
  const limits = httpLimits(requestsAtWork, { bodyBytes: defaultBodyBytes, ...options.limits });
  let port = options.port;
  const app = new ClassifierApp({
    service: registry,
    hold: () => registry.hold(),
    dialects,
    operations,
    limits,
    textsPerRequest: options.textsPerRequest ?? defaultTexts,
    deadlineMilliseconds: options.deadlineMilliseconds ?? defaultDeadline,
    heldBodies: new HeldBytes(limits.heldBytes),
    page: readPageIfBuilt('classifier'),
    cors: options.cors ?? '',
    isClosing: () => closing.isClosing,
    listening: () => `${host.includes(':') ? `[${host}]` : host}:${port}`,
    onFailure: (error, requestId) => {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log?.event('error', 'failure', { request_id: requestId, stack });
      onFailure?.(error);
    },
  });
  const listener = await openNodeListener({
    host,
    port,
    limits,
    answer: (incoming, outgoing) => app.handle(incoming, outgoing),
    onClosing: () => {
      closing.isClosing = true;
    },
  });
  port = listener.port;
  return listener;
}

/**
 * Starts a service.
 * @throws PolytagError EXPOSED_WITHOUT_KEYS, PORT_UNAVAILABLE; those of loading models; FEEDBACK_FILE_UNSUITABLE and
 *   those of writing
 */
export async function startClassifierServer(
  options: ClassifierServerOptions,
): Promise<ClassifierServer> {
  checkExposure(options.host, options.keys !== undefined, options.insecure === true);
  const closing = { isClosing: false };
  const parts = await openParts(options);
  const { registry, operations, feedback, dialects } = parts;
  const closeParts = async (): Promise<void> => {
    await registry.close();
    await feedback?.close();
    operations.close();
  };
  let listener: HttpListener;
  try {
    listener = await listen(options, parts, closing);
  } catch (error) {
    await closeParts();
    throw error;
  }
  let closed: Promise<void> | undefined;
  const close = async (graceMilliseconds: number): Promise<void> => {
    await listener.close({ graceMilliseconds });
    await closeParts();
  };
  return {
    host: listener.host,
    port: listener.port,
    get models() {
      return registry.models;
    },
    dialects,
    reload: () => reloadAll(registry),
    close: ({ graceMilliseconds = defaultGrace } = {}) => (closed ??= close(graceMilliseconds)),
  };
}

async function reloadAll(registry: ModelRegistry): Promise<ReloadOutcome[]> {
  const outcomes: ReloadOutcome[] = [];
  for (const { name } of registry.models) {
    try {
      outcomes.push({ name, versions: await registry.reload(name) });
    } catch (error) {
      outcomes.push({ name, versions: undefined, error });
    }
  }
  return outcomes;
}
