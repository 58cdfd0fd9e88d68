// polytag evaluate: how good a model is on a table of labelled texts, with its baseline beside it.
import type { EvaluationProgress } from '../../classifier/index.js';
import { type CommandContext, printData, printJson, runCommand } from '../command-run.js';
import { loadingOptions, serviceOption, withoutBlend } from '../model-loading.js';
import { wholeNumber } from '../option-parsers.js';
import { formatEvaluation } from '../terminal/evaluation.js';
import { formatCount } from '../terminal/quantities.js';
import { describeLongTexts } from '../terminal/scoring.js';
import { type NewCommand, unwrap } from '../typed-commander.js';

const description = `Measure a model on labelled rows: each label, macro and micro, with 95 % intervals.

The linear baseline that was trained with the model stands beside it, on the same rows. Give rows that
training never saw. The table must have the model's labels; unknown ones (empty, -1) are left out.`;

const examples = `
Examples:
  $ polytag evaluate my-model test.csv
  $ polytag evaluate my-model test.csv --no-intervals
  $ polytag evaluate my-model test.csv --json > figures.json`;

/** Declares the command. */
export function defineEvaluate(command: NewCommand<[string, string]>): void {
  command
    .description(unwrap(description))
    .option('--text <column>', "text column (default: the training table's, or found by itself)")
    .option('--no-intervals', 'leave out the 95 % intervals, which take most of the time')
    .option(
      '--resamples <number>',
      'resamples of the rows behind the intervals, from 2',
      wholeNumber(2, 1_000_000),
      1000,
    )
    .option(
      '--seed <number>',
      'decides the resamples, 0 to 2147483647',
      wholeNumber(0, 2 ** 31 - 1),
      1,
    )
    .option('--no-blend', withoutBlend)
    .option(
      '--workers <number>',
      'threads that score, from 1 (default: one a core)',
      wholeNumber(1),
    )
    .option('--encoder <address>', serviceOption)
    .option('--json', 'print all figures as JSON instead of a table')
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples)
    .action(async (model, table, flags, called) => {
      await runCommand(called, (context) => evaluate(model, table, flags, context));
    });
}

interface EvaluateFlags {
  readonly text?: string | undefined;
  readonly intervals: boolean;
  readonly resamples: number;
  readonly seed: number;
  readonly blend: boolean;
  readonly workers?: number | undefined;
  readonly encoder?: string | undefined;
  readonly json?: true | undefined;
}

/** What each phase is called, and what it counts, if anything. */
const phases: Readonly<
  Record<EvaluationProgress['phase'], readonly [name: string, unit?: string]>
> = {
  reading: ['reading'],
  scoring: ['scoring', 'texts'],
  baseline: ['scoring with the baseline', 'texts'],
  measuring: ['intervals', 'resamples'],
};

async function evaluate(
  model: string,
  table: string,
  flags: EvaluateFlags,
  context: CommandContext,
): Promise<void> {
  const { signal, progress } = context;
  const { MultiLabelClassifier } = await import('../../classifier/index.js');
  const { text, blend, workers, encoder, resamples, seed } = flags;
  const classifier = await MultiLabelClassifier.load(model, {
    ...loadingOptions(context),
    blend,
    workers,
    encoder,
  });
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
      printJson(evaluation);
      return;
    }
    const { file, rows, truncated, windowed } = evaluation.rows;
    const report = formatEvaluation(evaluation.model, evaluation.baseline, {
      rows: `${formatCount(rows)} rows of ${file}`,
      intervals: flags.intervals,
      stream: process.stdout,
    });
    const counts = { texts: rows, truncated, windowed };
    printData(`${report}\n${describeLongTexts(counts, classifier.info)}`);
  } finally {
    await classifier.close();
  }
}
