// The pool in good days: results, ownership, order, back-pressure, cancellation, closing, errors.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { GraphBuilder, matMul, type Tensor, tensorOf, writeModel } from '../../src/graph/index.js';
import { type ModelSource, type PoolOptions, WorkerPool } from '../../src/runtime/index.js';
import { affineModel, lookUpModel, slowModel } from './models.js';

const open: WorkerPool[] = [];

async function openPool(model: ModelSource, options: PoolOptions): Promise<WorkerPool> {
  const pool = await WorkerPool.open(model, options);
  open.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close({ abort: true })));
});

function row(first: number, second: number): Tensor {
  return tensorOf('float32', [1, 2], [first, second]);
}

/** What the affine model makes of `row(n, n)`. */
function expected(n: number): Float32Array {
  return Float32Array.of(10 + 5 * n, 20 + 7 * n, 30 + 9 * n);
}

/** Rows that keep a worker busy for some tens of milliseconds. */
function slowFeeds(): Record<string, Tensor> {
  return { x: { type: 'float32', shape: [512, 256], data: new Float32Array(512 * 256).fill(1) } };
}

describe('models', () => {
  test('bytes, chunks and paths give the same results', async () => {
    const chunks = affineModel();
    const folder = await mkdtemp(join(tmpdir(), 'polytag-'));
    const path = join(folder, 'model.onnx');
    await writeFile(path, Buffer.concat(chunks));
    for (const model of [chunks, Buffer.concat(chunks), path]) {
      const pool = await openPool(model, { workers: 1 });
      const { z } = await pool.run({ x: row(1, 1) });
      expect(z).toEqual({ type: 'float32', shape: [1, 3], data: expected(1) });
    }
    await rm(folder, { recursive: true });
  });

  test('weights beside the model are read by path only: bytes reach no other file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'polytag-'));
    const path = join(folder, 'model.onnx');
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', ['rows', 16]);
    const eye = Float32Array.from({ length: 256 }, (_, index) => (index % 17 === 0 ? 1 : 0));
    const weights = graph.initializer('weights', { type: 'float32', shape: [16, 16], data: eye });
    graph.output('z', matMul(x, weights));
    await writeModel(graph, path, { externalAbove: 0 });
    const pool = await openPool(path, { workers: 2 });
    const ones = tensorOf('float32', [1, 16], new Array<number>(16).fill(1));
    expect((await pool.run({ x: ones })).z.data).toEqual(ones.data);
    await expect(WorkerPool.open(await readFile(path), { workers: 1 })).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
    });
    await rm(folder, { recursive: true });
  });

  test('the face tells inputs and outputs with their types and shapes', async () => {
    const pool = await openPool(affineModel(), { workers: 1 });
    expect(pool.face).toEqual({
      inputs: [{ name: 'x', type: 'float32', shape: ['rows', 2] }],
      outputs: [{ name: 'z', type: 'float32', shape: ['rows', 3] }],
    });
  });

  test('what is no model, and what is not there, is an error that names it', async () => {
    await expect(WorkerPool.open(Uint8Array.of(1, 2, 3), { workers: 1 })).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: expect.stringMatching(/^the model cannot be loaded \(.*protobuf/i) as string,
    });
    await expect(WorkerPool.open('/no/such/model.onnx', { workers: 2 })).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: expect.stringContaining('the model /no/such/model.onnx cannot be loaded') as string,
    });
  });

  test.each([{ workers: 0 }, { workers: 1.5 }, { threadsPerWorker: -1 }, { maxQueued: 0 }])(
    'the option %j is refused',
    async (options) => {
      await expect(WorkerPool.open(affineModel(), options)).rejects.toMatchObject({
        code: 'OPTION_INVALID',
      });
    },
  );
});

