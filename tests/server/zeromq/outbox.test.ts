// Replies in wait: their order and their bounds, under any sequence of additions and takings.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Line, Outbox } from '../../../src/server/zeromq/outbox.js';

/** What a reply of `bytes` counts for. */
const overhead = 1_024;

it('stays within its bounds, loses the oldest, and tells of each that is lost', () => {
  const additions = fc.array(
    fc.record({
      client: fc.integer({ min: 0, max: 4 }),
      bytes: fc.integer({ min: 0, max: 9_000 }),
      taken: fc.boolean(),
    }),
    { maxLength: 200 },
  );
  const limits = { identityBytes: 16_000, totalBytes: 40_000 };
  fc.assert(
    fc.property(additions, (steps) => {
      const outbox = new Outbox(limits);
      const lines = new Map<number, Line>();
      let [sent, lost] = [0, 0];
      steps.forEach(({ client, bytes, taken }, number) => {
        const frames = [new Uint8Array(bytes), String(number)];
        const { line, givenUp } = outbox.add(Buffer.from([client]), frames, number);
        lines.set(client, line);
        lost += givenUp.length;
        if (taken) {
          outbox.shift(line);
          sent += 1;
        }
        const waiting = [...lines.values()].filter(({ length }) => length > 0);
        expect(outbox.bytes).toBe(waiting.reduce((sum, { bytes: own }) => sum + own, 0));
        expect(outbox.replies).toBe(waiting.reduce((sum, { length }) => sum + length, 0));
        expect(sent + lost + outbox.replies).toBe(number + 1);
        expect(outbox.bytes <= limits.totalBytes || waiting.length === 1).toBe(true);
        for (const one of waiting)
          expect(one.bytes <= limits.identityBytes || one.length === 1).toBe(true);
      });
      for (const line of lines.values()) {
        let last = -1;
        while (line.first !== undefined) {
          const number = Number(line.first.frames[1]);
          expect(number).toBeGreaterThan(last);
          last = number;
          outbox.shift(line);
        }
      }
      expect(outbox).toMatchObject({ bytes: 0, replies: 0 });
    }),
  );
});

it('takes one reply of any size', () => {
  const outbox = new Outbox({ identityBytes: 10, totalBytes: 10 });
  const identity = Buffer.from('a');
  expect(outbox.add(identity, [new Uint8Array(1e6)], 0).givenUp).toEqual([]);
  expect(outbox.bytes).toBe(1e6 + overhead);
  expect(outbox.add(identity, ['x'], 0).givenUp).toEqual([identity]);
  expect(outbox.clear()).toEqual([identity]);
  expect(outbox).toMatchObject({ bytes: 0, replies: 0 });
});

it('takes from whoever has most', () => {
  const outbox = new Outbox({ identityBytes: 1e6, totalBytes: 60_000 });
  const [small, large] = [Buffer.from('small'), Buffer.from('large')];
  outbox.add(small, [new Uint8Array(1_000)], 0);
  outbox.add(large, [new Uint8Array(20_000)], 1);
  outbox.add(large, [new Uint8Array(20_000)], 2);
  expect(outbox.add(small, [new Uint8Array(19_000)], 3).givenUp).toEqual([large]);
});
