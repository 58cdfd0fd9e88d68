// What each dialect says while the service is closing, and when to come back where there is too much to do.
import { expect, it } from 'vitest';
import { createDialects } from '../../../src/server/dialects/index.js';
import { createServiceDialect } from '../../../src/server/dialects/service.js';
import { TextAdmission } from '../../../src/server/operations/text-admission.js';
import type { ServedClassifier } from '../../../src/server/scoring/served-model.js';
import { serveApp } from './support/app-server.js';
import { ask } from './support/dialect-server.js';
import { classifier, encoder, serviceOf } from './support/fake-models.js';

const dialects = [
  ...createDialects({}),
  createServiceDialect({ renderMetrics: () => '', describe: () => '{}' }),
];
const sentence = expect.stringContaining('closing') as string;

it.each([
  ['/health/ready', { error: { code: 'SERVICE_CLOSING', message: sentence } }],
  ['/health', { error: sentence, error_type: 'Unhealthy' }],
  ['/v2/health/ready', { error: sentence }],
  ['/v2/models/toxic/ready', { error: sentence }],
  ['/ping', { error: sentence }],
])('%s is 200, and 503 in its own envelope while the service is closing', async (path, body) => {
  const open = await serveApp(dialects, serviceOf(classifier, encoder));
  expect((await ask(open.url + path)).status).toBe(200);
  const closing = await serveApp(dialects, serviceOf(classifier, encoder), undefined, true);
  const answer = await ask(closing.url + path);
  expect(answer).toMatchObject({ status: 503, body });
  expect(Object.keys(answer.body as object)).toEqual(
    expect.arrayContaining(Object.keys(body as object)),
  );
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.headers.get('connection')).toBe('close');
});

it.each(['/health/live', '/v2/health/live'])(
  '%s is 200 as long as the process answers',
  async (path) => {
    const { url } = await serveApp(dialects, serviceOf(classifier), undefined, true);
    expect((await ask(url + path)).status).toBe(200);
  },
);

it.each([
  ['/v1/score', { text: 'a' }, 503],
  ['/v1/moderations', { input: 'a' }, 503],
  ['/classify', { input: 'a' }, 503],
  [
    '/v2/models/toxic/infer',
    { inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: ['a'] }] },
    503,
  ],
  ['/invocations', { inputs: 'a' }, 503],
  [
    '/v1alpha1/comments:analyze',
    { comment: { text: 'a' }, requestedAttributes: { TOXICITY: {} } },
    503,
  ],
  ['/predict', { inputs: 'a' }, 429],
  ['/', { inputs: 'a' }, 429],
])('%s passes on when there will be room', async (path, body, status) => {
  let now = 0;
  const admission = new TextAdmission({
    capacity: 10,
    line: 10,
    waitingRequests: 10,
    waitMilliseconds: 60_000,
    now: () => now,
  });
  const left = new AbortController();
  // Two texts a second.
  const leave = await admission.enter(10, left.signal);
  now += 5_000;
  leave();
  await admission.enter(10, left.signal);
  const waiting = admission.enter(10, left.signal).catch(() => undefined);
  const busy: ServedClassifier = {
    ...classifier,
    mapping: {
      perspective: new Map([['TOXICITY', { combine: 'any', labels: ['toxic'] }]]),
      openai: new Map(),
    },
    score: async (texts, { signal }) => {
      await admission.enter(texts.length, signal);
      throw new Error('there was room');
    },
  };
  const { url, failures } = await serveApp(dialects, serviceOf(busy));
  const answer = await ask(url + path, body);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, '6']);
  expect(failures).toEqual([]);
  left.abort();
  await waiting;
});
