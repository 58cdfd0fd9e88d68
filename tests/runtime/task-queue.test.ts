// The order in which batches leave the queue.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TaskQueue } from '../../src/runtime/pool/task-queue.js';

interface Numbered {
  readonly priority: number;
  readonly arrival: number;
}

test('by priority, then by arrival', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2, max: 2 }), { maxLength: 30 }), (priorities) => {
      const queue = new TaskQueue<Numbered>(100);
      const tasks = priorities.map((priority, arrival) => ({ priority, arrival }));
      for (const task of tasks) expect(queue.add(task)).toBe(true);
      const taken = tasks.map(() => queue.take());
      // The sort of arrays is stable.
      expect(taken).toEqual(tasks.toSorted((left, right) => right.priority - left.priority));
      expect(queue.take()).toBeUndefined();
    }),
  );
});

test('a full queue refuses, except what comes back', () => {
  const queue = new TaskQueue<Numbered>(1);
  const [first, second] = [0, 1].map((arrival) => ({ priority: 0, arrival }));
  expect(queue.add(first)).toBe(true);
  expect(queue.add(second)).toBe(false);
  expect(queue.length).toBe(1);
  queue.putBack(second);
  expect(queue.take()).toBe(second);
  expect(queue.remove(first)).toBe(true);
  expect(queue.remove(first)).toBe(false);
  expect(queue.length).toBe(0);
});
