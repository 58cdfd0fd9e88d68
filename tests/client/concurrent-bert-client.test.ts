// The pool of connections: how many calls are under way, whose turn it is, what ends waiting.
import { afterEach, expect, test } from 'vitest';
import { ConcurrentBertClient, type ConcurrentBertClientOptions } from '../../src/client/index.js';
import { ScriptedService, vectorsOf } from './support/scripted-service.js';

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) {
    one.close();
  }
});

/** A service that holds every answer back, and a pool connected to it. */
async function connect(options: ConcurrentBertClientOptions) {
  const held: (() => void)[] = [];
  const service = await ScriptedService.start({
    encode: async (request) => {
      await new Promise<void>((resolve) => {
        held.push(resolve);
      });
      return vectorsOf(request);
    },
  });
  const { port, portOut } = service;
  const pool = await ConcurrentBertClient.connect({ ip: '127.0.0.1', port, portOut, ...options });
  open.push(pool, service);
  return { pool, service, held };
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'nothing was wrong',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
}

test('calls beyond the last connection wait their turn; each gets its own answer', async () => {
  const { pool, service, held } = await connect({ maxConcurrency: 3, identity: 'pool' });
  let underWay = 0;
  let most = 0;
  const calls = Array.from({ length: 12 }, async (_, index) => {
    const encoded = await pool.encode(['x'.repeat(index + 1)]);
    return encoded.data[0];
  });
  for (let answered = 0; answered < 12; answered++) {
    await expect.poll(() => held.length).toBeGreaterThan(answered);
    underWay = service.encodeRequests.length - answered;
    most = Math.max(most, underWay);
    held[answered]();
  }
  expect(await Promise.all(calls)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(most).toBeLessThanOrEqual(3);
  const names = new Set(service.encodeRequests.map(({ identity }) => String(identity)));
  expect(names.size).toBeGreaterThan(1);
  expect([...names].every((name) => ['pool', 'pool-2', 'pool-3'].includes(name))).toBe(true);
});

test('a turn can be given up, and the timeout includes it', async () => {
  const { pool, service, held } = await connect({ maxConcurrency: 1 });
  const first = pool.encode(['first']);
  await expect.poll(() => held.length).toBe(1);
  const controller = new AbortController();
  const reason = new Error('not any more');
  const second = codeOf(pool.encode(['second'], { signal: controller.signal }));
  const third = codeOf(pool.encode(['third'], { timeout: 30 }));
  const fourth = pool.encode(['fourth']);
  controller.abort(reason);
  expect(await second).toBe(reason);
  expect(await third).toBe('SERVICE_SILENT');
  held[0]();
  expect((await first).data[0]).toBe(5);
  await expect.poll(() => held.length).toBe(2);
  held[1]();
  expect((await fourth).data[0]).toBe(6);
  expect(service.encodeRequests.map(({ texts }) => texts)).toEqual([['first'], ['fourth']]);
  expect(await pool.serverConfig()).toEqual(await pool.serverStatus());
});

test('close rejects calls that are under way, that wait, and that come later', async () => {
  const { pool, held } = await connect({ maxConcurrency: 2 });
  const calls = ['a', 'b', 'c'].map((text) => codeOf(pool.encode([text])));
  await expect.poll(() => held.length).toBeGreaterThan(0);
  await pool[Symbol.asyncDispose]();
  expect(await Promise.all(calls)).toEqual(['CLIENT_CLOSED', 'CLIENT_CLOSED', 'CLIENT_CLOSED']);
  expect(await codeOf(pool.encode(['d']))).toBe('CLIENT_CLOSED');
});

test.each([0, 2.5])('maxConcurrency of %d is refused', async (maxConcurrency) => {
  expect(await codeOf(ConcurrentBertClient.connect({ maxConcurrency }))).toBe('OPTION_INVALID');
});
