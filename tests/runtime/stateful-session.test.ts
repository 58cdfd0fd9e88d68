// State that lives in its thread: steps against plain arithmetic, interruption, failure, reading and writing.
import { afterEach, describe, expect, test } from 'vitest';
import { type Tensor, tensorOf } from '../../src/graph/index.js';
import { type NamedTensors, StatefulSession } from '../../src/runtime/index.js';
import { affineModel, counterModel } from './models.js';

const ROWS = 3;
const WIDTH = 4;
const TABLE = Array.from({ length: ROWS * WIDTH }, (_, index) => index + 1);

const pairs = [
  { input: 'count', output: 'count_next', initial: tensorOf('int64', [], [0]) },
  {
    input: 'sum',
    output: 'sum_next',
    initial: tensorOf('float64', [WIDTH], new Array<number>(WIDTH).fill(0)),
  },
];

const open: StatefulSession[] = [];

async function openCounter(
  resident: NamedTensors | (() => NamedTensors) = {
    table: tensorOf('float64', [ROWS, WIDTH], TABLE),
  },
): Promise<StatefulSession> {
  const session = await StatefulSession.open(counterModel(ROWS, WIDTH), { state: pairs, resident });
  open.push(session);
  return session;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
});

function step(row: number, scale: number): NamedTensors {
  return { row: tensorOf('int64', [], [row]), scale: tensorOf('float64', [], [scale]) };
}

/** The sum after steps, and the mean seen by each. */
function expected(steps: readonly (readonly [number, number])[]): {
  sum: number[];
  seen: number[];
} {
  const sum = new Array<number>(WIDTH).fill(0);
  const seen = steps.map(([row, scale]) => {
    for (let column = 0; column < WIDTH; column += 1)
      sum[column] += TABLE[row * WIDTH + column] * scale;
    return sum.reduce((total, value) => total + value, 0) / WIDTH;
  });
  return { sum, seen };
}

function numbers({ data }: Tensor): number[] {
  return Array.from(data, Number);
}

describe('steps', () => {
  test('carry their state on, and give only what is not state', async () => {
    const session = await openCounter();
    const steps = Array.from({ length: 57 }, (_, index) => [index % ROWS, 0.5 + index] as const);
    const { sum, seen } = expected(steps);
    const outputs = await session.runMany(steps.map(([row, scale]) => step(row, scale)));
    expect(outputs.map((output) => Object.keys(output))).toEqual(steps.map(() => ['seen']));
    expect(outputs.map((output) => numbers(output.seen)[0])).toEqual(seen);
    const state = await session.readState();
    expect(numbers(state.sum)).toEqual(sum);
    expect(state.count).toEqual(tensorOf('int64', [], [57]));
    expect(session.stepsDone).toBe(57);
  });

  test('one at a time are the same as many, and calls are done in their order', async () => {
    const session = await openCounter();
    const { sum, seen } = expected([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    const [first, others, state] = await Promise.all([
      session.run(step(0, 1)),
      session.runMany([step(1, 2), step(2, 3)]),
      session.readState(),
    ]);
    const means = [first, ...others].map((output) => numbers(output.seen)[0]);
    expect(means).toEqual(seen);
    // Asked for before the runs were done, read after them.
    expect(numbers((await session.readState()).sum)).toEqual(sum);
    expect(Object.keys(state)).toEqual(['count', 'sum']);
  });

  test('report their progress with the outputs since the last report', async () => {
    const session = await openCounter();
    const reports: [number, number][] = [];
    const outputs = await session.runMany(new Array<NamedTensors>(25).fill(step(0, 1)), {
      reportEvery: 10,
      onProgress: (done, since) => reports.push([done, since.length]),
    });
    expect(reports).toEqual([
      [10, 10],
      [20, 10],
      [25, 5],
    ]);
    expect(outputs).toHaveLength(25);
  });

  test('none at all are none', async () => {
    const session = await openCounter();
    expect(await session.runMany([])).toEqual([]);
  });
});

describe('resident inputs', () => {
  test('may lie in shared memory or be handed over', async () => {
    const shared = new Float64Array(new SharedArrayBuffer(8 * TABLE.length));
    shared.set(TABLE);
    const given = tensorOf('float64', [ROWS, WIDTH], TABLE);
    for (const table of [given, { ...given, data: shared }]) {
      const session = await openCounter(() => ({ table }));
      expect(numbers((await session.run(step(2, 2))).seen)).toEqual(expected([[2, 2]]).seen);
    }
    expect([given.data.length, shared.length]).toEqual([0, TABLE.length]);
  });
});

test('what the maker of resident inputs throws is thrown, before a thread is started', async () => {
  const resident = (): never => {
    throw new Error('no matrix');
  };
  await expect(openCounter(resident)).rejects.toThrow('no matrix');
});

describe('interruption', () => {
  test('comes between two steps; the steps done count, and the session goes on', async () => {
    const session = await openCounter();
    const controller = new AbortController();
    let reported = 0;
    const steps = session.runMany(new Array<NamedTensors>(100_000).fill(step(1, 1)), {
      signal: controller.signal,
      reportEvery: 5,
      onProgress: (done) => {
        reported = done;
        if (done >= 20) controller.abort(new Error('lunch'));
      },
    });
    await expect(steps).rejects.toThrow('lunch');
    expect(reported).toBeGreaterThanOrEqual(20);
    expect(session.stepsDone).toBe(reported);
    expect(reported).toBeLessThan(100_000);
    expect(numbers((await session.readState()).count)).toEqual([reported]);
    await session.run(step(1, 1));
    expect(session.stepsDone).toBe(reported + 1);
  });

  test('a signal of one call does not touch the next', async () => {
    const session = await openCounter();
    const signal = AbortSignal.abort(new Error('no'));
    const refused = session.runMany([step(0, 1)], { signal });
    const done = session.runMany([step(0, 1), step(0, 1)]);
    await expect(refused).rejects.toThrow('no');
    expect(await done).toHaveLength(2);
    expect(session.stepsDone).toBe(2);
  });

  test('what a progress listener throws ends the steps, not the process', async () => {
    const session = await openCounter();
    const steps = session.runMany(new Array<NamedTensors>(50_000).fill(step(0, 1)), {
      reportEvery: 1,
      onProgress: () => {
        throw new Error('listener');
      },
    });
    await expect(steps).rejects.toThrow('listener');
    expect(session.stepsDone).toBeLessThan(50_000);
    expect(numbers((await session.readState()).count)).toEqual([session.stepsDone]);
  });

  test('closing interrupts, and what is asked afterwards is refused', async () => {
    const session = await openCounter();
    const steps = session.runMany(new Array<NamedTensors>(100_000).fill(step(1, 1)));
    const waiting = session.runMany([step(0, 1)]);
    const outcomes = Promise.allSettled([steps, waiting]);
    await session.close();
    for (const { status } of await outcomes) expect(status).toBe('rejected');
    await expect(session.readState()).rejects.toThrow('closed');
  });
});

describe('failure', () => {
  test('of one step leaves the state after the step before it', async () => {
    const session = await openCounter();
    const reports: number[] = [];
    const steps = session.runMany([step(0, 1), step(1, 1), step(99, 1), step(2, 1)], {
      onProgress: (done) => reports.push(done),
    });
    await expect(steps).rejects.toMatchObject({ code: 'MODEL_RUN_FAILED' });
    expect(reports).toEqual([2]);
    expect(session.stepsDone).toBe(2);
    const { sum } = expected([
      [0, 1],
      [1, 1],
    ]);
    expect(numbers((await session.readState()).sum)).toEqual(sum);
    expect(numbers((await session.run(step(2, 1))).seen)).toEqual(
      expected([
        [0, 1],
        [1, 1],
        [2, 1],
      ]).seen.slice(-1),
    );
  });

  test('a state that the model does not have is refused when the session is opened', async () => {
    const state = [{ input: 'x', output: 'y', initial: tensorOf('float32', [1, 2], [0, 0]) }];
    await expect(StatefulSession.open(affineModel(), { state })).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: expect.stringContaining('it has no output "y"') as string,
    });
  });

  test('a thread that dies takes the state along, and says so to all who wait', async () => {
    const entry = new URL('./mortal-stateful-thread.mjs', import.meta.url);
    const state = pairs;
    const resident = { table: tensorOf('float64', [ROWS, WIDTH], TABLE) };
    const session = await StatefulSession.open(counterModel(ROWS, WIDTH), {
      state,
      resident,
      entry,
    });
    const last = { ...step(0, 1), fate: tensorOf('int32', [], [1]) };
    const calls = [session.runMany([step(0, 1), last]), session.runMany([step(0, 1)])];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'TRAINING_THREAD_DIED' });
    }
    await expect(session.readState()).rejects.toMatchObject({ code: 'TRAINING_THREAD_DIED' });
    await session.close();
  });
});

