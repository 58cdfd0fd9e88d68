// Counts by key with forgetting, against the obvious way: keep all, and remember what was forgotten.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CappedHistogram } from '../../../src/server/encoder/capped-histogram.js';

it('keeps all figures whatever it forgets', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 5 })));
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 6 }), (counts, capacity) => {
      const histogram = new CappedHistogram(capacity);
      let kept: { key: string; value: number }[] = [];
      const forgotten: number[] = [];
      for (const [name, value] of counts) {
        const key = String(name);
        histogram.set(key, value);
        kept = [...kept.filter((entry) => entry.key !== key), { key, value }];
        if (kept.length > capacity) forgotten.push(kept[0].value);
        kept = kept.slice(-capacity);
      }
      const all = [...forgotten, ...kept.map(({ value }) => value)];
      expect(histogram.size).toBe(all.length);
      expect([...histogram.values()]).toEqual(kept.map(({ value }) => value));
      if (all.length === 0) {
        expect(histogram.figures()).toBeUndefined();
        return;
      }
      const [least, most] = [Math.min(...all), Math.max(...all)];
      expect(histogram.figures()).toEqual({
        average: all.reduce((sum, value) => sum + value, 0) / all.length,
        least,
        most,
        withLeast: all.filter((value) => value === least).length,
        withMost: all.filter((value) => value === most).length,
      });
    }),
  );
});

it('counts a key that comes back as another', () => {
  const histogram = new CappedHistogram(1);
  for (const key of ['a', 'b', 'a']) histogram.set(key, histogram.get(key) + 1);
  expect(histogram.size).toBe(3);
  expect(histogram.get('a')).toBe(1);
});
