import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/metrics/index.js';
import { seededGenerator } from '../../src/metrics/random.js';
import { matrices } from './arbitraries.js';

/** Two labels that scores tell apart, one with 3 positive rows, one without any, one unknown. */
function made(rowCount: number) {
  const next = seededGenerator(11);
  const uniform = () => next() / 2 ** 32;
  const columns = 5;
  const labels = { rows: rowCount, columns, values: new Int8Array(rowCount * columns) };
  const scores = { rows: rowCount, columns, values: new Float32Array(rowCount * columns) };
  for (let row = 0; row < rowCount; row++) {
    const truth = [uniform() < 0.3 ? 1 : 0, uniform() < 0.2 ? 1 : 0, row < 3 ? 1 : 0, 0, -1];
    truth.forEach((label, column) => {
      labels.values[row * columns + column] = label;
      scores.values[row * columns + column] = uniform() * 0.7 + Math.max(label, 0) * 0.3;
    });
  }
  return {
    labels,
    scores,
    labelNames: ['often', 'seldom', 'rare', 'never', 'unknown'],
    thresholds: [0.5, 0.5, 0.5, 2, 0.5],
  };
}

describe('evaluate', () => {
  it('says why figures are undefined, and over how many labels means are', async () => {
    const report = await evaluate(made(200));
    const [, , rare, never, unknown] = report.labels;
    expect(rare).toMatchObject({ label: 'rare', positives: 3, negatives: 197, unknown: 0 });
    expect(never.rocAuc).toEqual({ value: null, reason: 'no positive rows' });
    expect(never.precision).toEqual({ value: null, reason: 'no row is predicted to be positive' });
    expect(never.recall).toEqual({ value: null, reason: 'no positive rows' });
    expect(never.f1).toEqual({ value: null, reason: 'no positive rows, and none predicted' });
    expect(never.logLoss.value).toBeGreaterThan(0);
    const reason = 'every label is unknown';
    expect(unknown).toMatchObject({ positives: 0, negatives: 0, unknown: 200 });
    expect(unknown.averagePrecision).toEqual({ value: null, reason });
    expect(unknown.brier).toEqual({ value: null, reason });
    expect(report.macro.rocAuc).toMatchObject({ labels: 3, of: 5 });
    expect(report.macro.logLoss).toMatchObject({ labels: 4, of: 5 });
    expect(report.bootstrap).toBeNull();
    expect(JSON.stringify(report)).not.toContain('interval');
  });

  it('gives intervals that hold the figure, the same for the same seed', async () => {
    const bootstrap = { resamples: 200, seed: 5 };
    const report = await evaluate({ ...made(200), bootstrap });
    expect(await evaluate({ ...made(200), bootstrap })).toEqual(report);
    expect(report.bootstrap).toEqual({ resamples: 200, seed: 5, level: 0.95 });
    const [often, seldom] = report.labels;
    for (const figures of [often, seldom, report.micro]) {
      for (const name of ['rocAuc', 'averagePrecision', 'f1', 'logLoss'] as const) {
        const { value, interval } = figures[name];
        expect(interval?.low).toBeLessThan(value ?? NaN);
        expect(interval?.high).toBeGreaterThan(value ?? NaN);
      }
    }
  });

  it('gives no interval where there are too few rows of a class', async () => {
    const bootstrap = { resamples: 50, seed: 5 };
    const { labels, macro } = await evaluate({ ...made(200), bootstrap });
    expect(labels[2].rocAuc.interval).toEqual({
      low: null,
      high: null,
      reason: 'only 3 positive rows; an interval needs 10',
    });
    expect(labels[3].rocAuc).not.toHaveProperty('interval');
    expect(macro.rocAuc.interval).toMatchObject({
      reason: '1 of 5 labels has too few rows of a class',
    });
  });

  it('gives the macro figure an interval where all its labels have one', async () => {
    const { labels, scores } = made(200);
    const two = (values: Int8Array | Float32Array) => values.filter((_, cell) => cell % 5 < 2);
    const report = await evaluate({
      labels: { rows: 200, columns: 2, values: Int8Array.from(two(labels.values)) },
      scores: { rows: 200, columns: 2, values: Float32Array.from(two(scores.values)) },
      labelNames: ['often', 'seldom'],
      thresholds: [0.5, 0.5],
      bootstrap: { resamples: 200, seed: 5 },
    });
    const { value, interval } = report.macro.rocAuc;
    expect(interval?.low).toBeLessThan(value ?? NaN);
    expect(interval?.high).toBeGreaterThan(value ?? NaN);
    const alone = report.labels[0].rocAuc.interval;
    expect((interval?.high ?? 0) - (interval?.low ?? 0)).toBeLessThan(
      (alone?.high ?? 0) - (alone?.low ?? 0),
    );
  });

  it('survives JSON on any input, with and without intervals', async () => {
    await fc.assert(
      fc.asyncProperty(matrices, fc.boolean(), async (of, withIntervals) => {
        const report = await evaluate({
          ...of,
          labelNames: Array.from({ length: of.labels.columns }, (_, column) => `label ${column}`),
          thresholds: new Array<number>(of.labels.columns).fill(0.5),
          bootstrap: withIntervals ? { resamples: 5, seed: 1 } : undefined,
        });
        expect(JSON.parse(JSON.stringify(report))).toEqual(report);
      }),
    );
  });

  it('gives micro figures over known cells', async () => {
    const report = await evaluate({
      labels: { rows: 2, columns: 2, values: Int8Array.of(1, 0, -1, 1) },
      scores: { rows: 2, columns: 2, values: Float64Array.of(0.75, 0.5, 0.9, 0.25) },
      labelNames: ['a', 'b'],
      thresholds: [0.5, 0.5],
    });
    expect(report.micro).toMatchObject({
      rocAuc: { value: 0.5 },
      precision: { value: 0.5 },
      recall: { value: 0.5 },
      f1: { value: 0.5 },
      brier: { value: (0.0625 + 0.25 + 0.5625) / 3 },
    });
  });

  it('refuses names and thresholds that are not one a label', async () => {
    const wrong = evaluate({ ...made(10), labelNames: ['one'] });
    await expect(wrong).rejects.toThrow('1 names and 5 thresholds for 5 labels');
  });

  it('refuses scores that are no probabilities', async () => {
    const { scores, ...rest } = made(10);
    scores.values[7] = 3;
    await expect(evaluate({ ...rest, scores })).rejects.toThrow('3 is no probability');
  });
});
