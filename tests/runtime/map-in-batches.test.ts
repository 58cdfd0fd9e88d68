// Streams through a pool: order, bounds, giving up, and independence of time and of the number of workers.
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Tensor, tensorOf } from '../../src/graph/index.js';
import {
  type BatchRunner,
  type BatchWork,
  type Feeds,
  mapInBatches,
  type NamedTensors,
  type RunOptions,
  WorkerPool,
} from '../../src/runtime/index.js';
import { rowSumModel } from './models.js';

/** An item is its place in the stream and its length; its result is the place again, and its batch. */
interface Item {
  readonly place: number;
  readonly length: number;
}

const work: BatchWork<Item, number> = {
  lengthOf: ({ length }) => length,
  makeFeeds: (batch) => ({
    places: tensorOf(
      'float64',
      [batch.length],
      batch.map(({ place }) => place),
    ),
  }),
  takeResults: ({ places }) => Array.from(places.data, Number),
};

/** Gives back its feeds, each after a while of its own; notes what it was given and how much at once. */
class EchoPool implements BatchRunner {
  readonly batches: number[][] = [];
  running = 0;
  mostRunning = 0;

  constructor(
    readonly workers: number,
    readonly delay: (batch: number) => number = () => 0,
  ) {}

  async run(feeds: Feeds, { signal }: RunOptions): Promise<NamedTensors> {
    signal?.throwIfAborted();
    const given = typeof feeds === 'function' ? feeds() : feeds;
    const number = this.batches.push(Array.from(given.places.data, Number));
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      const milliseconds = this.delay(number);
      if (milliseconds > 0) await wait(milliseconds, undefined, { signal });
      else await nextTurn();
    } finally {
      this.running -= 1;
    }
    return given;
  }
}

function itemsOf(lengths: readonly number[]): Item[] {
  return lengths.map((length, place) => ({ place, length }));
}

async function collect<Result>(results: AsyncIterable<Result>): Promise<Result[]> {
  const all: Result[] = [];
  for await (const result of results) all.push(result);
  return all;
}

/** Counts what is read of it and whether it was closed. */
class Source implements AsyncIterable<Item> {
  read = 0;
  isClosed = false;

  constructor(readonly items: Iterable<Item>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    try {
      for (const item of this.items) {
        this.read += 1;
        await nextTurn();
        yield item;
      }
    } finally {
      this.isClosed = true;
    }
  }
}

function* endless(): Generator<Item> {
  for (let place = 0; ; place += 1) yield { place, length: 1 + (place % 7) };
}

describe('results', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 120 });
  const options = fc.record({
    tokenBudget: fc.integer({ min: 1, max: 100 }),
    maxRows: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
    windowItems: fc.integer({ min: 1, max: 50 }),
    windowTokens: fc.integer({ min: 1, max: 400 }),
    inFlight: fc.integer({ min: 1, max: 6 }),
  });

  test('come in the order of the items, whatever the batches and their times', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(
        lengths,
        options,
        delays,
        fc.boolean(),
        async (all, settings, times, isAsync) => {
          const pool = new EchoPool(2, (batch) => times[batch % times.length]);
          const items = itemsOf(all);
          const source = isAsync ? new Source(items) : items;
          const results = await collect(mapInBatches(source, work, pool, settings));
          expect(results).toEqual(all.map((_, place) => place));
          expect(pool.mostRunning).toBeLessThanOrEqual(settings.inFlight);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('and batches depend on the items alone, not on workers, timing or the kind of source', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, options, async (all, chosen) => {
        // As many in flight as there are workers, twice: the default, which differs between the two.
        const settings = { ...chosen, inFlight: undefined };
        const batchesOf = async (pool: EchoPool, source: Iterable<Item> | AsyncIterable<Item>) => {
          await collect(mapInBatches(source, work, pool, settings));
          return pool.batches;
        };
        const one = await batchesOf(new EchoPool(1), itemsOf(all));
        const many = await batchesOf(
          new EchoPool(5, (batch) => batch % 3),
          new Source(itemsOf(all)),
        );
        expect(many).toEqual(one);
      }),
      { numRuns: 30 },
    );
  });

  test('from a real pool are the same bytes with one worker and with three', async () => {
    const items = Array.from({ length: 700 }, (_, place) => ({ place, length: (place * 37) % 60 }));
    const sums = async (workers: number): Promise<number[]> => {
      const pool = await WorkerPool.open(rowSumModel(), { workers });
      const all = await collect(mapInBatches(items, rowSums, pool, { windowItems: 200 }));
      await pool.close();
      return all;
    };
    const one = await sums(1);
    expect(one).toEqual(items.map(({ place, length }) => place * length));
    expect(await sums(3)).toEqual(one);
  });

  test('of nothing are nothing', async () => {
    expect(await collect(mapInBatches([], work, new EchoPool(1)))).toEqual([]);
  });
});

