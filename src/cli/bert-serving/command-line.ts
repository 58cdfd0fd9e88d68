// Runs a bert-serving command: reads its flags, answers -h and -version, and says how it ended.
import { reportFailure, watchStandardStreams } from '../command-run.js';
import { packageVersion } from '../../runtime/index.js';
import { printable } from '../terminal/display-text.js';
import type { FlagTable, FlagValues } from './flags/flag.js';
import { type CommandText, helpText, usageLine } from './flags/flag-help.js';
import { CommandLineError, parseFlags } from './flags/flag-parser.js';

const EXIT_USAGE = 2;

/** A command: its words, its flags and its work. */
export interface ServingCommand<Table extends FlagTable> extends CommandText {
  readonly flags: Table;
  /** @returns the exit code. @throws CommandLineError for flags that contradict each other */
  readonly run: (
    values: FlagValues<Table>,
    given: ReadonlySet<keyof Table>,
    words: readonly string[],
  ) => Promise<number>;
}

/**
 * Runs a command.
 * @param words the arguments, without node and the program's name
 * @returns the exit code: 0 done, 1 failed, 2 wrong use, 130 interrupted
 */
export async function runServingCommand<Table extends FlagTable>(
  command: ServingCommand<Table>,
  words: readonly string[],
): Promise<number> {
  watchStandardStreams();
  const { program, flags } = command;
  try {
    const parsed = parseFlags(flags, words);
    if (parsed.kind === 'values') return await command.run(parsed.values, parsed.given, words);
    const version = `${program} ${packageVersion()} of polytag, for clients of bert-as-service 1.10\n`;
    process.stdout.write(parsed.kind === 'help' ? helpText(command, flags) : version);
    return 0;
  } catch (error) {
    if (!(error instanceof CommandLineError)) return reportFailure(error);
    say(usageLine(program, flags).trimEnd());
    say(`${program}: error: ${error.message}`);
    return EXIT_USAGE;
  }
}

/** Prints a line for people. */
export function say(line: string): void {
  process.stderr.write(`${line.split('\n').map(printable).join('\n')}\n`);
}
