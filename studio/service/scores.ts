// Scores of texts: POST v1/score.
import { list, members, number, text } from './json-members.js';
import { type ServiceClient, unreadable } from './service-client.js';

export interface LabelScore {
  readonly label: string;
  /** From 0 to 1. */
  readonly score: number;
  readonly threshold: number;
  /** Whether the score is at least the threshold. */
  readonly flagged: boolean;
}

interface ScoredText {
  readonly labels: readonly LabelScore[];
  readonly tokens: number;
  /** Tokens that were left out. */
  readonly truncated: number;
  readonly windows: number;
}

/** Where the time went, in milliseconds. */
interface Timings {
  readonly tokenize: number | undefined;
  readonly queue: number | undefined;
  readonly compute: number | undefined;
}

export interface ScoreAnswer {
  readonly model: string;
  readonly version: string;
  readonly thresholdsVersion: number | undefined;
  readonly texts: readonly ScoredText[];
  readonly timings: Timings;
}

function readLabel(entry: unknown): LabelScore | undefined {
  const record = members(entry);
  const label = text(record.label);
  const score = number(record.score);
  const threshold = number(record.threshold);
  if (label === undefined || score === undefined || threshold === undefined) return undefined;
  return { label, score, threshold, flagged: record.flagged === true };
}

function readText(entry: unknown): ScoredText | undefined {
  const record = members(entry);
  const labels = list(record.labels, readLabel);
  if (labels.length === 0) return undefined;
  return {
    labels,
    tokens: number(record.tokens) ?? 0,
    truncated: number(record.truncated) ?? 0,
    windows: number(record.windows) ?? 1,
  };
}

function readTimings(value: unknown): Timings {
  const record = members(value);
  return {
    tokenize: number(record.tokenize_ms),
    queue: number(record.queue_ms),
    compute: number(record.compute_ms),
  };
}

/** The scores of `texts`, in their order. */
export async function fetchScores(
  client: ServiceClient,
  model: string,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<ScoreAnswer> {
  const body = { model, texts };
  const record = members(await client.json('v1/score', { method: 'POST', body, signal }));
  const results = list(record.results, readText);
  if (results.length !== texts.length) throw unreadable('scores');
  return {
    model: text(record.model) ?? model,
    version: text(record.version) ?? '',
    thresholdsVersion: number(record.thresholds_version),
    texts: results,
    timings: readTimings(record.timings),
  };
}
