// The last twelve minutes, as the page has seen them: one sample a poll, the oldest forgotten.
import type { SeriesPoint } from '../charts/series-path.js';
import type { ServerStatus } from './server-status.js';

export interface Sample {
  /** Milliseconds since 1970, by the clock of this page. */
  readonly time: number;
  /** Undefined where the service did not answer. */
  readonly status: ServerStatus | undefined;
  /** Per second; undefined for the first sample and across a restart. */
  readonly requestRate: number | undefined;
  readonly sequenceRate: number | undefined;
}

export type History = readonly Sample[];

/** Samples kept: at one a second, twelve minutes. */
export const historyLength = 720;
/** Samples that a rate looks back over, so that it does not flicker. */
const rateSpan = 5;

function rate(
  history: History,
  time: number,
  status: ServerStatus,
  count: (status: ServerStatus) => number | undefined,
): number | undefined {
  const now = count(status);
  let result: number | undefined;
  let later = now;
  for (let back = 1; back <= rateSpan; back++) {
    const before = history.at(-back);
    const then = before?.status === undefined ? undefined : count(before.status);
    // A gap, or a count that fell because the service started anew: nothing before it counts.
    if (before === undefined || now === undefined || then === undefined) break;
    if (later !== undefined && then > later) break;
    if (time > before.time) result = ((now - then) * 1000) / (time - before.time);
    later = then;
  }
  return result;
}

/** The history with one more sample. */
export function addSample(
  history: History,
  time: number,
  status: ServerStatus | undefined,
): History {
  const sample: Sample = {
    time,
    status,
    requestRate: status && rate(history, time, status, ({ requests }) => requests),
    sequenceRate: status && rate(history, time, status, ({ sequences }) => sequences),
  };
  return [...history.slice(1 - historyLength), sample];
}

/** One figure of the history over time. */
export function seriesOf(
  history: History,
  figure: (sample: Sample) => number | undefined,
): SeriesPoint[] {
  return history.map((sample) => ({ time: sample.time, value: figure(sample) }));
}

/** The time that charts show: all there is, but a minute at least, so that it does not begin as a jump. */
export function shownTime(history: History): { readonly start: number; readonly end: number } {
  const end = history.at(-1)?.time ?? 0;
  const first = history.at(0)?.time ?? 0;
  return { start: Math.min(first, end - 60_000), end };
}
