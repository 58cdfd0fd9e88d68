// Expects one refusal and no other: its code, and what its sentence names.
import { expect } from 'vitest';
import { type ErrorCode, PolytagError } from '../../../src/errors/index.js';

/** Awaits `attempt` and expects a PolytagError with this code whose message contains every one of `parts`. */
export async function expectRefusal(
  attempt: Promise<unknown>,
  code: ErrorCode,
  ...parts: readonly string[]
): Promise<void> {
  const outcome: unknown = await attempt.then(
    () => 'no error',
    (error: unknown) => error,
  );
  if (!(outcome instanceof PolytagError)) {
    throw new Error(`expected ${code}, got ${String(outcome)}`, { cause: outcome });
  }
  expect(`${outcome.code}: ${outcome.message}`).toContain(`${code}: `);
  for (const part of parts) expect(outcome.message).toContain(part);
}
