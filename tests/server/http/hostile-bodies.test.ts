// Whatever is sent, the answer is the vectors or the sender's own fault: never ours.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask, listen, post } from './listening.js';

const runs = Number(process.env.POLYTAG_FUZZ ?? 150);
const anyFlag = fc.oneof(fc.boolean(), fc.jsonValue({ maxDepth: 1 }));

/** Near enough to a request to reach every check. */
const almostRequest = fc.record(
  {
    id: fc.oneof(fc.integer(), fc.jsonValue({ maxDepth: 2 })),
    texts: fc.oneof(
      fc.array(fc.string({ unit: 'binary' })),
      fc.array(fc.array(fc.string())),
      fc.jsonValue({ maxDepth: 3 }),
    ),
    is_tokenized: anyFlag,
    ['__proto__']: anyFlag,
  },
  { requiredKeys: [] },
);

describe('POST /encode', () => {
  it('answers any JSON with 200 or 400, and a sentence', async () => {
    const failures: unknown[] = [];
    const { url, service } = await listen({ onFailure: (error) => failures.push(error) });
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.oneof(almostRequest, fc.jsonValue()), async (value) => {
        const { status, body } = await post(url, JSON.stringify(value));
        statuses.add(status);
        if (status === 200) expect(body.id).toEqual((value as { id: unknown }).id);
        else expect((body.error as { message: string }).message).not.toMatch(/undefined|\[object/);
      }),
      { numRuns: runs },
    );
    expect([...statuses].sort()).toEqual([200, 400]);
    expect(failures).toEqual([]);
    for (const { texts } of service.requests) expect(Array.isArray(texts)).toBe(true);
    expect(({} as Record<string, unknown>).id).toBeUndefined();
  });

  it('answers any bytes, under any type, with 4xx', async () => {
    const { url, service } = await listen();
    const type = fc.oneof(
      fc.constantFrom('application/json', 'application/x-www-form-urlencoded'),
      fc.stringMatching(/^[ -~]{0,40}$/),
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), type, async (bytes, contentType) => {
        const { status } = await ask(url, '/encode', {
          method: 'POST',
          headers: { 'content-type': contentType },
          body: bytes,
        });
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: runs },
    );
    expect(service.requests).toEqual([]);
  });
});