/** Rows of `place`, as long as the item, in the row-sum model. */
const rowSums: BatchWork<Item, number> = {
  lengthOf: ({ length }) => length,
  makeFeeds: (batch) => {
    const longest = Math.max(...batch.map(({ length }) => length));
    const shape = [batch.length, longest];
    const ids: Tensor = { type: 'int64', shape, data: new BigInt64Array(batch.length * longest) };
    const mask: Tensor = { type: 'int64', shape, data: new BigInt64Array(batch.length * longest) };
    batch.forEach(({ place, length }, index) => {
      ids.data.fill(BigInt(place) as never, index * longest, (index + 1) * longest);
      mask.data.fill(1n as never, index * longest, index * longest + length);
    });
    return { ids, mask };
  },
  takeResults: ({ total }) => Array.from(total.data, Number),
};

describe('news of batches', () => {
  test('comes as each is done, ahead of results that wait for their turn', async () => {
    const pool = new EchoPool(2, (batch) => (batch === 1 ? 60 : 0));
    const told: number[] = [];
    const options = { tokenBudget: 20, inFlight: 2, onBatch: (items: number) => told.push(items) };
    let toldAtFirst: number | undefined;
    // Sorted by length, the first item comes in the first batch, which takes longest.
    for await (const place of mapInBatches(
      itemsOf([1, ...Array.from({ length: 40 }, () => 5)]),
      work,
      pool,
      options,
    )) {
      toldAtFirst ??= told.length;
      expect(place).toBeGreaterThanOrEqual(0);
    }
    expect(told).toHaveLength(pool.batches.length);
    expect(told.reduce((sum, items) => sum + items, 0)).toBe(41);
    expect(toldAtFirst).toBeGreaterThan(1);
  });

  test('ends the mapping when it throws', async () => {
    const onBatch = (): void => {
      throw new Error('no more');
    };
    const source = new Source(endless());
    const results = mapInBatches(source, work, new EchoPool(1), { windowItems: 8, onBatch });
    await expect(collect(results)).rejects.toThrow('no more');
    expect(source.isClosed).toBe(true);
  });
});

describe('bounds', () => {
  test('a consumer that does not ask stops the reading after two windows', async () => {
    const source = new Source(endless());
    const results = mapInBatches(source, work, new EchoPool(2), { windowItems: 10 });
    await results.next();
    await wait(50);
    expect(source.read).toBe(20);
    // Nine more empty the first window and make room for a third.
    for (let place = 1; place <= 10; place += 1) await results.next();
    await wait(50);
    expect(source.read).toBe(30);
    await results.return();
  });

  test('a window ends with its tokens, too', async () => {
    const source = new Source(itemsOf(new Array<number>(100).fill(5)));
    const results = mapInBatches(source, work, new EchoPool(2), { windowTokens: 50 });
    await results.next();
    await wait(50);
    expect(source.read).toBe(20);
    await results.return();
  });

  test('ten times the items take no more memory', async () => {
    const pool = await WorkerPool.open(rowSumModel(), { workers: 2 });
    /** Results of 4 kB each: 20,000 of them kept would be 80 MB. */
    const large: BatchWork<Item, Float64Array> = {
      ...rowSums,
      takeResults: (_, batch) => batch.map(({ place }) => new Float64Array(512).fill(place)),
    };
    const growth = async (count: number): Promise<number> => {
      const before = process.memoryUsage().rss;
      let most = before;
      function* items(): Generator<Item> {
        for (let place = 0; place < count; place += 1) yield { place, length: 1 + (place % 30) };
      }
      let next = 0;
      for await (const [place] of mapInBatches(items(), large, pool, { windowItems: 500 })) {
        expect(place).toBe(next);
        next += 1;
        if (next % 500 === 0) most = Math.max(most, process.memoryUsage().rss);
      }
      expect(next).toBe(count);
      return most - before;
    };
    await growth(2_000);
    expect(await growth(20_000)).toBeLessThan(40 * 2 ** 20);
    await pool.close();
  });
});

