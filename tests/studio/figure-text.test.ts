// Figures as text, and a status as figures, from whoever wrote it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agoText,
  countText,
  durationText,
  millisecondsText,
  rateText,
  scaleText,
} from '../../studio/charts/figure-text.js';
import { readServerStatus } from '../../studio/dashboard/server-status.js';

describe('figures', () => {
  it.each([
    [countText(1234567), '1,234,567'],
    [countText(undefined), '–'],
    [rateText(0), '0'],
    [rateText(0.256), '0.26'],
    [rateText(28), '28.0'],
    [rateText(1851.6), '1,852'],
    [millisecondsText(8.84), '8.8 ms'],
    [millisecondsText(9999), '9,999 ms'],
    [millisecondsText(20_500), '20.5 s'],
    [millisecondsText(undefined), '–'],
    [scaleText(0.25), '0.25'],
    [scaleText(2500), '2,500'],
    [durationText(0.4), '0 s'],
    [durationText(59), '59 s'],
    [durationText(3600), '1 h'],
    [durationText(3601), '1 h'],
    [durationText(93_784), '1 d 2 h'],
    [agoText(61), '61 s ago'],
    [agoText(719), '11 min ago'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('readServerStatus', () => {
  it('leaves out of a list of settings what cannot become a text', () => {
    const status = readServerStatus({ pooling_layer: [-2, { toString: '' }] });
    expect(JSON.stringify(status)).toContain('"-2"');
  });

  it('reads any JSON, leaving out what is not of its kind', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        readServerStatus(one);
        const status = readServerStatus({ statistic: one, polytag: other, x: one });
        for (const figure of [status.requests, status.workers, status.latency.p95]) {
          expect(['number', 'undefined']).toContain(typeof figure);
        }
        expect(Array.isArray(status.lastErrors)).toBe(true);
      }),
    );
    expect(readServerStatus({ polytag: { workers: '2' }, num_worker: 3 }).workers).toBe(3);
  });
});
