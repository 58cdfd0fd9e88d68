// polytag predict: scores the rows of a table, or one text.
import { Option, type Command } from 'commander';
import type { MultiLabelClassifier } from '../../classifier/index.js';
import type { OutputCell, OutputColumn, TextRow } from '../../data/index.js';
import { type CommandContext, printData, runCommand } from '../command-run.js';
import { parseCount } from '../option-parsers.js';
import { printable } from '../terminal/display-text.js';
import { formatTable } from '../terminal/table.js';

interface PredictFlags {
  readonly text?: string;
  readonly out: string;
  readonly textColumn?: string;
  readonly predictions?: boolean;
  readonly precision: 'fp32' | 'int8';
  readonly workers?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const examples = `
Examples:
  $ polytag predict my-model new.csv --out scores.csv      id columns, then a score a label
  $ polytag predict my-model new.jsonl.gz --out scores.parquet --predictions
  $ cat new.csv | polytag predict my-model - > scores.csv
  $ polytag predict my-model --text "Thank you, that helped."`;

/** Adds the command to the program. */
export function addPredictCommand(program: Command): Command {
  const command = program
    .command('predict <model> [table]')
    .description(
      'Score texts: the rows of a table (- for stdin), streamed in constant memory, or one text.',
    )
    .option('--text <text>', 'score this text instead of a table')
    .option(
      '-o, --out <file>',
      '.csv, .tsv, .jsonl (also .gz) or .parquet; - for CSV on stdout',
      '-',
    )
    .option('--text-column <column>', "text column (default: the training table's, or found)")
    .option(
      '--predictions',
      "add a 0/1 column a label: whether the score reaches the label's threshold",
    )
    .addOption(
      new Option('--precision <name>', 'int8 is faster and slightly less exact')
        .choices(['fp32', 'int8'])
        .default('fp32'),
    )
    .option('--workers <number>', 'worker threads (default: one a core)', parseCount)
    .option('--json', 'with --text: print the scores as JSON')
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples);
  return command.action(async (model: string, table: string | undefined, flags: PredictFlags) => {
    const { text } = flags;
    if ((table === undefined) === (text === undefined)) {
      command.error('error: give a table or --text, and not both');
    }
    await runCommand(
      (context) =>
        text === undefined
          ? predictTable(model, table ?? '-', flags, context)
          : predictText(model, text, flags, context),
      { quiet: flags.quiet },
    );
  });
}

async function load(
  model: string,
  { precision, workers }: PredictFlags,
  signal: AbortSignal,
): Promise<MultiLabelClassifier> {
  const { MultiLabelClassifier } = await import('../../classifier/index.js');
  return MultiLabelClassifier.load(model, { precision, workers, signal });
}

async function predictText(
  model: string,
  text: string,
  flags: PredictFlags,
  { signal }: CommandContext,
): Promise<void> {
  const classifier = await load(model, { ...flags, workers: 1 }, signal);
  try {
    const [scores] = await classifier.predict([text], { signal });
    const { labels, thresholds } = classifier;
    if (flags.json === true) {
      printData(
        JSON.stringify({
          scores,
          thresholds: Object.fromEntries(labels.map((label, at) => [label, thresholds[at]])),
        }),
      );
      return;
    }
    const rows = labels.map((label, at) => [
      printable(label),
      scores[label].toFixed(4),
      thresholds[at].toFixed(4),
      scores[label] >= thresholds[at] ? 'yes' : '',
    ]);
    const columns = [
      { header: 'label', align: 'left' },
      { header: 'score', align: 'right' },
      { header: 'threshold', align: 'right' },
      { header: 'predicted', align: 'left' },
    ] as const;
    printData(formatTable(columns, rows, { stream: process.stdout }));
  } finally {
    await classifier.close();
  }
}

async function predictTable(
  model: string,
  table: string,
  flags: PredictFlags,
  { signal, progress }: CommandContext,
): Promise<void> {
  const { streamTexts, TableWriter } = await import('../../data/index.js');
  const classifier = await load(model, flags, signal);
  try {
    const textColumnHint = classifier.info.rows.textColumn;
    const input = await streamTexts(table, { text: flags.textColumn, textColumnHint, signal });
    const columns = outputColumns(input.idColumns, classifier.labels, flags.predictions === true);
    const writer = await TableWriter.create(flags.out, { columns });
    try {
      const rows = await scoreRows(classifier, input.rows, { flags, signal, writer, progress });
      await writer.commit();
      progress.finish(`scored ${rows} rows of ${input.file}`);
    } catch (error) {
      await writer.discard();
      throw error;
    } finally {
      await input.close();
    }
  } finally {
    await classifier.close();
  }
}

interface Scoring extends CommandContext {
  readonly flags: PredictFlags;
  readonly writer: {
    readonly readerGone: boolean;
    write(row: readonly OutputCell[]): Promise<void>;
  };
}

/** Writes a row of scores for each row. @returns the number of rows */
async function scoreRows(
  classifier: MultiLabelClassifier,
  rows: AsyncIterable<TextRow>,
  { flags, signal, writer, progress }: Scoring,
): Promise<number> {
  // Scores come in the order of the texts, some thousand rows later: their ids wait here.
  const waiting: (readonly string[])[] = [];
  async function* takeTexts(): AsyncGenerator<string, void, undefined> {
    for await (const { ids, text } of rows) {
      waiting.push(ids);
      yield text;
    }
  }
  const { thresholds } = classifier;
  let done = 0;
  progress.show({ phase: 'scoring', unit: 'rows', done });
  for await (const { scores } of classifier.predictStream(takeTexts(), { signal })) {
    const ids = waiting.shift() ?? [];
    const predicted =
      flags.predictions === true
        ? Array.from(scores, (score, at) => Number(score >= thresholds[at]))
        : [];
    await writer.write([...ids, ...scores, ...predicted]);
    done++;
    progress.show({ phase: 'scoring', unit: 'rows', done });
    if (writer.readerGone) break;
  }
  return done;
}

function outputColumns(
  ids: readonly string[],
  labels: readonly string[],
  withPredictions: boolean,
): OutputColumn[] {
  return [
    ...ids.map((name): OutputColumn => ({ name, type: 'text' })),
    ...labels.map((name): OutputColumn => ({ name, type: 'float32' })),
    ...(withPredictions
      ? labels.map((name): OutputColumn => ({ name: `${name}_predicted`, type: 'integer' }))
      : []),
  ];
}
