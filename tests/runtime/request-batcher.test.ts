import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchRunner, BatchWork } from '../../src/runtime/batches/batch-mapping.js';
import { RequestBatcher } from '../../src/runtime/batches/request-batcher.js';
import type { Feeds, NamedTensors } from '../../src/runtime/tensors.js';

/** An item is its length and a number that its result must carry. */
interface Item {
  readonly length: number;
  readonly tag: number;
}

interface Batch {
  readonly items: readonly Item[];
  readonly priority: number;
  /** Ends it. */
  readonly finish: (failure?: Error) => void;
}

/** A pool whose batches end when the test says so, with a work that sends items through unchanged. */
class ScriptedPool implements BatchRunner {
  readonly workers: number;
  readonly started: Batch[] = [];
  #lastItems: readonly Item[] = [];

  constructor(workers: number) {
    this.workers = workers;
  }

  readonly work: BatchWork<Item, number> = {
    lengthOf: ({ length }) => length,
    makeFeeds: (items) => {
      this.#lastItems = items;
      return {};
    },
    takeResults: (outputs, items) => {
      const { data } = outputs.tags;
      expect(data).toHaveLength(items.length);
      return Array.from(data, Number);
    },
  };

  run(feeds: Feeds, { priority = 0 }: { priority?: number | undefined }): Promise<NamedTensors> {
    if (typeof feeds === 'function') feeds();
    const items = this.#lastItems;
    return new Promise((resolve, reject) => {
      const finish = (failure?: Error): void => {
        const data = Float32Array.from(items, ({ tag }) => tag);
        if (failure === undefined)
          resolve({ tags: { type: 'float32', shape: [data.length], data } });
        else reject(failure);
      };
      this.started.push({ items, priority, finish });
    });
  }
}

