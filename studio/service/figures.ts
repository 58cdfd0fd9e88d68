// The service at a glance and its last minutes: GET v1/figures. What is not there is undefined: the page shows a dash.
import { list, members, number, text } from './json-members.js';
import type { ServiceClient } from './service-client.js';

/** Latencies in milliseconds. */
interface LatencyFigures {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

export interface LabelFigures {
  readonly label: string;
  readonly threshold: number | undefined;
  /** Of the recent texts, from 0 to 1. */
  readonly flagRate: number | undefined;
  readonly meanScore: number | undefined;
  /** Recent scores in ten bins of equal width. */
  readonly histogram: readonly number[];
}

export interface ModelFigures {
  readonly name: string;
  /** Texts that the rates are of. */
  readonly windowTexts: number;
  readonly labels: readonly LabelFigures[];
}

/** A figure step by step, the oldest first; undefined where nothing was measured. */
export type FigureSeries = readonly (number | undefined)[];

export interface ServiceFigures {
  readonly uptimeSeconds: number | undefined;
  readonly requestsPerSecond: number | undefined;
  readonly textsPerSecond: number | undefined;
  readonly tokensPerSecond: number | undefined;
  readonly latency: LatencyFigures;
  readonly sinceStart: Readonly<
    Record<'requests' | 'texts' | 'errors' | 'refused', number | undefined>
  >;
  readonly requestsAtWork: number | undefined;
  readonly queuedRequests: number | undefined;
  readonly queuedTexts: number | undefined;
  readonly workers: number | undefined;
  readonly workerRestarts: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly models: readonly ModelFigures[];
  readonly series: {
    readonly stepSeconds: number;
    /** Milliseconds since 1970 at which the first step begins. */
    readonly start: number;
    readonly requests: FigureSeries;
    readonly texts: FigureSeries;
    readonly errors: FigureSeries;
    readonly refused: FigureSeries;
    readonly p50: FigureSeries;
    readonly p99: FigureSeries;
  };
}

function readSeries(value: unknown): FigureSeries {
  return Array.isArray(value) ? value.map(number) : [];
}

function readLabel(entry: unknown): LabelFigures | undefined {
  const record = members(entry);
  const label = text(record.label);
  if (label === undefined) return undefined;
  return {
    label,
    threshold: number(record.threshold),
    flagRate: number(record.flagRate),
    meanScore: number(record.meanScore),
    histogram: list(record.histogram, number),
  };
}

function readModel(entry: unknown): ModelFigures | undefined {
  const record = members(entry);
  const name = text(record.name);
  if (name === undefined) return undefined;
  return {
    name,
    windowTexts: number(record.windowTexts) ?? 0,
    labels: list(record.labels, readLabel),
  };
}

function readAllSeries(value: unknown): ServiceFigures['series'] {
  const series = members(value);
  return {
    stepSeconds: number(series.stepSeconds) ?? 1,
    start: (number(series.start) ?? 0) * 1000,
    requests: readSeries(series.requestsPerSecond),
    texts: readSeries(series.textsPerSecond),
    errors: readSeries(series.errorsPerSecond),
    refused: readSeries(series.refusedPerSecond),
    p50: readSeries(series.p50),
    p99: readSeries(series.p99),
  };
}

function readFigures(answer: unknown): ServiceFigures {
  const record = members(answer);
  const minute = members(record.lastMinute);
  const latency = members(minute.latency);
  const start = members(record.sinceStart);
  const queue = members(record.queue);
  const workers = members(record.workers);
  return {
    uptimeSeconds: number(record.uptimeSeconds),
    requestsPerSecond: number(minute.requestsPerSecond),
    textsPerSecond: number(minute.textsPerSecond),
    tokensPerSecond: number(minute.tokensPerSecond),
    latency: { p50: number(latency.p50), p95: number(latency.p95), p99: number(latency.p99) },
    sinceStart: {
      requests: number(start.requests),
      texts: number(start.texts),
      errors: number(start.errors),
      refused: number(start.refused),
    },
    requestsAtWork: number(record.requestsAtWork),
    queuedRequests: number(queue.requests),
    queuedTexts: number(queue.texts),
    workers: number(workers.alive),
    workerRestarts: number(workers.restarts),
    memoryBytes: number(record.memoryBytes),
    models: list(record.models, readModel),
    series: readAllSeries(record.series),
  };
}

export async function fetchFigures(
  client: ServiceClient,
  signal: AbortSignal,
): Promise<ServiceFigures> {
  return readFigures(await client.json('v1/figures', { signal }));
}
