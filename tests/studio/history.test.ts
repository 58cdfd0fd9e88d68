// What the page remembers of its polls: rates, gaps, restarts, and no more than it must.
import { describe, expect, it } from 'vitest';
import {
  addSample,
  type History,
  historyLength,
  seriesOf,
  shownTime,
} from '../../studio/dashboard/history.js';
import { afterPoll, type Polled } from '../../studio/dashboard/polling.js';
import { readServerStatus } from '../../studio/dashboard/server-status.js';

function statusWith(requests: number) {
  return readServerStatus({
    statistic: { num_data_request: requests, num_total_seq: 2 * requests },
  });
}

function historyOf(...requests: (number | undefined)[]): History {
  return requests.reduce<History>(
    (history, count, index) =>
      addSample(history, 1000 * index, count === undefined ? undefined : statusWith(count)),
    [],
  );
}

function rates(history: History): (number | undefined)[] {
  return seriesOf(history, ({ requestRate }) => requestRate).map(({ value }) => value);
}

describe('addSample', () => {
  it('computes rates over the last five samples', () => {
    const history = historyOf(0, 10, 20, 30, 40, 50, 160);
    expect(rates(history)).toEqual([undefined, 10, 10, 10, 10, 10, 30]);
    expect(history.at(-1)?.sequenceRate).toBe(60);
  });

  it('begins anew after a gap, and after a restart of the service', () => {
    expect(rates(historyOf(0, 10, undefined, 30, 40))).toEqual([
      undefined,
      10,
      undefined,
      undefined,
      10,
    ]);
    expect(rates(historyOf(100, 110, 4, 10))).toEqual([undefined, 10, undefined, 6]);
  });

  it('keeps 720 samples', () => {
    const history = historyOf(...Array.from({ length: 800 }, (_, index) => index));
    expect(history).toHaveLength(historyLength);
    expect(history[0].time).toBe(80_000);
    expect(shownTime(history)).toEqual({ start: 80_000, end: 799_000 });
    expect(shownTime(historyOf(1, 2))).toEqual({ start: -59_000, end: 1000 });
  });
});

describe('afterPoll', () => {
  it('knows since when there was no answer, and keeps the last', () => {
    const first: Polled = { connection: { state: 'connecting' }, status: undefined, history: [] };
    const live = afterPoll(first, 1000, statusWith(1));
    expect(live.connection).toEqual({ state: 'live' });
    const lost = afterPoll(afterPoll(live, 2000, undefined), 3000, undefined);
    expect(lost.connection).toEqual({ state: 'lost', since: 1000 });
    expect(lost.status?.requests).toBe(1);
    expect(afterPoll(lost, 4000, statusWith(2)).connection).toEqual({ state: 'live' });
    expect(afterPoll(first, 500, undefined).connection).toEqual({ state: 'lost', since: 500 });
  });
});
