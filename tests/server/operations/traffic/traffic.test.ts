// Recent traffic: flag rates, series and percentiles beside slow and obvious ways to the same numbers.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ScoredModel } from '../../../../src/server/operations/operations.js';
import { LatencyHistogram } from '../../../../src/server/operations/traffic/latency-histogram.js';
import { RecentMinutes } from '../../../../src/server/operations/traffic/recent-minutes.js';
import {
  RecentTraffic,
  TrafficWindow,
} from '../../../../src/server/operations/traffic/traffic-window.js';

const score = fc.float({ min: 0, max: 1, noNaN: true });

it('answers flag rates over the latest texts', () => {
  const rows = fc.array(fc.tuple(score, score, score), { maxLength: 60 });
  const thresholds = fc.tuple(score, score, score);
  fc.assert(
    fc.property(
      rows,
      thresholds,
      thresholds,
      fc.integer({ min: 1, max: 40 }),
      (all, before, after, capacity) => {
        const window = new TrafficWindow('v', ['a', 'b', 'c'], capacity);
        for (const row of all) window.add(Float32Array.from(row));
        const latest = all.slice(-capacity);
        const rate = (label: number, threshold: number): number | null =>
          latest.length === 0
            ? null
            : latest.filter((row) => row[label] >= threshold).length / latest.length;
        const change = window.compare(before, after);
        expect(change.texts).toBe(latest.length);
        for (const [index, { before: old, after: next }] of change.labels.entries()) {
          expect(old).toEqual({ threshold: before[index], flagRate: rate(index, before[index]) });
          expect(next).toEqual({ threshold: after[index], flagRate: rate(index, after[index]) });
        }
        for (const [index, { meanScore, histogram }] of window.describe().entries()) {
          expect(histogram.reduce((sum, count) => sum + count, 0)).toBe(latest.length);
          if (latest.length === 0) expect(meanScore).toBeNull();
          else
            expect(meanScore).toBeCloseTo(
              latest.reduce((sum, row) => sum + row[index], 0) / latest.length,
              6,
            );
        }
      },
    ),
  );
});

it('bounds its memory, not only its texts', () => {
  const labels = Array.from({ length: 5_000 }, (_, index) => `label ${index}`);
  expect(new TrafficWindow('v', labels, 10_000).capacity).toBe(209);
  expect(new TrafficWindow('v', ['a'], 10_000).capacity).toBe(10_000);
});

it('begins anew with another version, and takes nothing more from the one that it replaced', () => {
  const traffic = new RecentTraffic();
  const model = (version: string, second: number): ScoredModel => ({
    name: 'm',
    version,
    labels: ['a'],
    thresholds: { version: 1, values: [0.5] },
    loadedAt: new Date(second * 1000),
  });
  const texts = [{ scores: Float32Array.of(0.7), tokens: 3, truncated: 0 }];
  traffic.add(model('old', 1), texts);
  traffic.add(model('new', 2), texts);
  traffic.add(model('old', 1), texts);
  expect(traffic.windowOf(model('new', 2)).texts).toBe(1);
  // The same bytes again: what was learnt of them still holds.
  expect(traffic.windowOf(model('new', 3)).texts).toBe(1);
  expect(traffic.windowOf(model('old', 4)).texts).toBe(0);
});

it('tells percentiles within 15 percent', () => {
  const durations = fc.array(fc.double({ min: 0.1, max: 1e5, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(durations, fc.constantFrom(0.01, 0.5, 0.95, 0.99, 1), (all, share) => {
      const halves = [new LatencyHistogram(), new LatencyHistogram()];
      for (const [index, duration] of all.entries()) halves[index % 2].add(duration);
      halves[0].addAll(halves[1]);
      const sorted = [...all].sort((left, right) => left - right);
      const exact = sorted[Math.max(0, Math.ceil(share * all.length) - 1)];
      const found = halves[0].percentile(share) ?? 0;
      expect(found).toBeGreaterThan(exact / 1.151 - 0.001);
      expect(found).toBeLessThan(exact * 1.151 + 0.001);
    }),
  );
  const strange = new LatencyHistogram();
  expect(strange.percentile(0.5)).toBeNull();
  for (const duration of [0, -1, 1e9]) strange.add(duration);
  expect(strange.count).toBe(3);
});

it('sums up the last minute, and forgets what is ten minutes old', () => {
  let now = 1_700_000_000_000;
  const minutes = new RecentMinutes(() => now);
  const request = { requestId: 'r', method: 'POST', route: '/', dialect: 'd', client: 'c' };
  for (let second = 0; second < 120; second++) {
    minutes.add({
      ...request,
      status: 200,
      milliseconds: 10,
      encoded: { model: 'm', texts: 4, tokens: 20 },
    });
    if (second % 2 === 0) minutes.add({ ...request, status: 503, milliseconds: 1 });
    if (second % 4 === 0) minutes.add({ ...request, status: 500, milliseconds: 1 });
    now += 1000;
  }
  const figures = minutes.figures();
  expect(figures.uptimeSeconds).toBe(120);
  expect(figures.sinceStart).toEqual({ requests: 210, texts: 480, errors: 30, refused: 60 });
  expect(figures.lastMinute.textsPerSecond).toBeCloseTo(4, 0);
  expect(figures.lastMinute.tokensPerSecond).toBeCloseTo(20, 0);
  expect(figures.lastMinute.refusedPerSecond).toBeCloseTo(0.5, 1);
  expect(figures.lastMinute.errorsPerSecond).toBeCloseTo(0.25, 1);
  expect(figures.lastMinute.latency.p50).toBeCloseTo(10, -0.5);
  const { series } = figures;
  expect(series.textsPerSecond).toHaveLength(120);
  expect(
    series.textsPerSecond.reduce((sum, rate) => sum + rate * series.stepSeconds, 0),
  ).toBeCloseTo(480, 6);
  expect(series.p50.filter((value) => value !== null)).toHaveLength(24);
  now += 10 * 60_000;
  expect(minutes.figures().series.requestsPerSecond.every((rate) => rate === 0)).toBe(true);
  expect(minutes.figures().lastMinute.latency.p99).toBeNull();
  expect(minutes.figures().sinceStart.requests).toBe(210);
});
