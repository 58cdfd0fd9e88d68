// The metrics of a classifier service, by name: docs/operations.md holds the same list.
import type { RequestRecord, ScoredModel, ScoredText } from '../operations.js';
import { Counter, Gauge, Histogram, type MetricFamily } from './metric-family.js';

/** Seconds: a short text takes milliseconds, a full line many seconds. */
const latencyBounds = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const textBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const batchTokenBounds = [32, 64, 128, 256, 512, 1024, 2048, 4096];
const scoreBounds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** What the metrics read when they are asked for. */
export interface MetricSources {
  /** Requests and texts that wait for their turn. */
  queue(): { readonly requests: number; readonly texts: number };
  workers(): { readonly alive: number; readonly restarts: number };
  models(): readonly ScoredModel[];
}

export class ServiceMetrics {
  readonly #requests = new Counter('polytag_http_requests_total', 'Requests answered.', [
    'dialect',
    'route',
    'status',
  ]);
  readonly #atWork = new Gauge(
    'polytag_http_requests_in_progress',
    'Requests that have come in and are not answered yet.',
  );
  readonly #gone = new Counter(
    'polytag_clients_gone_total',
    'Requests whose client left before the answer.',
  );
  readonly #refused = new Counter(
    'polytag_refused_requests_total',
    'Requests refused, by the code of the refusal.',
    ['code'],
  );
  readonly #seconds = new Histogram(
    'polytag_request_duration_seconds',
    'Duration of requests by stage; "total" from the first byte read to the answer handed over.',
    latencyBounds,
    ['dialect', 'stage'],
  );
  readonly #texts = new Counter('polytag_texts_total', 'Texts scored or encoded.', ['model']);
  readonly #tokens = new Counter('polytag_tokens_total', 'Tokens read.', ['model']);
  readonly #truncated = new Counter(
    'polytag_truncated_texts_total',
    'Texts of which the model did not see all.',
    ['model'],
  );
  readonly #requestTexts = new Histogram(
    'polytag_request_texts',
    'Texts of a request.',
    textBounds,
    ['model'],
  );
  readonly #batchTexts = new Histogram(
    'polytag_batch_texts',
    'Texts that a worker read at once.',
    textBounds,
    ['model'],
  );
  readonly #batchTokens = new Histogram(
    'polytag_batch_tokens',
    'Tokens that a worker read at once, padding left out.',
    batchTokenBounds,
    ['model'],
  );
  readonly #scores = new Histogram(
    'polytag_score',
    'Scores by label: when their distribution moves, the traffic or the model has changed.',
    scoreBounds,
    ['model', 'label'],
  );
  readonly #flagged = new Counter(
    'polytag_flagged_texts_total',
    'Texts at or above the threshold of a label.',
    ['model', 'label'],
  );
  readonly #reloads = new Counter(
    'polytag_model_reloads_total',
    'Reloads of a model; "failed" ones kept the old.',
    ['model', 'result'],
  );
  readonly #families: readonly MetricFamily[];

  constructor(sources: MetricSources, packageVersion: string, others: readonly MetricFamily[]) {
    this.#families = [
      this.#requests,
      this.#atWork,
      this.#gone,
      this.#refused,
      this.#seconds,
      this.#texts,
      this.#tokens,
      this.#truncated,
      this.#requestTexts,
      this.#batchTexts,
      this.#batchTokens,
      this.#scores,
      this.#flagged,
      this.#reloads,
      ...sourceMetrics(sources, packageVersion),
      ...others,
    ];
  }

  began(): void {
    this.#atWork.add(1);
  }

  finished(record: RequestRecord): void {
    const { dialect, route, status, code, scored, encoded, timings } = record;
    this.#atWork.add(-1);
    this.#requests.add(1, dialect, route, String(status));
    if (code !== undefined) this.#refused.add(1, code);
    if (record.isGone === true) this.#gone.add(1);
    this.#seconds.observe(record.milliseconds / 1000, dialect, 'total');
    if (timings !== undefined && (scored !== undefined || encoded !== undefined)) {
      this.#seconds.observe(timings.tokenize / 1000, dialect, 'tokenize');
      this.#seconds.observe(timings.queue / 1000, dialect, 'queue');
      this.#seconds.observe(timings.compute / 1000, dialect, 'compute');
    }
    if (scored !== undefined) this.#scored(scored.model, scored.texts);
    if (encoded !== undefined) {
      this.#texts.add(encoded.texts, encoded.model);
      this.#tokens.add(encoded.tokens, encoded.model);
      this.#requestTexts.observe(encoded.texts, encoded.model);
    }
  }

  /** A worker has read a batch. */
  batchRan(model: string, texts: number, tokens: number): void {
    this.#batchTexts.observe(texts, model);
    this.#batchTokens.observe(tokens, model);
  }

  reloaded(model: string, isGood: boolean): void {
    this.#reloads.add(1, model, isGood ? 'done' : 'failed');
  }

  render(): string {
    return this.#families.map((family) => family.render()).join('');
  }

  #scored(model: ScoredModel, texts: readonly ScoredText[]): void {
    const { name, labels, thresholds } = model;
    let tokens = 0;
    let truncated = 0;
    for (const text of texts) {
      tokens += text.tokens;
      if (text.truncated > 0) truncated += 1;
    }
    this.#texts.add(texts.length, name);
    this.#tokens.add(tokens, name);
    this.#truncated.add(truncated, name);
    this.#requestTexts.observe(texts.length, name);
    for (const [index, label] of labels.entries()) {
      const observe = this.#scores.observerOf(name, label);
      const threshold = thresholds.values[index];
      let flagged = 0;
      for (const { scores } of texts) {
        observe(scores[index]);
        if (scores[index] >= threshold) flagged += 1;
      }
      this.#flagged.add(flagged, name, label);
    }
  }
}

function sourceMetrics(sources: MetricSources, packageVersion: string): MetricFamily[] {
  return [
    new Gauge('polytag_queue_requests', 'Requests that wait for their turn.', [], (set) => {
      set(sources.queue().requests);
    }),
    new Gauge('polytag_queue_texts', 'Texts that wait for their turn.', [], (set) => {
      set(sources.queue().texts);
    }),
    new Gauge('polytag_workers', 'Threads that run models.', [], (set) => {
      set(sources.workers().alive);
    }),
    new Gauge(
      'polytag_worker_restarts_total',
      'Threads that died and were replaced.',
      [],
      (set) => {
        set(sources.workers().restarts);
      },
      'counter',
    ),
    new Gauge('polytag_model_info', 'The models that are served.', ['model', 'version'], (set) => {
      for (const { name, version } of sources.models()) set(1, name, version);
    }),
    new Gauge('polytag_threshold', 'The threshold of each label.', ['model', 'label'], (set) => {
      for (const { name, labels, thresholds } of sources.models()) {
        for (const [index, label] of labels.entries()) set(thresholds.values[index], name, label);
      }
    }),
    new Gauge('polytag_build_info', 'The version of polytag.', ['version'], (set) => {
      set(1, packageVersion);
    }),
  ];
}
