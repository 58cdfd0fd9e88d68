// How a stage of work is told in one line, and how fast it is going.
import { displayWidth, fitToWidth } from './display-text.js';
import {
  formatAmount,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
} from './quantities.js';

/** How far a stage is. */
export interface Step {
  /** What is being done, in the progressive: `encoding`. A new phase ends the one before. */
  readonly phase: string;
  readonly done: number;
  /** How much there is to do; unknown where missing. */
  readonly total?: number | undefined;
  /**
   * What is counted: `rows`, `epochs`; `bytes` are shown as kB, MB or GB. Missing where no count says
   * anything: then only the time is told.
   */
  readonly unit?: string | undefined;
  /** How fast it goes, where another unit says it better: `1,640 tokens/s`. */
  readonly speed?: string | undefined;
  /** Something worth showing beside the numbers. */
  readonly note?: string | undefined;
}

const GAP = '  ';
const BAR_CELLS = 20;
const FEWEST_CELLS = 5;

/** From this share on, a rate is told. */
const SHARE_WITH_RATE = 0.01;

/** The rate, over this long, that the time left is told from; milliseconds. Texts come in bursts: longer than one. */
const RATE_WINDOW = 60_000;

/** The speed of late: early steps are often cached, and long texts come together. */
export class RateMeter {
  readonly #samples: { time: number; done: number }[] = [];

  /** Notes that `done` was reached at `time`, in milliseconds. */
  add(done: number, time: number): void {
    this.#samples.push({ time, done });
    while (this.#samples.length > 2 && this.#samples[1].time <= time - RATE_WINDOW) {
      this.#samples.shift();
    }
  }

  /** How much is done a second, of late; undefined before there is anything to tell. */
  get perSecond(): number | undefined {
    const first = this.#samples.at(0);
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const rate = (1000 * (last.done - first.done)) / (last.time - first.time);
    return Number.isFinite(rate) && rate > 0 ? rate : undefined;
  }
}

/**
 * The updating line of a terminal, at most `width` columns wide; the bar shrinks where room is
 * short, and goes.
 */
export function barLine(step: Step, perSecond: number | undefined, width: number): string {
  const share = shareDone(step);
  const parts = [step.phase, ...facts(step, perSecond)];
  const plain = parts.join(GAP);
  if (share === undefined) return fitToWidth(plain, width);
  const cells = Math.min(BAR_CELLS, width - displayWidth(plain) - GAP.length);
  if (cells < FEWEST_CELLS) {
    if (step.note === undefined || displayWidth(plain) <= width) return fitToWidth(plain, width);
    // The share says again what the counts say, and the note says something new.
    const shorter = parts.filter((part, at) => at !== 1 || !part.endsWith(' %'));
    return fitToWidth(shorter.join(GAP), width);
  }
  const full = Math.round(share * cells);
  const bar = '█'.repeat(full) + '░'.repeat(cells - full);
  return [step.phase, bar, ...parts.slice(1)].join(GAP);
}

/** A line for logs. */
export function plainLine(step: Step, perSecond: number | undefined): string {
  return [step.phase, ...joined(facts(step, perSecond))].join(': ');
}

function joined(facts: readonly string[]): string[] {
  return facts.length === 0 ? [] : [facts.join(', ')];
}

/** The line that stays of a stage that took so many milliseconds. */
export function phaseSummary(step: Step, from: number, milliseconds: number): string {
  const note = step.note === undefined ? '' : `, ${step.note}`;
  const time = `in ${formatDuration(milliseconds)}`;
  if (step.unit === undefined) return `${step.phase}: done ${time}${note}`;
  const amount = formatAmount(step.done, step.unit);
  const rate = (1000 * (step.done - from)) / milliseconds;
  const speed = Number.isFinite(rate) && rate > 0 ? ` (${formatRate(rate, step.unit)})` : '';
  return `${step.phase}: ${amount} ${time}${speed}${note}`;
}

/** From 0 to 1; undefined where the total is unknown. */
export function shareDone({ done, total, unit }: Step): number | undefined {
  if (unit === undefined || total === undefined || total <= 0) return undefined;
  return Math.min(1, Math.max(0, done / total));
}

function facts(step: Step, perSecond: number | undefined): string[] {
  const told = step.unit === undefined ? [] : counts(step, step.unit, perSecond);
  if (step.note !== undefined) told.push(step.note);
  return told;
}

function counts(step: Step, unit: string, perSecond: number | undefined): string[] {
  const share = shareDone(step);
  const told: string[] = [];
  if (share === undefined || step.total === undefined) {
    told.push(formatAmount(step.done, unit));
  } else {
    told.push(`${Math.floor(100 * share)} %`, amountOf(step.done, step.total, unit));
  }
  // The first few of many say nothing of the speed: results come in bursts.
  if (perSecond !== undefined && (share ?? 1) >= SHARE_WITH_RATE) {
    told.push(step.speed ?? formatRate(perSecond, unit));
    if (step.total !== undefined && step.total > step.done) {
      told.push(`ETA ${formatDuration((1000 * (step.total - step.done)) / perSecond)}`);
    }
  }
  return told;
}

function amountOf(done: number, total: number, unit: string): string {
  return unit === 'bytes'
    ? `${formatBytes(done)} of ${formatBytes(total)}`
    : `${formatCount(done)} of ${formatCount(total)} ${unit}`;
}
