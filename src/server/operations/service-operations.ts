// The operators' side in one piece: the door, the metrics, the log, and what recent traffic looked like.
import { Doorkeeper, type DoorOptions } from './access/doorkeeper.js';
import type { FeedbackStore } from './feedback/feedback-store.js';
import type { ModelFigures, ServiceFigures } from './figures-record.js';
import type { LineOutput } from './logs/line-output.js';
import type { ServiceLog } from './logs/service-log.js';
import { EventLoopLag } from './metrics/event-loop-lag.js';
import { Counter, Gauge, type MetricFamily } from './metrics/metric-family.js';
import { processMetrics } from './metrics/process-metrics.js';
import { type MetricSources, ServiceMetrics } from './metrics/service-metrics.js';
import type {
  Access,
  Operations,
  RequestHeaders,
  RequestRecord,
  ScoredModel,
} from './operations.js';
import type { ResultCache } from './result-cache.js';
import { RecentMinutes } from './traffic/recent-minutes.js';
import { type FlagRateChange, RecentTraffic } from './traffic/traffic-window.js';

export interface ServiceOperationsOptions extends Omit<DoorOptions, 'onLimited'> {
  /** Read whenever metrics or figures are asked for. */
  readonly sources: MetricSources;
  readonly packageVersion: string;
  /** Undefined for no log. */
  readonly log?: ServiceLog | undefined;
  /** What the log is written to, for the count of lines left out. */
  readonly logOutput?: LineOutput | undefined;
  readonly cache?: ResultCache | undefined;
  readonly feedback?: FeedbackStore | undefined;
  /** Texts of each classifier whose scores are remembered. Default 10,000. */
  readonly windowTexts?: number | undefined;
}