describe('runs', () => {
  test('many at once, each its own result', async () => {
    const pool = await openPool(affineModel(), { workers: 2 });
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    const results = await Promise.all(numbers.map((n) => pool.run({ x: row(n, n) })));
    results.forEach(({ z }, n) => {
      expect(z.data).toEqual(expected(n));
    });
    expect([pool.queued, pool.running]).toEqual([0, 0]);
  });

  test('a record stays the caller’s, what a function makes is handed over, results are the caller’s', async () => {
    const pool = await openPool(affineModel(), { workers: 1 });
    const [kept, given] = [row(1, 1), row(2, 2)];
    const first = await pool.run({ x: kept });
    const second = await pool.run(() => ({ x: given }));
    expect(kept.data).toHaveLength(2);
    expect(given.data).toHaveLength(0);
    first.z.data.fill(0 as never);
    expect(second.z.data).toEqual(expected(2));
  });

  test('shared memory is accepted, and read when a worker is free', async () => {
    const pool = await openPool(affineModel(), { workers: 1 });
    const data = new Float32Array(new SharedArrayBuffer(8)).fill(3);
    const { z } = await pool.run(() => ({ x: { type: 'float32', shape: [1, 2], data } }));
    expect(z.data).toEqual(expected(3));
  });

  test('no rows are no trouble', async () => {
    const pool = await openPool(affineModel(), { workers: 1 });
    const { z } = await pool.run({ x: tensorOf('float32', [0, 2], []) });
    expect(z).toEqual({ type: 'float32', shape: [0, 3], data: new Float32Array(0) });
  });

  test('ONNX Runtime’s errors come with its message, once, and the worker goes on', async () => {
    const pool = await openPool(lookUpModel(), { workers: 1 });
    const run = (...indices: number[]): Promise<Record<string, Tensor>> =>
      pool.run({ index: tensorOf('int64', [indices.length], indices) });
    await expect(run(1, 9)).rejects.toMatchObject({
      code: 'MODEL_RUN_FAILED',
      message: expect.stringMatching(/indices element out of data bounds, idx=9/) as string,
    });
    await expect(pool.run({})).rejects.toThrow(/index.*missing/);
    const wrongType = pool.run({ index: tensorOf('float32', [1], [0]) });
    await expect(wrongType).rejects.toThrow(/expected: \(tensor\(int64\)\)/);
    const tooShort = { type: 'int64', shape: [5], data: new BigInt64Array(2) } as const;
    await expect(pool.run({ index: tooShort })).rejects.toMatchObject({ code: 'MODEL_RUN_FAILED' });
    expect((await run(3, 1)).y.data).toEqual(Float32Array.of(30, 10));
  });

  test('what makeFeeds throws is thrown, and those who wait behind are served', async () => {
    const pool = await openPool(affineModel(), { workers: 1 });
    const broken = pool.run(() => {
      throw new Error('no feeds');
    });
    const sound = pool.run({ x: row(4, 4) });
    await expect(broken).rejects.toThrow('no feeds');
    expect((await sound).z.data).toEqual(expected(4));
  });
});

describe('the queue', () => {
  test('a higher priority goes first', async () => {
    const pool = await openPool(slowModel(), { workers: 1 });
    const order: string[] = [];
    const run = async (name: string, priority: number): Promise<void> => {
      await pool.run(slowFeeds(), { priority });
      order.push(name);
    };
    await Promise.all([run('running', 0), run('low', -1), run('normal', 0), run('high', 1)]);
    expect(order).toEqual(['running', 'high', 'normal', 'low']);
  });

  test('a full queue refuses and says how many wait', async () => {
    const pool = await openPool(slowModel(), { workers: 1, maxQueued: 2 });
    const admitted = Array.from({ length: 3 }, () => pool.run(slowFeeds()));
    expect([pool.running, pool.queued]).toEqual([1, 2]);
    await expect(pool.run(slowFeeds())).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      message: 'the queue is full: 2 are waiting already',
    });
    await Promise.all(admitted);
  });
});

describe('cancellation', () => {
  test('what waits is not run, what runs is dropped, the reason is the signal’s', async () => {
    const pool = await openPool(slowModel(), { workers: 1 });
    const controller = new AbortController();
    let feedsMade = 0;
    const feeds = (): Record<string, Tensor> => {
      feedsMade += 1;
      return slowFeeds();
    };
    const options = { signal: controller.signal };
    const given = [pool.run(feeds, options), pool.run(feeds, options)];
    const kept = pool.run(feeds);
    controller.abort(new Error('changed my mind'));
    for (const run of given) await expect(run).rejects.toThrow('changed my mind');
    // The worker is still at the first; the third is the next that it takes.
    expect([pool.running, pool.queued]).toEqual([1, 1]);
    await kept;
    expect(feedsMade).toBe(2);
  });

  test('a signal that has been aborted before stops the run at the door', async () => {
    const pool = await openPool(affineModel(), { workers: 1 });
    const run = pool.run({ x: row(1, 1) }, { signal: AbortSignal.abort() });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(pool.running).toBe(0);
  });
});

describe('closing', () => {
  test('waits for what has been admitted and admits nothing more', async () => {
    const pool = await openPool(slowModel(), { workers: 2 });
    const runs = Array.from({ length: 6 }, () => pool.run(slowFeeds()));
    const closed = pool.close();
    await expect(pool.run(slowFeeds())).rejects.toThrow('closed');
    expect((await Promise.all(runs)).map(({ z }) => z.shape)).toEqual(runs.map(() => [512, 256]));
    await closed;
  });

  test('with abort gives everything up, in the middle of a run too', async () => {
    const pool = await openPool(slowModel(), { workers: 2 });
    const runs = Array.from({ length: 6 }, () => pool.run(slowFeeds()));
    const outcomes = Promise.allSettled(runs);
    await pool.close({ abort: true });
    for (const { status } of await outcomes) expect(status).toBe('rejected');
  });

  test('twice is as good as once, and so is closing while workers still load', async () => {
    const pool = await openPool(affineModel(), { workers: 4 });
    await Promise.all([pool.close(), pool.close({ abort: true })]);
  });
});
