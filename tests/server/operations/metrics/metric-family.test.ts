// Counters, gauges and histograms, as a reader of Prometheus' text format sees them.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  Counter,
  Gauge,
  Histogram,
} from '../../../../src/server/operations/metrics/metric-family.js';
import { readExposition } from './exposition.js';

it('writes the format of the documentation', () => {
  const counter = new Counter('requests_total', 'Requests, with \\ and\na second line.', ['route']);
  counter.add(1, '/a');
  counter.add(2, 'say "hi"\\\n');
  expect(counter.render()).toBe(
    [
      '# HELP requests_total Requests, with \\\\ and\\na second line.',
      '# TYPE requests_total counter',
      'requests_total{route="/a"} 1',
      'requests_total{route="say \\"hi\\"\\\\\\n"} 2',
      '',
    ].join('\n'),
  );
  const histogram = new Histogram('seconds', 'Time.', [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe(value);
  expect(histogram.render()).toBe(
    [
      '# HELP seconds Time.',
      '# TYPE seconds histogram',
      'seconds_bucket{le="0.1"} 2',
      'seconds_bucket{le="1"} 3',
      'seconds_bucket{le="+Inf"} 4',
      'seconds_sum 7.65',
      'seconds_count 4',
      '',
    ].join('\n'),
  );
});

it('writes every label value and number so that it is read back', () => {
  // Lone surrogates have no UTF-8, and so no place in the format.
  const texts = fc.string({ unit: 'binary' });
  const values = fc.double({ noDefaultInfinity: false });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(texts, texts, values), { selector: ([a, b]) => `${a}\0${b}` }),
      (rows) => {
        const gauge = new Gauge('g', 'Help.', ['a', 'b'], (set) => {
          for (const [a, b, value] of rows) set(value, a, b);
        });
        const { samples } = readExposition(Buffer.from(gauge.render()).toString());
        expect(samples.map(({ labels, value }) => [labels.a, labels.b, value])).toEqual(
          rows.map(([a, b, value]) => [a, b, Object.is(value, -0) ? 0 : value]),
        );
      },
    ),
    { numRuns: 150 },
  );
});

it('counts into the right buckets', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 12, noNaN: true })), (values) => {
      const bounds = [0, 0.5, 1, 10];
      const histogram = new Histogram('h', 'Help.', bounds, ['kind']);
      for (const value of values) histogram.observe(value, 'x');
      const { samples } = readExposition(histogram.render());
      if (values.length === 0) return;
      for (const bound of bounds) {
        const found = samples.find(({ labels }) => labels.le === String(bound));
        expect(found?.value).toBe(values.filter((value) => value <= bound).length);
      }
    }),
  );
});

it('puts what NaN is above all bounds, and not into the void', () => {
  const histogram = new Histogram('h', 'Help.', [1]);
  histogram.observe(Number.NaN);
  expect(histogram.render()).toContain(
    'h_bucket{le="1"} 0\nh_bucket{le="+Inf"} 1\nh_sum NaN\nh_count 1',
  );
});

it('bounds its series: the rest is counted together', () => {
  const counter = new Counter('c_total', 'Help.', ['who']);
  for (let index = 0; index < 10_000; index++) counter.add(1, `client ${index}`);
  const { samples } = readExposition(counter.render());
  expect(samples).toHaveLength(4096);
  expect(samples.find(({ labels }) => labels.who === 'other')?.value).toBe(10_000 - 4095);
});

it('forgets what a gauge no longer reads', () => {
  let version = 'a';
  const gauge = new Gauge('info', 'Help.', ['version'], (set) => {
    set(1, version);
  });
  expect(gauge.render()).toContain('version="a"');
  version = 'b';
  expect(gauge.render()).not.toContain('version="a"');
});

it('refuses names that the format does not have', () => {
  expect(() => new Counter('a-b', 'Help.')).toThrow(RangeError);
  expect(() => new Counter('a', 'Help.', ['b:c'])).toThrow(RangeError);
  expect(() => new Histogram('a', 'Help.', [1, 1])).toThrow(RangeError);
});
