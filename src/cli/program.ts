// The program: its commands, each loaded only when it is called, and which exit code which ending has.
import { packageVersion } from '../runtime/index.js';
import { reportFailure, watchStandardStreams } from './command-run.js';
import { printable } from './terminal/display-text.js';
import { Command, CommanderError, unwrap } from './typed-commander.js';

/** Wrong use of a command, as distinct from 1, which is a failure while it ran. */
const EXIT_USAGE = 2;

const description = `Train, evaluate and use multi-label text classifiers on BERT encoders.

Models and encoders are named by a bundled name (all-MiniLM-L6-v2), a folder, a .zip, or a hub id
(owner/name[@revision]). Tables are .csv, .tsv, .jsonl (also as .gz or .zip) or .parquet; - is standard input.`;

const epilogue = `
Examples:
  $ polytag train comments.csv --out my-model
  $ polytag evaluate my-model test.csv
  $ polytag predict my-model new.csv --out scores.csv
  $ polytag predict my-model --text "Thank you, that helped."
  $ polytag train --help

Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted.
Data go to standard output, everything else to standard error.
NO_COLOR=1 leaves out styles. HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE are for the
hub; POLYTAG_CACHE says where polytag keeps its own cache.`;

function createProgram() {
  return (
    new Command('polytag')
      .description(unwrap(description))
      .version(packageVersion(), '-V, --version', 'print the version')
      .option('-q, --quiet', 'no progress, no warnings (also after the command)')
      .helpOption('-h, --help', 'print help; after a command, its own')
      .helpCommand('help [command]', 'print help for a command')
      .addHelpText('after', epilogue)
      .showHelpAfterError('(--help lists what can be given)')
      // What stands after a command is the command's: `--text "-Very good"` must not print the version.
      .enablePositionalOptions()
      .configureOutput({ outputError: writeUsageError })
      .exitOverride()
  );
}

type Program = ReturnType<typeof createProgram>;

/** Each adds its command; options and work are loaded only if it is the one that is called. */
const commands: Readonly<Record<string, (program: Program, called: boolean) => Promise<void>>> = {
  train: async (program, called) => {
    const command = program.command('train <table>').summary('train a classifier on a table');
    if (called) (await import('./commands/train.js')).defineTrain(command);
  },
  distill: async (program, called) => {
    const command = program
      .command('distill <teacher> <table>')
      .summary('train a classifier on what another one says of a table');
    if (called) (await import('./commands/distill.js')).defineDistill(command);
  },
  evaluate: async (program, called) => {
    const command = program
      .command('evaluate <model> <table>')
      .summary('measure a model on labelled rows');
    if (called) (await import('./commands/evaluate.js')).defineEvaluate(command);
  },
  predict: async (program, called) => {
    const command = program
      .command('predict <model> [table]')
      .summary('score the rows of a table, or a text');
    if (called) (await import('./commands/predict.js')).definePredict(command);
  },
  serve: async (program, called) => {
    const command = program
      .command('serve [models...]')
      .summary('serve models over HTTP, and a page for people');
    if (called) (await import('./commands/serve.js')).defineServe(command);
  },
  explain: async (program, called) => {
    const command = program
      .command('explain <model>')
      .summary('say what the scores of a text rest on');
    if (called) (await import('./commands/explain.js')).defineExplain(command);
  },
  thresholds: async (program, called) => {
    const command = program
      .command('thresholds <model> [table]')
      .summary('choose the scores from which labels are predicted');
    if (called) (await import('./commands/thresholds.js')).defineThresholds(command);
  },
  encode: async (program, called) => {
    const command = program.command('encode <encoder> [texts]').summary('turn texts into vectors');
    if (called) (await import('./commands/encode.js')).defineEncode(command);
  },
  convert: async (program, called) => {
    const command = program
      .command('convert <checkpoint>')
      .summary("make a Hugging Face folder of Google's checkpoint");
    if (called) (await import('./commands/convert.js')).defineConvert(command);
  },
  info: async (program, called) => {
    const command = program
      .command('info [ref]')
      .summary('describe a model, an encoder, or this machine');
    if (called) (await import('./commands/info.js')).defineInfo(command);
  },
};

/** Builds the program that `words` call. */
async function buildProgram(words: readonly string[]): Promise<Program> {
  const program = createProgram();
  // `polytag help train` calls for train as well.
  const called = words.filter((word) => !word.startsWith('-')).slice(0, 2);
  for (const [name, addCommand] of Object.entries(commands)) {
    await addCommand(program, called.includes(name));
  }
  return program;
}

/** Commander's sentence under our name, without anything that steers the terminal. */
function writeUsageError(text: string, write: (text: string) => void): void {
  const lines = text.trimEnd().split('\n').map(printable);
  write(`${lines.join('\n').replace(/^error: /, 'polytag: ')}\n`);
}

/**
 * Runs the program.
 *
 * @param words the arguments, without node and the program's name
 * @returns the exit code
 */
export async function runProgram(words: readonly string[]): Promise<number> {
  watchStandardStreams();
  try {
    const program = await buildProgram(words);
    await program.parseAsync([...words], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    return reportFailure(error);
  }
}
