// The service's log: one JSON object a line, one line a request, and never a text that somebody sent.
import type { RequestRecord } from '../operations.js';
import type { LineOutput } from './line-output.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'off';

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, off: 4 };

/** Routes whose every good answer would only fill the log: they are asked every few seconds. */
const quietRoutes: readonly string[] = [
  '/metrics',
  '/health',
  '/health/live',
  '/health/ready',
  '/ping',
  '/v1/figures',
];

function thousandths(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

function sumOf<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0);
}

/** The line that says how many lines are missing. */
export function describeDroppedLines(lines: number): string {
  return JSON.stringify({
    time: new Date().toISOString(),
    level: 'warn',
    event: 'log_lines_dropped',
    lines,
  });
}

function levelOf({ status, isGone, route }: RequestRecord): LogLevel {
  if (status >= 500 && status !== 503) return 'error';
  if (status === 503 || status === 429 || isGone === true) return 'warn';
  return status < 400 && quietRoutes.includes(route) ? 'debug' : 'info';
}

/** The members of a request's line. */
function requestMembers(record: RequestRecord): Record<string, unknown> {
  const { scored, encoded, timings } = record;
  return {
    request_id: record.requestId,
    method: record.method,
    route: record.route,
    dialect: record.dialect,
    status: record.status,
    code: record.code,
    client: record.client,
    gone: record.isGone === true ? true : undefined,
    model: scored?.model.name ?? encoded?.model,
    version: scored?.model.version,
    thresholds: scored?.model.thresholds.version,
    texts: scored?.texts.length ?? encoded?.texts,
    tokens: scored === undefined ? encoded?.tokens : sumOf(scored.texts, ({ tokens }) => tokens),
    truncated: scored && sumOf(scored.texts, ({ truncated }) => (truncated > 0 ? 1 : 0)),
    ms: thousandths(record.milliseconds),
    tokenize_ms: timings && thousandths(timings.tokenize),
    queue_ms: timings && thousandths(timings.queue),
    compute_ms: timings && thousandths(timings.compute),
  };
}

/** Writes the log. */
export class ServiceLog {
  constructor(
    private readonly output: LineOutput,
    private readonly level: LogLevel = 'info',
  ) {}

  request(record: RequestRecord): void {
    const level = levelOf(record);
    if (ranks[level] < ranks[this.level]) return;
    this.#write(level, { event: 'request', ...requestMembers(record) });
  }

  /** Something that happened to the service itself: a start, a reload, a fault with its stack. */
  event(level: LogLevel, event: string, members: Readonly<Record<string, unknown>> = {}): void {
    if (ranks[level] >= ranks[this.level]) this.#write(level, { event, ...members });
  }

  // Control characters inside strings become escapes in JSON: no value can end the line.
  #write(level: LogLevel, members: Readonly<Record<string, unknown>>): void {
    this.output.write(JSON.stringify({ time: new Date().toISOString(), level, ...members }));
  }
}
