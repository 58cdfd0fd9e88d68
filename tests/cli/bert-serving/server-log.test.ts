// What a running server logs: a line an event, and not more lines than a person can read.
import { describe, expect, it } from 'vitest';
import { createServerLog } from '../../../src/cli/bert-serving/server-log.js';
import type { ServerEvent } from '../../../src/server/index.js';

const start = Date.UTC(2026, 0, 2, 3, 4, 5);

function logOf(
  events: readonly (readonly [seconds: number, event: ServerEvent])[],
  verbose = false,
): string[] {
  const lines: string[] = [];
  let time = start;
  const log = createServerLog({ write: (line) => lines.push(line), verbose, now: () => time });
  for (const [seconds, event] of events) {
    time = start + seconds * 1000;
    log(event);
  }
  return lines;
}

const request: ServerEvent = {
  kind: 'request',
  client: 'me',
  texts: 3,
  truncatedTexts: 1,
  milliseconds: 12.34,
};
const dropped: ServerEvent = {
  kind: 'dropped',
  dropped: 'message',
  client: undefined,
  reason: 'no identity',
};

describe('the log', () => {
  it('tells of each request when it is verbose', () => {
    const record: ServerEvent = { kind: 'record', client: 'me', record: 'status' };
    const events = [request, record].map((event) => [0, event] as const);
    expect(logOf(events)).toEqual([]);
    expect(logOf(events, true)).toEqual([
      '2026-01-02T03:04:05.000Z encoded 3 texts, 1 of them cut, 12.3 ms, for me',
      '2026-01-02T03:04:05.000Z told the status to me',
    ]);
  });

  it.each<[ServerEvent, string]>([
    [
      { kind: 'failure', client: 'me', code: 'QUEUE_FULL', message: 'too much waits' },
      'refused a request of me: too much waits (QUEUE_FULL)',
    ],
    [dropped, 'dropped a message: no identity'],
    [
      { kind: 'dropped', dropped: 'reply', client: 'me', reason: 'nobody reads' },
      'dropped a reply of me: nobody reads',
    ],
    [
      { kind: 'termination', client: 'me', isHonoured: true },
      'asked to end by me: answering what is under way',
    ],
    [
      { kind: 'termination', client: 'me', isHonoured: false },
      'not ending for me, which is on another machine (-allow_remote_termination)',
    ],
    [{ kind: 'addresses', addresses: ['10.0.0.1'] }, 'now listening at 10.0.0.1'],
  ])('tells of %j at all times', (event, line) => {
    expect(logOf([[0, event]])).toEqual([`2026-01-02T03:04:05.000Z ${line}`]);
  });

  it('counts what goes beyond twenty lines a second', () => {
    const flood = Array.from({ length: 1000 }, (_, at) => [at / 2000, dropped] as const);
    const lines = logOf([...flood, [1.5, dropped]]);
    expect(lines).toHaveLength(22);
    expect(lines[20]).toBe('2026-01-02T03:04:05.000Z and 980 more lines in this second');
    expect(lines[21]).toBe('2026-01-02T03:04:06.500Z dropped a message: no identity');
  });
});
