// The door by weight: what is let in together, who waits, and what those hear who cannot.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ClientGone, Refusal } from '../../../src/server/http/refusal.js';
import { TextAdmission } from '../../../src/server/operations/text-admission.js';

const usual = { capacity: 10, line: 20, waitingRequests: 100, waitMilliseconds: 60_000 };
const never = new AbortController().signal;

/** Lets what has been decided happen. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

it('lets in by weight, in the order of arrival, and never more than its capacity but for one alone', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('enter' as const), weight: fc.integer({ min: 1, max: 15 }) }),
    fc.record({ kind: fc.constantFrom('leave' as const, 'abort' as const), which: fc.nat(50) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const admission = new TextAdmission({ ...usual, line: 1_000 });
      const inside: { weight: number; leave: () => void }[] = [];
      const line: { weight: number; abort: () => void }[] = [];
      for (const one of steps) {
        if (one.kind === 'enter') {
          const { weight } = one;
          const controller = new AbortController();
          const waiting = {
            weight,
            abort: () => {
              controller.abort();
            },
          };
          line.push(waiting);
          admission.enter(weight, controller.signal).then(
            (leave) => {
              // Nobody is overtaken.
              expect(line[0]).toBe(waiting);
              line.shift();
              inside.push({ weight, leave });
            },
            (error: unknown) => {
              expect(error).toBeInstanceOf(ClientGone);
            },
          );
        } else if (one.kind === 'leave' && inside.length > 0) {
          const [left] = inside.splice(one.which % inside.length, 1);
          left.leave();
          left.leave();
        } else if (one.kind === 'abort' && line.length > 0) {
          const [gone] = line.splice(one.which % line.length, 1);
          gone.abort();
        }
        await settle();
        const taken = inside.reduce((sum, { weight }) => sum + weight, 0);
        expect(taken <= usual.capacity || inside.length === 1).toBe(true);
        expect(admission.waiting).toEqual({
          requests: line.length,
          texts: line.reduce((sum, { weight }) => sum + weight, 0),
        });
        if (line.length > 0) expect(taken + line[0].weight).toBeGreaterThan(usual.capacity);
      }
      while (inside.length > 0 || line.length > 0) {
        inside.pop()?.leave();
        await settle();
      }
    }),
    { numRuns: 40 },
  );
});

async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Refusal) return error;
  throw new Error('nothing was refused');
}

it('refuses what would make the line too heavy or too long', async () => {
  const admission = new TextAdmission(usual);
  const leave = await admission.enter(10, never);
  const gone = new AbortController();
  const waiting = [admission.enter(15, gone.signal), admission.enter(5, gone.signal)];
  const refusal = await refusalOf(admission.enter(1, never));
  expect(refusal).toMatchObject({ code: 'TOO_BUSY', status: 503 });
  expect(refusal.message).toContain('at work on 10 texts and 20 wait');
  expect(refusal.headers['retry-after']).toBe('1');
  gone.abort();
  expect((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected')).toBe(
    true,
  );
  leave();
  const narrow = new TextAdmission({ ...usual, waitingRequests: 1 });
  await narrow.enter(10, never);
  void narrow.enter(1, never).catch(() => undefined);
  expect((await refusalOf(narrow.enter(1, never))).code).toBe('TOO_BUSY');
});

it('gives up waiting after its deadline', async () => {
  const admission = new TextAdmission({ ...usual, waitMilliseconds: 30 });
  const leave = await admission.enter(10, never);
  expect((await refusalOf(admission.enter(5, never))).code).toBe('DEADLINE');
  expect(admission.waiting).toEqual({ requests: 0, texts: 0 });
  leave();
  (await admission.enter(10, never))();
});

it('says when to come back from how fast the work goes, and refuses at once what would wait in vain', async () => {
  let now = 0;
  const admission = new TextAdmission({
    capacity: 10,
    line: 1_000,
    waitingRequests: 100,
    waitMilliseconds: 10_000,
    now: () => now,
  });
  // Five texts a second, for a while.
  for (let second = 0; second < 60; second += 2) {
    const leave = await admission.enter(10, never);
    now += 2_000;
    leave();
  }
  const leave = await admission.enter(10, never);
  const gone = new AbortController();
  const patient = admission.enter(50, gone.signal);
  void patient.catch(() => undefined);
  await settle();
  // 50 texts take the ten seconds that one may wait: what comes after has no chance.
  const late = admission.enter(40, gone.signal);
  void late.catch(() => undefined);
  const refusal = await refusalOf(admission.enter(1, never));
  expect(refusal.code).toBe('TOO_BUSY');
  expect(refusal.message).toContain('more than it does in 10000 ms');
  // 10 at work and 90 waiting at 5 a second, of which the first 50 may wait: 10 seconds are enough.
  expect(Number(refusal.headers['retry-after'])).toBeGreaterThanOrEqual(9);
  expect(Number(refusal.headers['retry-after'])).toBeLessThanOrEqual(11);
  gone.abort();
  leave();
});

it('refuses whoever has left already', async () => {
  const admission = new TextAdmission(usual);
  const controller = new AbortController();
  controller.abort();
  await expect(admission.enter(1, controller.signal)).rejects.toBeInstanceOf(ClientGone);
});
