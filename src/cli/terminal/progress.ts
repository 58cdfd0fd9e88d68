// Shows how a long job goes: one updating line on a terminal, a plain line now and then elsewhere.
//
//   const progress = new ProgressDisplay();
//   try {
//     progress.show({ phase: 'encoding', done: 512, total: 36_797, unit: 'rows' }); // often
//     progress.show({ phase: 'training', done: 1, total: 30, unit: 'epochs', note: 'AUC 0.951' });
//     progress.finish('trained'); // trained in 3 min 12 s
//   } finally {
//     progress.close();
//   }
import { printable } from './display-text.js';
import {
  barLine,
  phaseSummary,
  plainLine,
  RateMeter,
  shareDone,
  type Step,
} from './progress-line.js';
import { formatDuration } from './quantities.js';

/** Where lines go. */
export type ProgressStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** How to show progress. */
export interface ProgressOptions {
  /** Default: standard error, so that data can go to standard output. */
  readonly stream?: ProgressStream | undefined;
  /** Shows nothing at all. Default: false. */
  readonly quiet?: boolean | undefined;
  /** The clock, in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** A terminal's line is drawn anew no sooner than after this long; milliseconds. */
const REDRAW_AFTER = 100;
/** Plain lines are at least this far apart, */
const PLAIN_LINE_AFTER = 5_000;
/** and come where so much more is done */
const PLAIN_LINE_SHARE = 0.1;
/** or so much time has passed. */
const PLAIN_LINE_LATEST = 30_000;

/** The stage under way. */
interface Phase {
  step: Step;
  readonly startedAt: number;
  /** How much was done before the stage was first shown: a resumed run does not begin at 0. */
  readonly from: number;
  readonly meter: RateMeter;
  shownAt: number;
  shownShare: number;
}

/** The progress of one job, in stages. */
export class ProgressDisplay {
  readonly #stream: ProgressStream;
  readonly #quiet: boolean;
  readonly #now: () => number;
  readonly #isTerminal: boolean;
  readonly #startedAt: number;
  #phase: Phase | null = null;
  #ticking: NodeJS.Timeout | null = null;
  #hasOpenLine = false;

  constructor({ stream = process.stderr, quiet = false, now }: ProgressOptions = {}) {
    this.#stream = stream;
    this.#quiet = quiet;
    this.#now = now ?? (() => performance.now());
    this.#isTerminal = stream.isTTY === true && process.env.TERM !== 'dumb';
    this.#startedAt = this.#now();
  }

  /**
   * Says how far a stage is. Cheap: call it as often as there is news, first with what was done
   * before the stage began (0, or more where a run is resumed).
   */
  show(news: Step): void {
    if (this.#quiet) return;
    const step = printableStep(news);
    const now = this.#now();
    if (this.#phase?.step.phase !== step.phase) {
      this.#endPhase(now);
      this.#phase = beginPhase(step, now);
      this.#tick();
      if (this.#isTerminal) this.#redraw();
      // What is said at the very start, such as what it will take, is said before and not within it.
      else if (step.done === 0 && step.note !== undefined) {
        this.#printLine(plainLine(step, undefined));
      }
    }
    this.#phase.step = step;
    this.#phase.meter.add(step.done, now);
    if (!this.#isTerminal) this.#logNow(this.#phase, now);
    else if (now - this.#phase.shownAt >= REDRAW_AFTER) this.#redraw();
  }

  /** Prints a line that stays, such as a warning. */
  say(sentence: string): void {
    if (this.#quiet) return;
    this.#printLine(printable(sentence));
    if (this.#isTerminal) this.#redraw();
  }

  /** Ends the job with a line that says how long it took: `${sentence} in 3 min 12 s`. */
  finish(sentence: string): void {
    if (this.#quiet) return;
    const now = this.#now();
    this.#endPhase(now);
    this.#printLine(`${printable(sentence)} in ${formatDuration(now - this.#startedAt)}`);
    this.close();
  }

  /** Leaves the terminal clean; for errors and interruptions. Harmless when repeated. */
  close(): void {
    if (this.#ticking !== null) clearInterval(this.#ticking);
    this.#ticking = null;
    this.#phase = null;
    this.#eraseLine();
  }

  #endPhase(now: number): void {
    if (this.#phase === null) return;
    const { step, from, startedAt } = this.#phase;
    this.#phase = null;
    this.#printLine(phaseSummary(step, from, now - startedAt));
  }

  /** Prints a plain line where it is time for one. */
  #logNow(phase: Phase, now: number): void {
    const waited = now - phase.shownAt;
    const share = shareDone(phase.step) ?? 0;
    if (waited < PLAIN_LINE_AFTER || share === 1) return;
    if (share - phase.shownShare < PLAIN_LINE_SHARE && waited < PLAIN_LINE_LATEST) return;
    phase.shownAt = now;
    phase.shownShare = share;
    this.#printLine(plainLine(phase.step, phase.meter.perSecond));
  }

  /** Keeps a terminal's line alive between two steps that are far apart. */
  #tick(): void {
    if (!this.#isTerminal || this.#ticking !== null) return;
    this.#ticking = setInterval(() => {
      this.#redraw();
    }, 1000);
    this.#ticking.unref();
  }

  #redraw(): void {
    if (this.#phase === null) return;
    this.#phase.shownAt = this.#now();
    // One column short: some terminals wrap when the last one is filled.
    const width = (this.#stream.columns ?? 80) - 1;
    const line = barLine(this.#phase.step, this.#phase.meter.perSecond, width);
    this.#stream.write(`\r${line}\x1b[K`);
    this.#hasOpenLine = true;
  }

  #printLine(line: string): void {
    this.#eraseLine();
    this.#stream.write(`${line}\n`);
  }

  #eraseLine(): void {
    if (this.#hasOpenLine) this.#stream.write('\r\x1b[K');
    this.#hasOpenLine = false;
  }
}

function beginPhase(step: Step, now: number): Phase {
  const meter = new RateMeter();
  return {
    step,
    startedAt: now,
    from: step.done,
    meter,
    shownAt: now,
    shownShare: shareDone(step) ?? 0,
  };
}

/** Phases and notes may quote what a user's file says. */
function printableStep(step: Step): Step {
  const { phase, note } = step;
  return { ...step, phase: printable(phase), note: note === undefined ? note : printable(note) };
}
