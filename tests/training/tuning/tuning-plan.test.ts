import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  measureSpeed,
  planTuning,
  planWithLength,
} from '../../../src/training/tuning/tuning-plan.js';

const facts = {
  config: { layers: 6, hiddenSize: 384, intermediateSize: 1536 },
  train: 30_000,
  rows: 33_000,
  meanLength: 62,
  maxLength: 128,
  speed: 2e11,
  mostFrozen: 5,
  budget: 600,
};

describe('a plan', () => {
  it('keeps within the budget, and does more with more', () => {
    const sizes = fc.record({
      train: fc.integer({ min: 200, max: 1_000_000 }),
      meanLength: fc.integer({ min: 3, max: 512 }),
      speed: fc.integer({ min: 1e9, max: 1e13 }),
      budget: fc.integer({ min: 1, max: 100_000 }),
    });
    const property = fc.property(sizes, (size) => {
      const rows = Math.ceil(size.train * 1.1);
      const { settings, seconds, isHopeful } = planTuning({ ...facts, ...size, rows });
      if (settings === undefined) {
        expect(seconds).toMatchObject({ tuning: 0 });
        return;
      }
      expect(seconds.encoding + seconds.tuning).toBeLessThanOrEqual(size.budget);
      expect(settings.epochs).toBeGreaterThanOrEqual(0.3);
      expect(settings.epochs).toBeLessThanOrEqual(4);
      const richer = planTuning({ ...facts, ...size, rows, budget: 2 * size.budget });
      // Of another speed the seconds are others.
      if (richer.isHopeful !== isHopeful) return;
      expect(richer.seconds.tuning).toBeGreaterThanOrEqual(seconds.tuning);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('trains every layer where that leaves several epochs, the upper half where not, and fewer before none', () => {
    expect(planTuning({ ...facts, train: 1000, rows: 1100 }).settings?.mode).toEqual({
      kind: 'full',
    });
    expect(planTuning({ ...facts, budget: 1200 }).settings?.mode).toEqual({
      kind: 'top',
      layers: 3,
    });
    const poorest = Array.from({ length: 20 }, (_, at) => 380 + 5 * at).map(
      (budget) => planTuning({ ...facts, budget }).settings?.mode,
    );
    expect(poorest).toContainEqual({ kind: 'top', layers: 2 });
    expect(planTuning({ ...facts, budget: 60 }).settings).toBeUndefined();
  });

  it('freezes no layer below one that the head sees', () => {
    for (const [mostFrozen, layers] of [
      [3, 3],
      [2, 4],
      [1, 5],
    ]) {
      const { settings } = planTuning({ ...facts, budget: 2400, mostFrozen });
      expect(settings?.mode).toEqual({ kind: 'top', layers });
    }
    const least = planTuning({ ...facts, budget: 100, mostFrozen: 1 });
    expect(least).toMatchObject({ settings: undefined, reason: 'short budget' });
  });

  it('hopes for a faster machine than it measured before it leaves the encoder as it is', () => {
    const hoped = planTuning({ ...facts, budget: 250 });
    expect(hoped).toMatchObject({ settings: { mode: { kind: 'top' } }, isHopeful: true });
    expect(planTuning({ ...facts, budget: 250, speed: facts.speed / 10 }).settings).toBeUndefined();
  });

  it('leaves the encoder as it is where rows are few', () => {
    const plan = planTuning({ ...facts, train: 150, rows: 170 });
    expect(plan).toMatchObject({ settings: undefined, reason: 'few rows' });
  });

  it('cuts texts shorter before it leaves an epoch less than half, and later where there is plenty', () => {
    const lengths = Array.from({ length: 100 }, (_, at) => 20 + 3 * at);
    const choices = [128, 64, 96, 256] as const;
    const at = (budget: number): number =>
      planWithLength({ ...facts, budget }, lengths, [...choices]).maxLength;
    expect(at(2000)).toBe(128);
    expect(at(20_000)).toBe(256);
    const shorter = Array.from({ length: 60 }, (_, place) => at(400 + 20 * place));
    expect(shorter.some((length) => length < 128)).toBe(true);
  });

  it('measures a speed', async () => {
    const speed = await measureSpeed(1);
    expect(speed).toBeGreaterThan(1e8);
    expect(speed).toBeLessThan(1e14);
  });
});
