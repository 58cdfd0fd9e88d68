// The operators' side as the service uses it: who comes in, what is counted, and what the figures say.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Refusal } from '../../../src/server/http/refusal.js';
import { ApiKeys } from '../../../src/server/operations/access/api-keys.js';
import { newApiKey, parseKeyLines } from '../../../src/server/operations/access/key-lines.js';
import type { RequestRecord, ScoredModel } from '../../../src/server/operations/operations.js';
import {
  ServiceOperations,
  type ServiceOperationsOptions,
} from '../../../src/server/operations/service-operations.js';
import { readExposition, type Sample } from './metrics/exposition.js';

const model: ScoredModel = {
  name: 'comments',
  version: '0123456789abcdef',
  labels: ['toxic', 'say "no"\\\n'],
  thresholds: { version: 2, values: [0.5, 0.25] },
  loadedAt: new Date(),
};

const scored: RequestRecord = {
  requestId: 'r1',
  method: 'POST',
  route: '/v1/score',
  dialect: 'native',
  status: 200,
  client: 'app',
  milliseconds: 30,
  timings: { tokenize: 1, queue: 4, compute: 20 },
  scored: {
    model,
    texts: [
      { scores: Float32Array.of(0.921875, 0.3), tokens: 10, truncated: 0 },
      { scores: Float32Array.of(0.5, 0.1), tokens: 20, truncated: 3 },
      { scores: Float32Array.of(0.4, 0.2), tokens: 30, truncated: 0 },
    ],
  },
};

const running: ServiceOperations[] = [];
let options: ServiceOperationsOptions;
beforeEach(() => {
  options = {
    host: '127.0.0.1',
    packageVersion: '1.2.3',
    sources: {
      queue: () => ({ requests: 2, texts: 7 }),
      workers: () => ({ alive: 4, restarts: 1 }),
      models: () => [model],
    },
  };
});
afterEach(() => {
  for (const operations of running.splice(0)) operations.close();
});

function start(more: Partial<ServiceOperationsOptions> = {}): ServiceOperations {
  const operations = new ServiceOperations({ ...options, ...more });
  running.push(operations);
  return operations;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'let in';
}

function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  return samples.find(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;
}

