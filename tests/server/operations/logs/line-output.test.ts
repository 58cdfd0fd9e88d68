// The log's writer: bounded where the reader is slow, and honest about what it left out.
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LineOutput } from '../../../../src/server/operations/logs/line-output.js';
import {
  describeDroppedLines,
  ServiceLog,
} from '../../../../src/server/operations/logs/service-log.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-log-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A reader that takes nothing until it is told to, and then so many bytes at a time. */
function slowReader(bytesAtATime: number) {
  let text = '';
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    open,
    text: () => text,
    write: async (bytes: Uint8Array) => {
      await opened;
      const taken = bytes.subarray(0, bytesAtATime);
      text += Buffer.from(taken).toString('latin1');
      return taken.length;
    },
  };
}

it('bounds what waits for a reader that does not read, counts the rest, and says so in the log', async () => {
  const reader = slowReader(7);
  const output = LineOutput.toDescriptor(2, {
    write: reader.write,
    mostWaitingBytes: 1_000,
    describeDropped: (lines) => `${lines} lines are missing`,
  });
  for (let line = 0; line < 1_000; line++) output.write(`line ${String(line).padStart(4, '0')}`);
  expect(output.droppedLines).toBe(900);
  reader.open();
  await output.close(60_000);
  const lines = reader.text().split('\n');
  expect(lines.slice(0, 3)).toEqual(['line 0000', 'line 0001', 'line 0002']);
  expect(lines.filter((line) => line.startsWith('line'))).toHaveLength(100);
  expect(lines.filter((line) => line.endsWith('missing')).join()).toMatch(/^900 lines/);
});

it('goes on after a full disk, and counts what that cost', async () => {
  let isFull = true;
  let text = '';
  const output = LineOutput.toDescriptor(2, {
    write: (bytes) => {
      if (isFull) return Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
      text += Buffer.from(bytes).toString();
      return Promise.resolve(bytes.length);
    },
    describeDropped: describeDroppedLines,
  });
  output.write('one');
  output.write('two');
  await wait(10);
  expect(output.failure).toBe('ENOSPC');
  expect(output.droppedLines).toBe(2);
  isFull = false;
  output.write('three');
  await output.close();
  expect(output.failure).toBeUndefined();
  expect(text).toMatch(/^three\n\{.*"event":"log_lines_dropped","lines":2\}\n$/);
});

it('tries again where a pipe says that it is full', async () => {
  let attempts = 0;
  let text = '';
  const output = LineOutput.toDescriptor(2, {
    write: (bytes) => {
      attempts += 1;
      if (attempts < 3)
        return Promise.reject(Object.assign(new Error('again'), { code: 'EAGAIN' }));
      text += Buffer.from(bytes).toString();
      return Promise.resolve(bytes.length);
    },
  });
  output.write('patience');
  await output.close();
  expect(text).toBe('patience\n');
  expect(output.droppedLines).toBe(0);
});

it('gives up a reader that never reads when the service ends', async () => {
  const output = LineOutput.toDescriptor(2, { write: () => new Promise(() => undefined) });
  output.write('lost');
  await output.close(20);
});

it('appends to a file, and to a new one after a rotation', async () => {
  const path = join(folder, 'service.log');
  const output = await LineOutput.toFile(path);
  output.write('first\r\nwith a break');
  await wait(20);
  await rename(path, join(folder, 'service.log.1'));
  output.write('second');
  await wait(20);
  await output.reopen();
  output.write('third');
  await output.close();
  expect(await readFile(join(folder, 'service.log.1'), 'utf8')).toBe(
    'first  with a break\nsecond\n',
  );
  expect(await readFile(path, 'utf8')).toBe('third\n');
  await expect(LineOutput.toFile(join(folder, 'missing', 'log'))).rejects.toMatchObject({
    code: 'WRITE_FAILED',
  });
});

it('writes a line a request, whose members no value can break out of', async () => {
  const path = join(folder, 'service.log');
  const output = await LineOutput.toFile(path);
  const log = new ServiceLog(output);
  const hostile = '\r\n{"event":"forged"}\u2028\u0000\u001b[31m';
  log.request({
    requestId: hostile,
    method: 'POST',
    route: '/v1/score',
    dialect: 'native',
    status: 200,
    client: hostile,
    milliseconds: 12.345678,
    timings: { tokenize: 1, queue: 2, compute: 9 },
    scored: {
      model: {
        name: 'm',
        version: 'v',
        labels: ['a'],
        thresholds: { version: 3, values: [0.5] },
        loadedAt: new Date(),
      },
      texts: [
        { scores: Float32Array.of(0.9), tokens: 5, truncated: 0 },
        { scores: Float32Array.of(0.1), tokens: 7, truncated: 2 },
      ],
    },
  });
  log.request({
    requestId: 'r',
    method: 'GET',
    route: '/health/live',
    dialect: 'none',
    status: 200,
    client: 'c',
    milliseconds: 1,
  });
  log.request({
    requestId: 'r',
    method: 'GET',
    route: '/health/live',
    dialect: 'none',
    status: 503,
    code: 'SERVICE_CLOSING',
    client: 'c',
    milliseconds: 1,
  });
  log.event('error', 'fault', { stack: 'Error: a\n    at b' });
  await output.close();
  const text = await readFile(path, 'utf8');
  const isControl = (code: number): boolean => (code < 32 && code !== 10) || code === 0x2028;
  const codes = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  expect(codes.filter(isControl)).toEqual([]);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatchObject({
    level: 'info',
    event: 'request',
    status: 200,
    model: 'm',
    version: 'v',
    thresholds: 3,
    texts: 2,
    tokens: 12,
    truncated: 1,
    ms: 12.346,
    tokenize_ms: 1,
    queue_ms: 2,
    compute_ms: 9,
  });
  expect(lines[1]).toMatchObject({ level: 'warn', status: 503, code: 'SERVICE_CLOSING' });
  expect(lines[2]).toMatchObject({ level: 'error', event: 'fault', stack: 'Error: a\n    at b' });
});