/** What a service's operators get. Close it when the service ends. */
export class ServiceOperations implements Operations {
  readonly #options: ServiceOperationsOptions;
  readonly #lag = new EventLoopLag();
  readonly #traffic: RecentTraffic;
  readonly #minutes = new RecentMinutes();
  readonly #clientRequests = new Counter(
    'polytag_client_requests_total',
    'Requests let in, by the name of the API key.',
    ['client'],
  );
  readonly #clientLimited = new Counter(
    'polytag_client_rate_limited_total',
    'Requests beyond the rate of an API key.',
    ['client'],
  );
  readonly #door: Doorkeeper;
  readonly #metrics: ServiceMetrics;
  #atWork = 0;

  constructor(options: ServiceOperationsOptions) {
    this.#options = options;
    this.#traffic = new RecentTraffic(options.windowTexts);
    this.#door = new Doorkeeper({
      ...options,
      onLimited: (client) => {
        this.#clientLimited.add(1, client);
      },
    });
    this.#metrics = new ServiceMetrics(options.sources, options.packageVersion, [
      this.#clientRequests,
      this.#clientLimited,
      ...partMetrics(options),
      ...processMetrics(this.#lag),
    ]);
  }

  authorize(
    headers: RequestHeaders,
    access: Access,
    address: string,
    queryKey?: string,
  ): { client: string } {
    const found = this.#door.authorize(headers, access, address, queryKey);
    // Names of keys are few; addresses are not, and are no label.
    if (this.#options.keys !== undefined) this.#clientRequests.add(1, found.client);
    return found;
  }

  began(): void {
    this.#atWork += 1;
    this.#metrics.began();
  }

  finished(record: RequestRecord): void {
    this.#atWork -= 1;
    this.#metrics.finished(record);
    this.#minutes.add(record);
    if (record.scored !== undefined) this.#traffic.add(record.scored.model, record.scored.texts);
    this.#options.log?.request(record);
  }

  /** A worker has read a batch. @param tokens padding left out */
  batchRan(model: string, texts: number, tokens: number): void {
    this.#metrics.batchRan(model, texts, tokens);
  }

  /** A reload has ended. @param error why the old model goes on, where it does */
  reloaded(model: string, versions: { readonly before: string; readonly after: string }): void;
  reloaded(model: string, versions: undefined, error: unknown): void;
  reloaded(
    model: string,
    versions: { readonly before: string; readonly after: string } | undefined,
    error?: unknown,
  ): void {
    this.#metrics.reloaded(model, versions !== undefined);
    if (versions !== undefined) {
      this.#options.log?.event('info', 'model_reloaded', { model, ...versions });
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.log?.event('error', 'model_reload_failed', { model, reason });
  }

  /** What other thresholds would have done to the model's recent traffic. */
  compareThresholds(
    model: ScoredModel,
    before: readonly number[],
    after: readonly number[],
  ): FlagRateChange {
    return this.#traffic.windowOf(model).compare(before, after);
  }

  renderMetrics(): string {
    return this.#metrics.render();
  }

  /** The record of GET /v1/figures. */
  figures(): ServiceFigures {
    const { sources } = this.#options;
    const { uptimeSeconds, lastMinute, sinceStart, series } = this.#minutes.figures();
    const { meanMilliseconds, p99Milliseconds } = this.#lag.figures();
    return {
      time: new Date().toISOString(),
      uptimeSeconds,
      lastMinute,
      sinceStart,
      requestsAtWork: this.#atWork,
      queue: { ...sources.queue() },
      workers: { ...sources.workers() },
      eventLoopLagMilliseconds: { mean: meanMilliseconds, p99: p99Milliseconds },
      memoryBytes: process.memoryUsage.rss(),
      models: sources.models().map((model) => this.#modelFigures(model)),
      series,
    };
  }

  close(): void {
    this.#lag.close();
  }

  #modelFigures(model: ScoredModel): ModelFigures {
    const { name, version, thresholds } = model;
    const window = this.#traffic.windowOf(model);
    const rates = window.flagRates(thresholds.values);
    return {
      name,
      version,
      thresholdsVersion: thresholds.version,
      windowTexts: window.texts,
      windowCapacity: window.capacity,
      labels: window.describe().map(({ label, meanScore, histogram }, index) => ({
        label,
        threshold: thresholds.values[index],
        flagRate: rates[index],
        meanScore,
        histogram,
      })),
    };
  }
}

function counted(name: string, help: string, read: () => number): Gauge {
  const set = (give: (value: number) => void): void => {
    give(read());
  };
  return new Gauge(name, help, [], set, name.endsWith('_total') ? 'counter' : 'gauge');
}

/** The metrics of those parts that a service may do without. */
function partMetrics({ logOutput, cache, feedback }: ServiceOperationsOptions): MetricFamily[] {
  const families: MetricFamily[] = [];
  if (logOutput !== undefined) {
    const help = 'Lines of the log left out because their reader was too slow, or the disk full.';
    families.push(counted('polytag_log_lines_dropped_total', help, () => logOutput.droppedLines));
  }
  if (cache !== undefined) {
    families.push(
      counted(
        'polytag_cache_hits_total',
        'Texts answered from the cache.',
        () => cache.figures.hits,
      ),
      counted(
        'polytag_cache_misses_total',
        'Texts not found in the cache.',
        () => cache.figures.misses,
      ),
      counted(
        'polytag_cache_evictions_total',
        'Results that made room.',
        () => cache.figures.evicted,
      ),
      counted('polytag_cache_entries', 'Results in the cache.', () => cache.figures.entries),
      counted('polytag_cache_bytes', 'Memory of the cache, about.', () => cache.figures.bytes),
    );
  }
  if (feedback !== undefined) {
    families.push(
      counted('polytag_feedback_rows_total', 'Rows of feedback kept.', () => feedback.figures.rows),
      counted(
        'polytag_feedback_refused_total',
        'Rows of feedback that could not be kept.',
        () => feedback.figures.refusedRows,
      ),
      counted(
        'polytag_feedback_bytes',
        'Bytes of all feedback files.',
        () => feedback.figures.bytes,
      ),
    );
  }
  return families;
}
