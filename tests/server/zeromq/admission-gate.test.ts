// The gate: shut by requests or by bytes, opened again by those that leave.
import { expect, it } from 'vitest';
import { AdmissionGate } from '../../../src/server/zeromq/admission-gate.js';

async function isOpen(gate: AdmissionGate): Promise<boolean> {
  return Promise.race([
    gate.opened().then(() => true),
    new Promise<false>((resolve) => setImmediate(resolve, false)),
  ]);
}

it.each([
  ['requests', { requests: 2, bytes: 1_000 }, 10],
  ['bytes', { requests: 100, bytes: 20 }, 10],
])('is shut by too many %s', async (_, limits, bytes) => {
  const gate = new AdmissionGate(limits);
  const first = gate.enter(bytes);
  expect(await isOpen(gate)).toBe(true);
  const second = gate.enter(bytes);
  expect(await isOpen(gate)).toBe(false);
  const waiting = [gate.opened(), gate.opened()];
  first();
  await Promise.all(waiting);
  second();
  expect(await isOpen(gate)).toBe(true);
});

it('stays shut until enough has left', async () => {
  const gate = new AdmissionGate({ requests: 1, bytes: 1 });
  const leaves = [gate.enter(5), gate.enter(5)];
  leaves[0]();
  expect(await isOpen(gate)).toBe(false);
  leaves[1]();
  expect(await isOpen(gate)).toBe(true);
});
