// polytag evaluate: how good a model is on a table of labelled texts, with its baseline beside it.
import type { Command } from 'commander';
import type { EvaluationProgress } from '../../classifier/index.js';
import { type CommandContext, printData, runCommand } from '../command-run.js';
import { parseCount } from '../option-parsers.js';
import { formatEvaluation } from '../terminal/evaluation.js';
import { formatCount } from '../terminal/quantities.js';

interface EvaluateFlags {
  readonly text?: string;
  readonly intervals: boolean;
  readonly resamples: number;
  readonly seed: number;
  readonly workers?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const examples = `
Examples:
  $ polytag evaluate my-model test.csv
  $ polytag evaluate my-model test.csv --json > figures.json`;

/** Adds the command to the program. */
export function addEvaluateCommand(program: Command): Command {
  return program
    .command('evaluate <model> <table>')
    .description(
      'Measure a model on labelled rows: per label, macro and micro, with 95 % intervals and the linear baseline.',
    )
    .option('--text <column>', "text column (default: the training table's, or found)")
    .option('--no-intervals', 'leave out the 95 % intervals')
    .option(
      '--resamples <number>',
      'resamples of the bootstrap behind the intervals',
      parseCount,
      1000,
    )
    .option('--seed <number>', 'seed of the bootstrap', parseCount, 1)
    .option('--workers <number>', 'worker threads (default: one a core)', parseCount)
    .option('--json', 'print all figures as JSON')
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples)
    .action(async (model: string, table: string, flags: EvaluateFlags) => {
      await runCommand((context) => evaluate(model, table, flags, context), { quiet: flags.quiet });
    });
}

const phases: Readonly<Record<EvaluationProgress['phase'], readonly [name: string, unit: string]>> =
  {
    reading: ['reading', 'tables'],
    scoring: ['scoring', 'texts'],
    baseline: ['baseline', 'texts'],
    measuring: ['intervals', 'resamples'],
  };

async function evaluate(
  model: string,
  table: string,
  flags: EvaluateFlags,
  { signal, progress }: CommandContext,
): Promise<void> {
  const { MultiLabelClassifier } = await import('../../classifier/index.js');
  const { text, workers, resamples, seed } = flags;
  const classifier = await MultiLabelClassifier.load(model, { workers, signal });
  try {
    const evaluation = await classifier.evaluate(table, {
      text,
      bootstrap: flags.intervals ? { resamples, seed } : false,
      signal,
      onProgress: ({ phase: key, done, total }) => {
        const [phase, unit] = phases[key];
        progress.show({ phase, unit, done, total });
      },
    });
    for (const warning of evaluation.rows.warnings) progress.say(`warning: ${warning}`);
    progress.finish('evaluated');
    if (flags.json === true) {
      printData(JSON.stringify(evaluation, null, 2));
      return;
    }
    const { file, rows, truncated } = evaluation.rows;
    const report = formatEvaluation(evaluation.model, evaluation.baseline, {
      rows: `${formatCount(rows)} rows of ${file}`,
      stream: process.stdout,
    });
    printData(
      `${report}\n\n${formatCount(truncated)} of ${formatCount(rows)} texts were longer than ${classifier.info.maxLength} tokens and cut`,
    );
  } finally {
    await classifier.close();
  }
}