describe('the state', () => {
  test('is read as copies and written as copies', async () => {
    const session = await openCounter();
    await session.run(step(0, 1));
    const saved = await session.readState();
    await session.run(step(1, 1));
    const sum = tensorOf('float64', [WIDTH], [9, 9, 9, 9]);
    await session.writeState({ sum });
    expect(numbers(sum)).toEqual([9, 9, 9, 9]);
    expect(numbers((await session.readState()).sum)).toEqual([9, 9, 9, 9]);
    expect(numbers((await session.readState()).count)).toEqual([2]);
    await session.writeState(saved);
    expect(await session.readState()).toEqual(saved);
    expect(numbers((await session.run(step(1, 1))).seen)).toEqual(
      expected([
        [0, 1],
        [1, 1],
      ]).seen.slice(-1),
    );
  });

  test('is written whole or not at all', async () => {
    const session = await openCounter();
    const count = tensorOf('int64', [], [5]);
    for (const bad of [
      { count, other: count },
      { count, sum: tensorOf('float64', [2], [1, 1]) },
      { count, sum: tensorOf('float32', [WIDTH], [1, 1, 1, 1]) },
    ]) {
      await expect(session.writeState(bad)).rejects.toMatchObject({ code: 'MODEL_RUN_FAILED' });
    }
    expect(numbers((await session.readState()).count)).toEqual([0]);
  });

  test('given in one buffer is taken apart', async () => {
    const buffer = new ArrayBuffer(8 + 8 * WIDTH);
    const session = await StatefulSession.open(counterModel(ROWS, WIDTH), {
      state: [
        {
          ...pairs[0],
          initial: { type: 'int64', shape: [], data: new BigInt64Array(buffer, 0, 1) },
        },
        {
          ...pairs[1],
          initial: { type: 'float64', shape: [WIDTH], data: new Float64Array(buffer, 8) },
        },
      ],
      resident: { table: tensorOf('float64', [ROWS, WIDTH], TABLE) },
    });
    open.push(session);
    await session.runMany([step(0, 1), step(0, 1), step(0, 1)]);
    expect(numbers((await session.readState()).sum)).toEqual([3, 6, 9, 12]);
    expect(buffer.byteLength).toBe(8 + 8 * WIDTH);
  });
});
