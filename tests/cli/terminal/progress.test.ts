import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgressDisplay } from '../../../src/cli/terminal/progress.js';
import { Recorder } from './recorder.js';

/** A clock that stands still until it is told. */
function madeClock() {
  let time = 0;
  return {
    now: () => time,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

describe('on a terminal', () => {
  let clock = madeClock();
  let stream = new Recorder(true);
  let progress = new ProgressDisplay({ stream, now: clock.now });

  beforeEach(() => {
    vi.stubEnv('TERM', 'xterm');
    clock = madeClock();
    stream = new Recorder(true, 80);
    progress = new ProgressDisplay({ stream, now: clock.now });
  });
  afterEach(() => {
    progress.close();
    vi.unstubAllEnvs();
    vi.useRealTimers();
  });

  it('shows one line with bar, amount, rate and time left', () => {
    progress.show({ phase: 'encoding', done: 0, total: 4000, unit: 'rows' });
    clock.pass(2000);
    progress.show({ phase: 'encoding', done: 1000, total: 4000, unit: 'rows' });
    expect(stream.screen).toEqual([
      'encoding  █████░░░░░░░░░░░░░░  25 %  1,000 of 4,000 rows  500 rows/s  ETA 6.0 s',
    ]);
  });

  it('draws no more often than ten times a second', () => {
    progress.show({ phase: 'encoding', done: 0, total: 4000, unit: 'rows' });
    for (let done = 1; done <= 100; done++) {
      clock.pass(1);
      progress.show({ phase: 'encoding', done, total: 4000, unit: 'rows' });
    }
    expect(stream.written).toHaveLength(2);
  });

  it('leaves a line for each phase, and the total time', () => {
    progress.show({ phase: 'encoding', done: 0, total: 4000, unit: 'rows' });
    clock.pass(10_000);
    progress.show({ phase: 'encoding', done: 4000, total: 4000, unit: 'rows' });
    progress.show({ phase: 'training', done: 0, total: 30, unit: 'epochs' });
    clock.pass(55_000);
    progress.show({ phase: 'training', done: 11, total: 30, unit: 'epochs', note: 'AUC 0.951' });
    progress.finish('trained');
    expect(stream.screen).toEqual([
      'encoding: 4,000 rows in 10 s (400 rows/s)',
      'training: 11 epochs in 55 s (0.20 epochs/s), AUC 0.951',
      'trained in 1 min 05 s',
      '',
    ]);
  });

  it('tells the time left from the speed of late', () => {
    // A thousand rows come from a cache at once; the others take a second each.
    progress.show({ phase: 'encoding', done: 0, total: 1140, unit: 'rows' });
    clock.pass(100);
    progress.show({ phase: 'encoding', done: 1000, total: 1140, unit: 'rows' });
    for (let done = 1001; done <= 1080; done++) {
      clock.pass(1000);
      progress.show({ phase: 'encoding', done, total: 1140, unit: 'rows' });
    }
    expect(stream.screen[0]).toContain('1.0 rows/s  ETA 1 min 00 s');
  });

  it('prints warnings above the line, and draws it again', () => {
    progress.show({ phase: 'reading', done: 5, unit: 'rows' });
    progress.say('3 rows are empty');
    expect(stream.screen).toEqual(['3 rows are empty', 'reading  5 rows']);
  });

  it('shrinks the bar, drops it, and cuts the line where room is short', () => {
    const step = { phase: 'encoding', done: 20_000, total: 40_000, unit: 'rows' };
    const lineOf = (columns: number) => {
      stream = new Recorder(true, columns);
      progress = new ProgressDisplay({ stream, now: clock.now });
      progress.show(step);
      progress.close();
      return stream.written[0];
    };
    expect(lineOf(80)).toBe('\rencoding  ██████████░░░░░░░░░░  50 %  20,000 of 40,000 rows\x1b[K');
    expect(lineOf(48)).toBe('\rencoding  ████░░░░  50 %  20,000 of 40,000 rows\x1b[K');
    expect(lineOf(40)).toBe('\rencoding  50 %  20,000 of 40,000 rows\x1b[K');
    expect(lineOf(20)).toBe('\rencoding  50 %  20…\x1b[K');
  });

  it('keeps the line alive while nothing happens', () => {
    vi.useFakeTimers();
    progress.show({ phase: 'training', done: 0, total: 30, unit: 'epochs' });
    const drawn = stream.written.length;
    vi.advanceTimersByTime(3000);
    expect(stream.written).toHaveLength(drawn + 3);
    progress.close();
    vi.advanceTimersByTime(3000);
    expect(stream.written).toHaveLength(drawn + 4);
  });

  it('leaves the terminal clean when closed, also twice', () => {
    progress.show({ phase: 'encoding', done: 1, total: 2, unit: 'rows' });
    progress.close();
    progress.close();
    expect(stream.screen).toEqual(['']);
  });

  it('lets notes steer nothing', () => {
    progress.show({ phase: 'reading', done: 1, unit: 'rows', note: 'label "\x1b[2J"' });
    expect(stream.screen).toEqual(['reading  1 rows  label "�[2J"']);
  });

  it('is treated as no terminal where TERM says dumb', () => {
    vi.stubEnv('TERM', 'dumb');
    progress = new ProgressDisplay({ stream, now: clock.now });
    progress.show({ phase: 'encoding', done: 1, total: 2, unit: 'rows' });
    expect(stream.text).toBe('');
  });
});

describe('not on a terminal', () => {
  /** Encodes 1,000 rows a second, told five times a second, and returns the lines with their times. */
  function encode(rows: number): [seconds: number, line: string][] {
    const clock = madeClock();
    const stream = new Recorder();
    const progress = new ProgressDisplay({ stream, now: clock.now });
    const lines: [number, string][] = [];
    progress.show({ phase: 'encoding', done: 0, total: rows, unit: 'rows' });
    for (let done = 200; done <= rows; done += 200) {
      clock.pass(200);
      progress.show({ phase: 'encoding', done, total: rows, unit: 'rows' });
      if (stream.written.length > lines.length) lines.push([clock.now() / 1000, stream.text]);
    }
    progress.finish('done');
    const texts = stream.text.trimEnd().split('\n');
    return texts.map((line, index) => [lines.at(index)?.[0] ?? clock.now() / 1000, line]);
  }

  it('prints nothing but what stays for a short job', () => {
    expect(encode(4000)).toEqual([
      [4, 'encoding: 4,000 rows in 4.0 s (1,000 rows/s)'],
      [4, 'done in 4.0 s'],
    ]);
  });

  it('prints a line every tenth, no sooner than every five seconds', () => {
    const lines = encode(20_000);
    expect(lines.map(([seconds]) => seconds)).toEqual([5, 10, 15, 20, 20]);
    expect(lines[0][1]).toBe('encoding: 25 %, 5,000 of 20,000 rows, 1,000 rows/s, ETA 15 s');
    expect(encode(100_000)[0][0]).toBe(10);
  });

  it('prints a line at the latest every half minute', () => {
    expect(
      encode(1_000_000)
        .map(([seconds]) => seconds)
        .slice(0, 3),
    ).toEqual([30, 60, 90]);
  });

  it('does so without knowing the total, in plain text', () => {
    const clock = madeClock();
    const stream = new Recorder();
    const progress = new ProgressDisplay({ stream, now: clock.now });
    progress.show({ phase: 'scoring', done: 0, unit: 'rows' });
    clock.pass(30_000);
    progress.show({ phase: 'scoring', done: 6000, unit: 'rows' });
    progress.say('warning');
    progress.close();
    expect(stream.text).toBe('scoring: 6,000 rows, 200 rows/s\nwarning\n');
  });
});

describe('quiet', () => {
  it('shows nothing at all', () => {
    const stream = new Recorder(true);
    const progress = new ProgressDisplay({ stream, quiet: true });
    progress.show({ phase: 'encoding', done: 1, total: 2, unit: 'rows' });
    progress.say('warning');
    progress.finish('done');
    expect(stream.text).toBe('');
  });
});
