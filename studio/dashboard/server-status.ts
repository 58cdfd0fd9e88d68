// Reads GET /status/server into what the page shows. What is not there, or not of its kind, is undefined: the page shows a dash.
import { type Members, members, number, text } from '../service/json-members.js';

interface Latency {
  /** Milliseconds. */
  readonly median: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  readonly max: number | undefined;
}

export interface ServedError {
  readonly time: string;
  readonly client: string;
  readonly code: string;
  readonly message: string;
}

export interface ServerStatus {
  readonly version: string | undefined;
  readonly model: string | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly workers: number | undefined;
  readonly requests: number | undefined;
  readonly sequences: number | undefined;
  readonly activeClients: number | undefined;
  readonly clients: number | undefined;
  readonly waitingTexts: number | undefined;
  readonly truncatedTexts: number | undefined;
  readonly failedRequests: number | undefined;
  readonly refusedRequests: number | undefined;
  readonly droppedMessages: number | undefined;
  readonly droppedReplies: number | undefined;
  readonly workerRestarts: number | undefined;
  readonly latency: Latency;
  /** The newest first. */
  readonly lastErrors: readonly ServedError[];
  /** The flags that the service was started with, by name. */
  readonly settings: readonly (readonly [name: string, value: string])[];
}

const poolingNames = [
  'NONE',
  'REDUCE_MAX',
  'REDUCE_MEAN',
  'REDUCE_MEAN_MAX',
  'FIRST_TOKEN',
  'LAST_TOKEN',
  'CLS_POOLED',
  'CLASSIFICATION',
  'REGRESSION',
];

/** Not settings: what the page shows elsewhere, what changes from poll to poll, and what is of no use to read. */
const elsewhere = new Set([
  'status',
  'statistic',
  'polytag',
  'client',
  'server_current_time',
  'num_concurrent_socket',
  'ventilator -> worker',
  'worker -> sink',
  'ventilator <-> sink',
]);

function settingText(name: string, value: unknown): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (name === 'pooling_strategy' && typeof value === 'number' && value in poolingNames) {
    return poolingNames[value];
  }
  if (Array.isArray(value)) {
    // Others, which no setting is made of, may not even become a text.
    const plain = value.filter((item) => ['string', 'number', 'boolean'].includes(typeof item));
    return plain.length === 0 ? 'none' : plain.join(', ');
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function readSettings(status: Members): ServerStatus['settings'] {
  return Object.entries(status)
    .filter(([name]) => !elsewhere.has(name))
    .map(([name, value]) => [name, settingText(name, value)] as const)
    .filter(([, value]) => value !== '')
    .sort(([first], [second]) => (first < second ? -1 : 1));
}

function readErrors(value: unknown): ServedError[] {
  if (!Array.isArray(value)) return [];
  const errors = value.map((entry: unknown) => {
    const { time, client, code, message } = members(entry);
    return {
      time: typeof time === 'number' ? new Date(time).toISOString() : (text(time) ?? ''),
      client: text(client) ?? '',
      code: text(code) ?? '',
      message: text(message) ?? '',
    };
  });
  return errors.sort((first, second) => (first.time < second.time ? 1 : -1));
}

/** Reads a status, whoever wrote it. */
export function readServerStatus(record: unknown): ServerStatus {
  const status = members(record);
  const counts = members(status.statistic);
  const own = members(status.polytag);
  const latency = members(own.latency_ms);
  return {
    version: text(own.version),
    model: text(own.model) ?? text(status.model_dir),
    uptimeSeconds: number(own.uptime_seconds),
    workers: number(own.workers) ?? number(status.num_worker),
    requests: number(counts.num_data_request),
    sequences: number(counts.num_total_seq),
    activeClients: number(counts.num_active_client),
    clients: number(counts.num_total_client),
    waitingTexts: number(own.waiting_texts),
    truncatedTexts: number(own.truncated_texts),
    failedRequests: number(own.failed_requests),
    refusedRequests: number(own.refused_requests),
    droppedMessages: number(own.dropped_messages),
    droppedReplies: number(own.dropped_replies),
    workerRestarts: number(own.worker_restarts),
    latency: {
      median: number(latency.median),
      p95: number(latency.p95),
      p99: number(latency.p99),
      max: number(latency.max),
    },
    lastErrors: readErrors(own.last_errors),
    settings: readSettings(status),
  };
}