/** Lets everything that is scheduled happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function request(tags: readonly number[], length = 10): Item[] {
  return tags.map((tag) => ({ length, tag }));
}

const tagsOf = ({ items }: Batch): number[] => items.map(({ tag }) => tag);

describe('a request batcher', () => {
  it('gives every request its own results, whatever runs beside it', async () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 });
    const requests = fc.array(
      fc.record({ lengths, priority: fc.integer({ min: 0, max: 1 }), asker: fc.nat(2) }),
      { minLength: 1, maxLength: 8 },
    );
    const property = fc.asyncProperty(requests, fc.nat(), async (wanted, seed) => {
      const pool = new ScriptedPool(2);
      const batcher = new RequestBatcher(pool, pool.work, { tokenBudget: 100, maxRows: 7 });
      let tag = 0;
      const answers = wanted.map(async ({ lengths: ofRequest, priority, asker }, at) => {
        const items = ofRequest.map((length) => ({ length, tag: (tag += 1) }));
        // Some share an asker, others stand alone.
        const options = at % 2 === 0 ? { priority, asker } : { priority };
        expect(await batcher.run(items, options)).toEqual(items.map((item) => item.tag));
      });
      let finished = 0;
      for (let random = seed; finished < pool.started.length || batcher.waiting > 0; ) {
        await settle();
        random = (random * 48_271 + 11) % 2_147_483_647;
        const open = pool.started.slice(finished);
        expect(open.length).toBeGreaterThan(0);
        for (const batch of random % 2 === 0 ? open : open.toReversed()) batch.finish();
        finished = pool.started.length;
      }
      await Promise.all(answers);
      for (const { items } of pool.started) {
        const longest = Math.max(1, ...items.map(({ length }) => length));
        expect(items.length === 1 || items.length * longest <= 100).toBe(true);
        expect(items.length).toBeLessThanOrEqual(7);
      }
      const all = pool.started.flatMap(tagsOf).sort((left, right) => left - right);
      expect(all).toEqual(Array.from({ length: tag }, (_, at) => at + 1));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('puts requests that arrive together into one batch', async () => {
    const pool = new ScriptedPool(1);
    const batcher = new RequestBatcher(pool, pool.work);
    const answers = [1, 2, 3].map((tag) => batcher.run(request([tag])));
    await settle();
    expect(pool.started.map(tagsOf)).toEqual([[1, 2, 3]]);
    pool.started[0].finish();
    expect(await Promise.all(answers)).toEqual([[1], [2], [3]]);
  });

  it('does not wait for company', async () => {
    const pool = new ScriptedPool(1);
    const batcher = new RequestBatcher(pool, pool.work);
    const answer = batcher.run(request([1]));
    await settle();
    expect(pool.started.map(tagsOf)).toEqual([[1]]);
    pool.started[0].finish();
    expect(await answer).toEqual([1]);
  });

  it('lets a large request leave room for others between its batches', async () => {
    const pool = new ScriptedPool(1);
    const batcher = new RequestBatcher(pool, pool.work, { tokenBudget: 40 });
    const large = batcher.run(
      request(
        Array.from({ length: 100 }, (_, at) => at),
        10,
      ),
    );
    await settle();
    const small = batcher.run(request([1000], 10));
    await settle();
    expect(pool.started).toHaveLength(2);
    pool.started[0].finish();
    await settle();
    expect(tagsOf(pool.started[2])).toContain(1000);
    for (let at = 1; at < pool.started.length; at += 1) {
      pool.started[at].finish();
      await settle();
    }
    expect(await small).toEqual([1000]);
    expect(await large).toHaveLength(100);
  });

  it('shares turns evenly between askers, not between requests', async () => {
    const pool = new ScriptedPool(1);
    const batcher = new RequestBatcher(pool, pool.work, { tokenBudget: 10 });
    const answers: Promise<number[]>[] = [];
    for (let at = 0; at < 10; at += 1)
      answers.push(batcher.run(request([at], 10), { asker: 'many' }));
    for (let at = 0; at < 3; at += 1) {
      answers.push(batcher.run(request([100 + at], 10), { asker: 'few' }));
    }
    const order: number[] = [];
    for (let at = 0; at < 13; at += 1) {
      await settle();
      order.push(...tagsOf(pool.started[at]));
      pool.started[at].finish();
    }
    await Promise.all(answers);
    const last = order.indexOf(102);
    expect(last).toBeLessThan(7);
  });

  it('starts what has priority although places for the rest are taken', async () => {
    const pool = new ScriptedPool(1);
    const batcher = new RequestBatcher(pool, pool.work, { tokenBudget: 10 });
    const large = batcher.run(request([1, 2, 3, 4], 10));
    await settle();
    expect(pool.started).toHaveLength(2);
    const urgent = batcher.run(request([9], 10), { priority: 1 });
    await settle();
    expect(pool.started.map(({ priority }) => priority)).toEqual([0, 0, 1]);
    for (let at = 0; at < 5; at += 1) {
      pool.started[at].finish();
      await settle();
    }
    expect(await urgent).toEqual([9]);
    expect(await large).toEqual([1, 2, 3, 4]);
  });

  it('fails the request at fault and no other', async () => {
    const pool = new ScriptedPool(1);
    const batcher = new RequestBatcher(pool, pool.work);
    const good = batcher.run(request([1, 2]));
    const bad = batcher.run(request([3]));
    const failure = expect(bad).rejects.toThrow('poisonous');
    await settle();
    expect(pool.started.map(tagsOf)).toEqual([[1, 2, 3]]);
    pool.started[0].finish(new Error('poisonous'));
    await settle();
    expect(tagsOf(pool.started[1])).toEqual([1, 2]);
    pool.started[1].finish();
    await settle();
    pool.started[2].finish(new Error('poisonous'));
    await failure;
    expect(await good).toEqual([1, 2]);
  });

  it('gives up what a signal no longer wants, and starts no more of it', async () => {
    const pool = new ScriptedPool(1);
    const batcher = new RequestBatcher(pool, pool.work, { tokenBudget: 10 });
    const leaving = new AbortController();
    const left = batcher.run(request([1, 2, 3, 4], 10), { signal: leaving.signal });
    const failure = expect(left).rejects.toThrow('gone');
    await settle();
    const stays = batcher.run(request([5], 10));
    leaving.abort(new Error('gone'));
    await failure;
    expect(batcher.waiting).toBe(1);
    for (let at = 0; at < 3; at += 1) {
      pool.started[at].finish();
      await settle();
    }
    expect(await stays).toEqual([5]);
    expect(pool.started.map(tagsOf)).toEqual([[1], [2], [5]]);
    await expect(batcher.run(request([6]), { signal: leaving.signal })).rejects.toThrow('gone');
  });

  it('answers an empty request at once', async () => {
    const pool = new ScriptedPool(1);
    expect(await new RequestBatcher(pool, pool.work).run([])).toEqual([]);
  });

  it('refuses limits that are no counts', () => {
    const pool = new ScriptedPool(1);
    expect(() => new RequestBatcher(pool, pool.work, { maxRows: 0 })).toThrow(/maxRows is "0"/);
  });
});
