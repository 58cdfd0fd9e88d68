import { describe, expect, it } from 'vitest';
import { bootstrap, drawRows, percentileInterval } from '../../src/metrics/bootstrap.js';
import { seededGenerator } from '../../src/metrics/random.js';

describe('drawRows', () => {
  it('draws as many rows as there are, each as likely as the others', () => {
    const next = seededGenerator(1);
    const totals = new Float64Array(10);
    const weights = new Int32Array(10);
    for (let draw = 0; draw < 10_000; draw++) {
      drawRows(weights, next);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(10);
      for (let row = 0; row < 10; row++) totals[row] += weights[row];
    }
    // 100,000 draws: each total is 10,000 with a standard deviation of 95.
    for (const total of totals) expect(Math.abs(total - 10_000)).toBeLessThan(400);
  });

  it('draws nothing from nothing', () => {
    const weights = new Int32Array(0);
    drawRows(weights, seededGenerator(1));
    expect(weights).toHaveLength(0);
  });
});

describe('bootstrap', () => {
  const values = Float64Array.from({ length: 400 }, (_, row) => (row * 37) % 100);
  const mean = (weights: Int32Array) => {
    let sum = 0;
    for (let row = 0; row < 400; row++) sum += weights[row] * values[row];
    return [sum / 400];
  };

  it("gives a mean's interval as its standard error does", async () => {
    const [means] = await bootstrap(400, mean, { resamples: 4000, seed: 7 });
    const { low, high } = percentileInterval(means);
    // The values are 0 to 99, four times each: standard deviation 28.87, standard error 1.443.
    expect(low).toBeGreaterThan(49.5 - 1.96 * 1.443 - 0.25);
    expect(low).toBeLessThan(49.5 - 1.96 * 1.443 + 0.25);
    expect(high).toBeGreaterThan(49.5 + 1.96 * 1.443 - 0.25);
    expect(high).toBeLessThan(49.5 + 1.96 * 1.443 + 0.25);
  });

  it('gives the same for the same seed, and other values for another', async () => {
    const run = (seed: number) => bootstrap(400, mean, { resamples: 20, seed });
    expect(await run(3)).toEqual(await run(3));
    expect(await run(3)).not.toEqual(await run(4));
  });

  it('reports progress to the end', async () => {
    const seen: number[] = [];
    const onProgress = (done: number, total: number) => {
      expect(total).toBe(50);
      seen.push(done);
    };
    await bootstrap(400, mean, { resamples: 50, seed: 1, onProgress });
    expect(seen.at(-1)).toBe(50);
  });

  it('stops when told to, with the reason given', async () => {
    const controller = new AbortController();
    const endless = bootstrap(400, mean, {
      resamples: 100_000_000,
      seed: 1,
      signal: controller.signal,
      onProgress: () => {
        controller.abort(new Error('enough'));
      },
    });
    await expect(endless).rejects.toThrow('enough');
  });

  it('refuses fewer than two resamples', async () => {
    const one = bootstrap(400, mean, { resamples: 1, seed: 1 });
    await expect(one).rejects.toThrow('1 resamples; expected an integer of at least 2');
  });
});

describe('percentileInterval', () => {
  it('interpolates between the values around the percentile', () => {
    const values = Float64Array.from({ length: 101 }, (_, index) => 100 - index);
    const { low, high } = percentileInterval(values);
    expect([low, high]).toEqual([expect.closeTo(2.5, 10), expect.closeTo(97.5, 10)]);
  });

  it('leaves out resamples in which the figure is undefined', () => {
    const values = Float64Array.from({ length: 150 }, (_, index) => (index <= 100 ? index : NaN));
    const { low, high } = percentileInterval(values);
    expect([low, high]).toEqual([expect.closeTo(2.5, 10), expect.closeTo(97.5, 10)]);
  });

  it('is none where most are undefined', () => {
    const reason = 'undefined in most resamples';
    const values = Float64Array.of(1, 2, NaN, NaN);
    expect(percentileInterval(values)).toEqual({ low: null, high: null, reason });
  });
});
