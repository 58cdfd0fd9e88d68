// Runs a command's work: progress on stderr, Ctrl-C as an abort signal, errors as sentences.
import { PolytagError, polytagError } from '../errors/index.js';
import { printable } from './terminal/display-text.js';
import { ProgressDisplay } from './terminal/progress.js';
import type { AnyCommand } from './typed-commander.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

/** What a command's work gets. */
export interface CommandContext {
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly progress: ProgressDisplay;
}

/** How a command is run. */
export interface CommandRunOptions {
  /** Shows neither progress nor warnings, whatever the flags say. */
  readonly quiet?: boolean | undefined;
  /** What to say when it was interrupted, such as how to go on. */
  readonly afterInterruption?: (() => string) | undefined;
}

/**
 * Does the work of a command. The first Ctrl-C (or SIGTERM) aborts its signal, and the process ends with
 * 130 once everything is left clean; the second ends it at once.
 */
export async function runCommand(
  command: AnyCommand,
  work: (context: CommandContext) => Promise<void>,
  { quiet = false, afterInterruption }: CommandRunOptions = {},
): Promise<void> {
  const interruption = new AbortController();
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(EXIT_INTERRUPTED);
    interruption.abort(new DOMException('interrupted', 'AbortError'));
    // Who waits for the next line of a terminal or pipe looks at no signal.
    process.stdin.destroy();
  };
  const isQuiet = quiet || command.optsWithGlobals().quiet === true;
  const progress = new ProgressDisplay({ quiet: isQuiet });
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    await work({ signal: interruption.signal, progress });
  } catch (error) {
    progress.close();
    if (!interruption.signal.aborted) throw error;
    process.exitCode = EXIT_INTERRUPTED;
    const next = afterInterruption === undefined ? '' : `; ${afterInterruption()}`;
    writeLine(`polytag: interrupted${next}`);
  } finally {
    progress.close();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** Refuses a use of a command that its declaration cannot rule out. */
export function refuseUsage(command: AnyCommand, sentence: string): never {
  return command.error(`error: ${sentence}`);
}

/** Prints an error: a sentence and a remedy if a user can mend it, else the stack. @returns the exit code */
export function reportFailure(error: unknown): number {
  if (error instanceof PolytagError) {
    writeLine(`polytag: ${printable(error.message)}`);
    writeLine(printable(error.remedy));
    return error.code === 'OPTION_INVALID' ? EXIT_USAGE : EXIT_FAILED;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  writeLine(`polytag: this is a bug in polytag, please report it with these lines:\n${text}`);
  return EXIT_FAILED;
}

/**
 * Settles what happens when standard output or error cannot be written. That nobody reads on (`| head`) is
 * an end, not a failure: without a reader of the data there is nothing left to do. Progress that cannot be
 * written is dropped.
 */
export function watchStandardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A command that streams rows finds out by itself, and ends in order.
    if (process.stdout.listenerCount('error') > 1) return;
    if (error.code === 'EPIPE') process.exit(0);
    const details = { file: 'standard output', reason: error.message };
    process.exit(reportFailure(polytagError('WRITE_FAILED', details)));
  });
  process.stderr.on('error', () => undefined);
}

/** Prints data, which is what standard output is for. */
export function printData(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Prints an object as JSON, for programs. */
export function printJson(value: unknown): void {
  printData(JSON.stringify(value, null, 2));
}

function writeLine(text: string): void {
  process.stderr.write(`${text}\n`);
}