it('lets in whoever has a key, and to the admin routes only admins', () => {
  const app = newApiKey('app', { rate: 2 });
  const boss = newApiKey('boss', { isAdmin: true });
  const keys = new ApiKeys(parseKeyLines(`${app.line}\n${boss.line}`, 'keys'));
  const operations = start({ host: '0.0.0.0', keys });
  const ask = (key: string | undefined, access: 'score' | 'admin') => () =>
    operations.authorize(
      new Headers(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      access,
      '10.0.0.1',
    );
  expect(ask(app.key, 'score')()).toEqual({ client: 'app' });
  expect(codeOf(ask(app.key, 'admin'))).toBe('FORBIDDEN');
  expect(codeOf(ask(app.key, 'score'))).toBe('RATE_LIMITED');
  expect(ask(boss.key, 'admin')()).toEqual({ client: 'boss' });
  expect(codeOf(ask(undefined, 'score'))).toBe('UNAUTHORIZED');
  expect(codeOf(ask('nonsense', 'admin'))).toBe('UNAUTHORIZED');
  expect(operations.authorize(new Headers(), 'score', '10.0.0.1', boss.key)).toEqual({
    client: 'boss',
  });
  const { samples } = readExposition(operations.renderMetrics());
  expect(valueOf(samples, 'polytag_client_requests_total', { client: 'app' })).toBe(1);
  expect(valueOf(samples, 'polytag_client_rate_limited_total', { client: 'app' })).toBe(1);
});

it('without keys trusts its own machine, but no pages and no names of others', () => {
  const operations = start();
  const ask = (headers: Record<string, string>) => () =>
    operations.authorize(new Headers(headers), 'admin', '127.0.0.1');
  expect(ask({ host: 'localhost:8080' })()).toEqual({ client: '127.0.0.1' });
  expect(codeOf(ask({ host: 'evil.example' }))).toBe('FORBIDDEN');
  expect(codeOf(ask({ host: 'localhost:8080', origin: 'https://evil.example' }))).toBe('FORBIDDEN');
  const open = start({ host: '0.0.0.0' });
  expect(codeOf(() => open.authorize(new Headers({ host: 'any' }), 'score', '10.0.0.1'))).toBe(
    'let in',
  );
  expect(codeOf(() => open.authorize(new Headers({ host: 'any' }), 'admin', '127.0.0.1'))).toBe(
    'FORBIDDEN',
  );
});

it('counts what became of requests, in the format of Prometheus', () => {
  const operations = start();
  for (let request = 0; request < 3; request++) operations.began();
  operations.finished(scored);
  operations.finished({
    requestId: 'r2',
    method: 'POST',
    route: 'none',
    dialect: 'none',
    status: 404,
    code: 'NOT_FOUND',
    client: '127.0.0.1',
    milliseconds: 0.2,
  });
  operations.batchRan('comments', 3, 60);
  operations.reloaded('comments', undefined, new Error('bad folder'));
  operations.reloaded('comments', { before: 'a', after: 'b' });
  const { samples, types } = readExposition(operations.renderMetrics());
  const value = (name: string, labels: Record<string, string> = {}): number | undefined =>
    valueOf(samples, name, labels);
  expect(
    value('polytag_http_requests_total', { dialect: 'native', route: '/v1/score', status: '200' }),
  ).toBe(1);
  expect(value('polytag_http_requests_in_progress')).toBe(1);
  expect(value('polytag_refused_requests_total', { code: 'NOT_FOUND' })).toBe(1);
  expect(
    value('polytag_request_duration_seconds_count', { dialect: 'native', stage: 'compute' }),
  ).toBe(1);
  expect(
    value('polytag_request_duration_seconds_sum', { dialect: 'native', stage: 'compute' }),
  ).toBe(0.02);
  expect(
    value('polytag_request_duration_seconds_bucket', {
      dialect: 'native',
      stage: 'total',
      le: '0.025',
    }),
  ).toBe(0);
  expect(
    value('polytag_request_duration_seconds_bucket', {
      dialect: 'native',
      stage: 'total',
      le: '0.05',
    }),
  ).toBe(1);
  expect(value('polytag_texts_total', { model: 'comments' })).toBe(3);
  expect(value('polytag_tokens_total', { model: 'comments' })).toBe(60);
  expect(value('polytag_truncated_texts_total', { model: 'comments' })).toBe(1);
  expect(value('polytag_batch_tokens_sum', { model: 'comments' })).toBe(60);
  expect(value('polytag_flagged_texts_total', { label: 'toxic' })).toBe(2);
  expect(value('polytag_flagged_texts_total', { label: model.labels[1] })).toBe(1);
  expect(value('polytag_score_bucket', { label: 'toxic', le: '0.5' })).toBe(2);
  expect(value('polytag_threshold', { label: model.labels[1] })).toBe(0.25);
  expect(value('polytag_model_info', { version: model.version })).toBe(1);
  expect(value('polytag_model_reloads_total', { result: 'failed' })).toBe(1);
  expect(value('polytag_model_reloads_total', { result: 'done' })).toBe(1);
  expect(value('polytag_queue_texts')).toBe(7);
  expect(value('polytag_worker_restarts_total')).toBe(1);
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(types.get('polytag_worker_restarts_total')).toBe('counter');
  for (const [name, type] of types) {
    expect(type === 'counter', name).toBe(name.endsWith('_total'));
  }
});

it('shows the service at a glance, and what other thresholds would have done', () => {
  const operations = start();
  operations.began();
  operations.finished(scored);
  const figures = operations.figures();
  expect(figures.queue).toEqual({ requests: 2, texts: 7 });
  expect(figures.workers).toEqual({ alive: 4, restarts: 1 });
  expect(figures.sinceStart).toEqual({ requests: 1, texts: 3, errors: 0, refused: 0 });
  expect(figures.requestsAtWork).toBe(0);
  expect(figures.models).toHaveLength(1);
  expect(figures.models[0]).toMatchObject({
    name: 'comments',
    thresholdsVersion: 2,
    windowTexts: 3,
    windowCapacity: 10_000,
  });
  expect(figures.models[0].labels[0].flagRate).toBeCloseTo(2 / 3);
  expect(figures.models[0].labels[0].histogram).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 0, 1]);
  const change = operations.compareThresholds(model, [0.5, 0.25], [0.95, 0.05]);
  expect(change.texts).toBe(3);
  expect(change.labels.map(({ after }) => after.flagRate)).toEqual([0, 1]);
  expect(JSON.parse(JSON.stringify(figures))).toEqual(figures);
});