describe('giving up', () => {
  test('leaving the loop closes the source and leaves nothing running', async () => {
    const source = new Source(endless());
    const pool = new EchoPool(2, () => 5);
    for await (const place of mapInBatches(source, work, pool, { windowItems: 20 })) {
      if (place === 3) break;
    }
    expect(source.isClosed).toBe(true);
    expect(pool.running).toBe(0);
    const { read } = source;
    await wait(20);
    expect(source.read).toBe(read);
  });

  test('the signal ends it with its reason, in the middle of a wait too', async () => {
    const controller = new AbortController();
    const source = new Source(endless());
    const pool = new EchoPool(2, () => 10_000);
    const mapping = collect(
      mapInBatches(source, work, pool, { windowItems: 20, signal: controller.signal }),
    );
    await wait(50);
    controller.abort(new Error('stop it'));
    await expect(mapping).rejects.toThrow('stop it');
    expect([source.isClosed, pool.running]).toEqual([true, 0]);
  });

  test('a source that never gives its next item does not hold up the end', async () => {
    const controller = new AbortController();
    async function* stuck(): AsyncGenerator<Item> {
      yield { place: 0, length: 1 };
      await new Promise(() => undefined);
    }
    const options = { windowItems: 1, signal: controller.signal };
    const results = mapInBatches(stuck(), work, new EchoPool(1), options);
    expect((await results.next()).value).toBe(0);
    const next = results.next();
    await wait(10);
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });

  test('a signal that has been aborted before stops it before anything is read', async () => {
    const source = new Source(endless());
    const signal = AbortSignal.abort(new Error('too late'));
    const mapping = collect(mapInBatches(source, work, new EchoPool(1), { signal }));
    await expect(mapping).rejects.toThrow('too late');
    expect(source.read).toBe(0);
  });

  test.each<[string, Partial<BatchWork<Item, number>>]>([
    ['lengthOf', { lengthOf: fail }],
    ['makeFeeds', { makeFeeds: fail }],
    ['takeResults', { takeResults: fail }],
  ])('what %s throws ends it', async (_, broken) => {
    const source = new Source(endless());
    const pool = new EchoPool(2);
    const mapping = collect(mapInBatches(source, { ...work, ...broken }, pool, { windowItems: 5 }));
    await expect(mapping).rejects.toThrow('broken');
    expect([source.isClosed, pool.running]).toEqual([true, 0]);
  });

  test('what the source throws ends it, after the results before it or without them', async () => {
    function* broken(): Generator<Item> {
      yield* itemsOf([1, 2, 3]);
      fail();
    }
    const results = collect(mapInBatches(broken(), work, new EchoPool(1)));
    await expect(results).rejects.toThrow('broken');
  });

  test('too few results are a bug that is told', async () => {
    const forgetful = { ...work, takeResults: () => [] };
    const mapping = collect(mapInBatches(itemsOf([1, 1]), forgetful, new EchoPool(1)));
    await expect(mapping).rejects.toThrow('0 results were taken from a batch of 2');
  });

  test('options that are no counts are refused', async () => {
    const mapping = collect(mapInBatches([], work, new EchoPool(1), { inFlight: 0 }));
    await expect(mapping).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

function fail(): never {
  throw new Error('broken');
}
