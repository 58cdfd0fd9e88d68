// The program: its commands, and which exit code which ending has.
import { Command, CommanderError } from 'commander';
import { reportFailure } from './command-run.js';
import { addConvertCommand } from './commands/convert.js';
import { addEncodeCommand } from './commands/encode.js';
import { addEvaluateCommand } from './commands/evaluate.js';
import { addInfoCommand } from './commands/info.js';
import { addPredictCommand } from './commands/predict.js';
import { addTrainCommand } from './commands/train.js';
import { packageVersion } from './package-version.js';

/** Wrong use of a command, as distinct from 1, which is a failure while it ran. */
const USAGE = 2;

const examples = `
Examples:
  $ polytag train comments.csv --out my-model
  $ polytag evaluate my-model test.csv
  $ polytag predict my-model new.csv --out scores.csv
  $ polytag predict my-model --text "Thank you, that helped."

Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted. Data go to stdout, all else to stderr.`;

/** Builds the program with all its commands. */
export function buildProgram(): Command {
  const program = new Command('polytag')
    .description('Train, evaluate and use multi-label text classifiers on BERT encoders.')
    .version(packageVersion())
    .helpOption('-h, --help', 'show help')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help lists what can be given)')
    .exitOverride();
  const commands = [
    addTrainCommand,
    addEvaluateCommand,
    addPredictCommand,
    addEncodeCommand,
    addConvertCommand,
    addInfoCommand,
  ];
  for (const addCommand of commands) addCommand(program).exitOverride();
  return program;
}

/**
 * Runs the program.
 *
 * @param words the arguments, without node and the program's name
 * @returns the exit code
 */
export async function runProgram(words: readonly string[]): Promise<number> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Nobody reads on (`| head`): that is an end, not a failure.
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await buildProgram().parseAsync([...words], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    return reportFailure(error);
  }
}
