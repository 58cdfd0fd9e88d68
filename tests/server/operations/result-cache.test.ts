// The result cache beside a slow model of it, and within its bytes.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ResultCache } from '../../../src/server/operations/result-cache.js';
import type { TextScore } from '../../../src/server/scoring/served-model.js';

function scoreOf(value: number): TextScore {
  const scores = Float32Array.of(value, value);
  return { logits: scores, scores, tokens: value, truncated: 0, windows: 1 };
}

/** What one entry of two labels counts for. */
const entryBytes = 1016;

it('keeps the most recently used, as a list that is moved about by hand does', () => {
  const steps = fc.array(
    fc.record({
      text: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      version: fc.constantFrom('1', '2'),
      isSet: fc.boolean(),
    }),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 4 }), (all, capacity) => {
      const cache = new ResultCache(capacity * entryBytes);
      let list: { key: string; value: number }[] = [];
      for (const [index, { text, version, isSet }] of all.entries()) {
        const key = version + text;
        const known = list.find((entry) => entry.key === key);
        if (isSet) {
          cache.set(version, text, scoreOf(index));
          list = [...list.filter((entry) => entry.key !== key), { key, value: index }].slice(
            -capacity,
          );
        } else {
          expect(cache.get(version, text)?.tokens).toBe(known?.value);
          if (known !== undefined) list = [...list.filter((entry) => entry !== known), known];
        }
        expect(cache.figures.entries).toBe(list.length);
        expect(cache.figures.bytes).toBe(list.length * entryBytes);
      }
    }),
  );
});

it('tells texts, versions and settings apart, lone surrogates too', () => {
  const cache = new ResultCache(1 << 20);
  cache.set('v', '\ud800', scoreOf(1));
  cache.set('v', '\ud801', scoreOf(2));
  cache.set('v', 'a', scoreOf(3), 'windows');
  expect(cache.get('v', '\ud800')?.tokens).toBe(1);
  expect(cache.get('v', '\ud801')?.tokens).toBe(2);
  expect(cache.get('v', '\ufffd')).toBeUndefined();
  expect(cache.get('v', 'a')).toBeUndefined();
  expect(cache.get('v', 'a', 'windows')?.tokens).toBe(3);
  expect(cache.figures).toMatchObject({ hits: 3, misses: 2, evicted: 0, entries: 3 });
  cache.clear();
  expect(cache.figures).toMatchObject({ entries: 0, bytes: 0 });
});

it('copies scores that are views into a batch', () => {
  const batch = new Float32Array(1_000);
  const view = batch.subarray(10, 12);
  const cache = new ResultCache(1 << 20);
  cache.set('v', 'a', { logits: view, scores: view, tokens: 1, truncated: 0, windows: 1 });
  batch.fill(9);
  const kept = cache.get('v', 'a');
  expect(kept?.scores).toEqual(Float32Array.of(0, 0));
  expect(kept?.scores.buffer.byteLength).toBe(8);
});

it('leaves out what is larger than all of it', () => {
  const cache = new ResultCache(100);
  cache.set('v', 'a', scoreOf(1));
  expect(cache.figures.entries).toBe(0);
});
