// The pool in bad days: threads that die in every way a thread can, and what becomes of their batches.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Tensor, tensorOf } from '../../src/graph/index.js';
import { type ModelSource, type NamedTensors, WorkerPool } from '../../src/runtime/index.js';
import { affineModel } from './models.js';

const EXIT = 1;
const THROW = 2;
const EXHAUST_HEAP = 3;
const EXIT_SOON = 4;

const KILLS = 20;

function openMortal(workers: number, model: ModelSource = affineModel()): Promise<WorkerPool> {
  return WorkerPool.open(model, {
    workers,
    entry: new URL('./mortal-session-thread.mjs', import.meta.url),
  });
}

/** Feeds for the affine model whose first output is `10 + 5 n`, and what the thread that gets them suffers. */
function feeds(n: number, fate?: number): NamedTensors {
  const x: Tensor = tensorOf('float32', [1, 2], [n, n]);
  return fate === undefined ? { x } : { x, fate: tensorOf('int32', [1], [fate]) };
}

test.each([
  ['process.exit', EXIT],
  ['an exception', THROW],
  ['a full heap', EXHAUST_HEAP],
])('a worker that dies of %s is replaced and its batch done again', async (_, fate) => {
  const pool = await openMortal(1);
  let attempts = 0;
  const { z } = await pool.run(() => {
    attempts += 1;
    return feeds(2, attempts === 1 ? fate : undefined);
  });
  expect(z.data[0]).toBe(20);
  expect(attempts).toBe(2);
  await pool.close();
});

test('a batch that two workers died of is given back with the reason; the next one is served', async () => {
  const pool = await openMortal(1);
  const poisoned = pool.run(feeds(1, EXIT));
  const behind = pool.run(feeds(3));
  await expect(poisoned).rejects.toMatchObject({
    code: 'WORKER_DIED',
    message: expect.stringContaining('exit code 3') as string,
  });
  expect((await behind).z.data[0]).toBe(25);
  await pool.close();
});

test(`${KILLS} deaths under load lose nothing and double nothing`, async () => {
  const pool = await openMortal(3);
  const runs = 400;
  const settled = new Array<number>(runs).fill(0);
  await Promise.all(
    settled.map(async (_, n) => {
      let attempts = 0;
      const { z } = await pool.run(() => {
        attempts += 1;
        const isKiller = n % (runs / KILLS) === 7 && attempts === 1;
        return feeds(n, isKiller ? (n % 40 === 7 ? EXIT : EXIT_SOON) : undefined);
      });
      expect(z.data).toEqual(Float32Array.of(10 + 5 * n, 20 + 7 * n, 30 + 9 * n));
      settled[n] += 1;
    }),
  );
  expect(settled).toEqual(new Array<number>(runs).fill(1));
  await pool.close();
});

test('a batch given up is not done again when its worker dies', async () => {
  const pool = await openMortal(1);
  const controller = new AbortController();
  let attempts = 0;
  const run = pool.run(
    () => {
      attempts += 1;
      return feeds(1, EXIT);
    },
    { signal: controller.signal },
  );
  controller.abort();
  await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  expect((await pool.run(feeds(2))).z.data[0]).toBe(20);
  expect(attempts).toBe(1);
  await pool.close();
});

test('a worker that dies while nobody waits is replaced all the same', async () => {
  const pool = await openMortal(1);
  await pool.run(feeds(1, EXIT_SOON)).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect((await pool.run(feeds(2))).z.data[0]).toBe(20);
  await pool.close();
});

test('closing waits for a batch that is done again', async () => {
  const pool = await openMortal(1);
  let attempts = 0;
  const run = pool.run(() => {
    attempts += 1;
    return feeds(2, attempts === 1 ? EXIT : undefined);
  });
  const [{ z }] = await Promise.all([run, pool.close()]);
  expect(z.data[0]).toBe(20);
});

test('when no thread can be started again, all who wait are told, and all who come', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-'));
  const path = join(folder, 'model.onnx');
  await writeFile(path, Buffer.concat(affineModel()));
  const pool = await openMortal(1, path);
  await rm(folder, { recursive: true });
  const runs = [pool.run(feeds(1, EXIT)), pool.run(feeds(2))];
  for (const run of runs) await expect(run).rejects.toMatchObject({ code: 'WORKERS_LOST' });
  await expect(pool.run(feeds(3))).rejects.toMatchObject({ code: 'WORKERS_LOST' });
  await pool.close();
});
