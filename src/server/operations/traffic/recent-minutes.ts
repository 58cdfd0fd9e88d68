// The last ten minutes in steps of five seconds: what a page shows as moving lines.
import type { FigureSeries, LatencyFigures, ServiceFigures } from '../figures-record.js';
import type { RequestRecord } from '../operations.js';
import { LatencyHistogram } from './latency-histogram.js';

const stepSeconds = 5;
const steps = 120;
const stepsOfLastMinute = 60 / stepSeconds;

interface Step {
  /** Counted from the epoch; undefined while the place is unused. */
  number: number | undefined;
  requests: number;
  texts: number;
  tokens: number;
  errors: number;
  refused: number;
  readonly latencies: LatencyHistogram;
}

type Counted = 'requests' | 'texts' | 'tokens' | 'errors' | 'refused';

function emptyStep(): Step {
  return {
    number: undefined,
    requests: 0,
    texts: 0,
    tokens: 0,
    errors: 0,
    refused: 0,
    latencies: new LatencyHistogram(),
  };
}

/** The clock in milliseconds of Unix time; it never goes back. */
function monotonicNow(): number {
  return performance.timeOrigin + performance.now();
}

export class RecentMinutes {
  readonly #steps = Array.from({ length: steps }, emptyStep);
  readonly #startedAt: number;
  readonly #sinceStart = { requests: 0, texts: 0, errors: 0, refused: 0 };

  constructor(private readonly now: () => number = monotonicNow) {
    this.#startedAt = now();
  }

  add({ status, milliseconds, scored, encoded }: RequestRecord): void {
    const step = this.#stepNow();
    const texts = scored?.texts.length ?? encoded?.texts ?? 0;
    const isRefused = status === 429 || status === 503;
    const isError = status >= 500 && status !== 503;
    step.requests += 1;
    step.texts += texts;
    step.tokens += encoded?.tokens ?? 0;
    for (const text of scored?.texts ?? []) step.tokens += text.tokens;
    if (isError) step.errors += 1;
    if (isRefused) step.refused += 1;
    step.latencies.add(milliseconds);
    this.#sinceStart.requests += 1;
    this.#sinceStart.texts += texts;
    if (isError) this.#sinceStart.errors += 1;
    if (isRefused) this.#sinceStart.refused += 1;
  }

  figures(): Pick<ServiceFigures, 'uptimeSeconds' | 'lastMinute' | 'sinceStart' | 'series'> {
    return {
      uptimeSeconds: Math.round((this.now() - this.#startedAt) / 1000),
      lastMinute: this.#lastMinute(),
      sinceStart: { ...this.#sinceStart },
      series: this.#series(),
    };
  }

  #stepNow(): Step {
    const number = this.#numberNow();
    const step = this.#steps[number % steps];
    if (step.number !== number) {
      Object.assign(step, { number, requests: 0, texts: 0, tokens: 0, errors: 0, refused: 0 });
      step.latencies.clear();
    }
    return step;
  }

  #numberNow(): number {
    return Math.floor(this.now() / 1000 / stepSeconds);
  }

  /** The last `count` steps, oldest first; undefined for those in which nothing happened. */
  #last(count: number): (Step | undefined)[] {
    const last = this.#numberNow();
    return Array.from({ length: count }, (_, index) => {
      const number = last - count + 1 + index;
      const step = this.#steps[number % steps];
      return step.number === number ? step : undefined;
    });
  }

  #lastMinute(): ServiceFigures['lastMinute'] {
    const recent = this.#last(stepsOfLastMinute);
    const intoStep = (this.now() / 1000) % stepSeconds;
    const uptime = (this.now() - this.#startedAt) / 1000;
    // The youngest step is not over, and a young service has not had a minute yet.
    const seconds = Math.max(1, Math.min(60 - stepSeconds + intoStep, uptime));
    const rate = (name: Counted): number =>
      rounded(recent.reduce((sum, step) => sum + (step?.[name] ?? 0), 0) / seconds);
    const latencies = new LatencyHistogram();
    for (const step of recent) if (step !== undefined) latencies.addAll(step.latencies);
    return {
      requestsPerSecond: rate('requests'),
      textsPerSecond: rate('texts'),
      tokensPerSecond: rate('tokens'),
      errorsPerSecond: rate('errors'),
      refusedPerSecond: rate('refused'),
      latency: latencyFigures(latencies),
    };
  }

  #series(): FigureSeries {
    const all = this.#last(steps);
    const rates = (name: Counted): number[] =>
      all.map((step) => rounded((step?.[name] ?? 0) / stepSeconds));
    return {
      stepSeconds,
      start: (this.#numberNow() - steps + 1) * stepSeconds,
      requestsPerSecond: rates('requests'),
      textsPerSecond: rates('texts'),
      errorsPerSecond: rates('errors'),
      refusedPerSecond: rates('refused'),
      p50: all.map((step) => step?.latencies.percentile(0.5) ?? null),
      p99: all.map((step) => step?.latencies.percentile(0.99) ?? null),
    };
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function latencyFigures(latencies: LatencyHistogram): LatencyFigures {
  return {
    p50: latencies.percentile(0.5),
    p95: latencies.percentile(0.95),
    p99: latencies.percentile(0.99),
  };
}
