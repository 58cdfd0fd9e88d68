// Runs a command's work: progress on stderr, Ctrl-C as an abort signal, errors as sentences.
import { PolytagError } from '../errors/index.js';
import { ProgressDisplay } from './terminal/progress.js';
import { printable } from './terminal/display-text.js';

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
  /** Shows neither progress nor warnings. */
  readonly quiet?: boolean | undefined;
  /** What to say when it was interrupted, such as how to go on. */
  readonly afterInterruption?: string | undefined;
}

/**
 * Does the work of a command. The first Ctrl-C (or SIGTERM) aborts its signal, and the process ends with
 * 130 once everything is left clean; the second ends it at once.
 */
export async function runCommand(
  work: (context: CommandContext) => Promise<void>,
  { quiet, afterInterruption }: CommandRunOptions = {},
): Promise<void> {
  const interruption = new AbortController();
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(EXIT_INTERRUPTED);
    interruption.abort(new DOMException('interrupted', 'AbortError'));
  };
  const progress = new ProgressDisplay({ quiet });
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    await work({ signal: interruption.signal, progress });
  } catch (error) {
    progress.close();
    if (!interruption.signal.aborted) throw error;
    process.exitCode = EXIT_INTERRUPTED;
    writeLine(
      `polytag: interrupted${afterInterruption === undefined ? '' : `; ${afterInterruption}`}`,
    );
  } finally {
    progress.close();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** Prints an error: a sentence and a remedy if a user can mend it, else the stack. @returns the exit code */
export function reportFailure(error: unknown): number {
  if (error instanceof PolytagError) {
    writeLine(`polytag: ${printable(error.message)}`);
    writeLine(printable(error.remedy));
    return error.code === 'OPTION_INVALID' ? EXIT_USAGE : EXIT_FAILED;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  writeLine(`polytag: this is a bug, please report it\n${text}`);
  return EXIT_FAILED;
}

/** Prints data, which is what standard output is for. */
export function printData(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

function writeLine(text: string): void {
  process.stderr.write(`${text}\n`);
}
