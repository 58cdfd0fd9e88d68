// polytag predict: scores the rows of a table, or one text.
import type { MultiLabelClassifier, TextScores } from '../../classifier/index.js';
import type { OutputColumn, TableWriter, TextStream } from '../../data/index.js';
import {
  type CommandContext,
  printData,
  printJson,
  refuseUsage,
  runCommand,
} from '../command-run.js';
import { loadingOptions, serviceOption, withoutBlend } from '../model-loading.js';
import { wholeNumber } from '../option-parsers.js';
import { RowsInFlight } from '../rows-in-flight.js';
import { printable } from '../terminal/display-text.js';
import { describeScored, type ScoredCounts } from '../terminal/scoring.js';
import { formatTable } from '../terminal/table.js';
import { type NewCommand, Option, unwrap } from '../typed-commander.js';

const description = `Score the rows of a table (- is standard input), or one text.

Written are the columns that name the rows (id, ..), then one score a label, from 0 to 1, in the order of the
rows: the layout of Kaggle's submissions. Tables of any length are streamed in constant memory.`;

const examples = `
Examples:
  $ polytag predict my-model new.csv --out scores.csv
  $ polytag predict my-model new.jsonl.gz --out scores.parquet --predictions
  $ zcat new.csv.gz | polytag predict my-model - > scores.csv
  $ polytag predict my-model new.csv --json | head
  $ polytag predict my-model --text "Thank you, that helped."`;

const precision = new Option(
  '--precision <name>',
  'fp32, or int8: faster, with slightly other scores (`polytag info MODEL` says how much)',
)
  .choices(['fp32', 'int8'] as const)
  .default('fp32' as const);

/** Declares the command. */
export function definePredict(command: NewCommand<[string, string | undefined]>): void {
  command
    .description(unwrap(description))
    .option('--text <text>', 'score this text instead of a table')
    .option(
      '-o, --out <file>',
      '.csv, .tsv, .jsonl (each also with .gz) or .parquet; - is standard output, as CSV',
      '-',
    )
    .option(
      '--text-column <column>',
      "text column of the table (default: the training table's, or found by itself)",
    )
    .option(
      '--predictions',
      'add a column LABEL_predicted a label: 1 from its threshold up, else 0',
    )
    .addOption(precision)
    .option('--no-blend', withoutBlend)
    .option(
      '--workers <number>',
      'threads that score, from 1 (default: one a core)',
      wholeNumber(1),
    )
    .option('--encoder <address>', serviceOption)
    .option('--json', 'print JSON: for a table an object a row, for --text scores and thresholds')
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples)
    .action(async (model, table, flags, called) => {
      const contradiction = findContradiction(table, flags);
      if (contradiction !== undefined) refuseUsage(called, contradiction);
      const { text } = flags;
      const work = (context: CommandContext): Promise<void> =>
        text === undefined
          ? predictTable(model, table ?? '-', flags, context)
          : predictText(model, text, flags, context);
      // Progress would be drawn between the rows.
      const isOnScreen = text === undefined && flags.out === '-' && process.stdout.isTTY;
      await runCommand(called, work, { quiet: isOnScreen });
    });
}

interface PredictFlags {
  readonly text?: string | undefined;
  readonly out: string;
  readonly textColumn?: string | undefined;
  readonly predictions?: true | undefined;
  readonly precision: 'fp32' | 'int8';
  readonly blend: boolean;
  readonly workers?: number | undefined;
  readonly encoder?: string | undefined;
  readonly json?: true | undefined;
}

function findContradiction(
  table: string | undefined,
  { text, out, textColumn, predictions, json }: PredictFlags,
): string | undefined {
  if (table === undefined && text === undefined) {
    return 'there is nothing to score; give a table (- is standard input) or --text';
  }
  if (table !== undefined && text !== undefined) {
    return 'give a table or --text, not both; the text column of a table is --text-column';
  }
  if (text !== undefined && (out !== '-' || textColumn !== undefined || predictions === true)) {
    return '--out, --text-column and --predictions are for tables; --text prints its scores';
  }
  if (json === true && out !== '-') {
    return '--json prints to standard output; for a file give --out a name that ends with .jsonl';
  }
  return undefined;
}

async function predictText(
  model: string,
  text: string,
  flags: PredictFlags,
  context: CommandContext,
): Promise<void> {
  const classifier = await load(model, { ...flags, workers: 1 }, context);
  try {
    const { signal, progress } = context;
    for await (const result of classifier.predictStream([text], { signal })) {
      if ((result.truncated ?? 0) > 0) {
        const { maxLength } = classifier.info;
        const limit = result.windows > 1 ? `${result.windows} windows` : `${maxLength} tokens`;
        progress.say(`warning: the text is longer than ${limit} and was cut`);
      }
      printScores(classifier, result, flags.json === true);
    }
  } finally {
    await classifier.close();
  }
}

async function load(
  model: string,
  { precision, blend, workers, encoder }: PredictFlags,
  context: CommandContext,
): Promise<MultiLabelClassifier> {
  const { MultiLabelClassifier } = await import('../../classifier/index.js');
  const options = { ...loadingOptions(context), precision, blend, workers, encoder };
  return MultiLabelClassifier.load(model, options);
}

function printScores(
  { labels, thresholds }: MultiLabelClassifier,
  { scores, truncated, windows }: TextScores,
  asJson: boolean,
): void {
  if (asJson) {
    const byLabel = (values: ArrayLike<number>): Record<string, number> =>
      Object.fromEntries(labels.map((label, at) => [label, values[at]]));
    printJson({
      scores: byLabel(scores),
      thresholds: byLabel(thresholds),
      predicted: labels.filter((_, at) => scores[at] >= thresholds[at]),
      truncatedTokens: truncated,
      windows,
    });
    return;
  }
  const rows = labels.map((label, at) => [
    printable(label),
    scores[at].toFixed(4),
    thresholds[at].toFixed(4),
    scores[at] >= thresholds[at] ? 'yes' : '',
  ]);
  const columns = [
    { header: 'label', align: 'left' },
    { header: 'score', align: 'right' },
    { header: 'threshold', align: 'right' },
    { header: 'predicted', align: 'left' },
  ] as const;
  printData(formatTable(columns, rows, { stream: process.stdout }));
}

async function predictTable(
  model: string,
  table: string,
  flags: PredictFlags,
  context: CommandContext,
): Promise<void> {
  const { signal, progress } = context;
  const { streamTexts, TableWriter } = await import('../../data/index.js');
  const classifier = await load(model, flags, context);
  try {
    const textColumnHint = classifier.info.rows.textColumn;
    const input = await streamTexts(table, { text: flags.textColumn, textColumnHint, signal });
    try {
      const columns = outputColumns(input.idColumns, classifier.labels, flags);
      const format = flags.json === true ? 'jsonl' : undefined;
      const writer = await TableWriter.create(flags.out, { columns, format });
      try {
        const counts = await scoreRows(classifier, input, writer, flags, context);
        await writer.commit();
        progress.finish(`scored ${describeScored(counts, classifier.info)}`);
      } catch (error) {
        await writer.discard();
        throw error;
      }
    } finally {
      await input.close();
    }
  } finally {
    await classifier.close();
  }
}

/** Writes a row of scores for each row of the table. */
async function scoreRows(
  classifier: MultiLabelClassifier,
  input: TextStream,
  writer: TableWriter,
  { predictions }: PredictFlags,
  { signal, progress }: CommandContext,
): Promise<ScoredCounts> {
  const rows = new RowsInFlight(input.rows);
  const { thresholds } = classifier;
  const counts: { -readonly [Count in keyof ScoredCounts]: ScoredCounts[Count] } = {
    texts: 0,
    truncated: 0,
    windowed: 0,
  };
  const onProgress = (done: number): void => {
    progress.show({ phase: 'scoring', unit: 'texts', done });
  };
  onProgress(0);
  for await (const { scores, truncated, windows } of classifier.predictStream(rows.texts(), {
    signal,
    onProgress,
  })) {
    const predicted = predictions
      ? Array.from(scores, (score, at) => (score >= thresholds[at] ? 1 : 0))
      : [];
    await writer.write([...rows.takeIds(), ...scores, ...predicted]);
    counts.texts++;
    if (windows > 1) counts.windowed++;
    if (truncated === null) counts.truncated = null;
    else if (truncated > 0 && counts.truncated !== null) counts.truncated++;
    if (writer.readerGone) break;
  }
  return counts;
}

function outputColumns(
  ids: readonly string[],
  labels: readonly string[],
  { predictions }: PredictFlags,
): OutputColumn[] {
  return [
    ...ids.map((name): OutputColumn => ({ name, type: 'text' })),
    ...labels.map((name): OutputColumn => ({ name, type: 'float32' })),
    ...(predictions
      ? labels.map((name): OutputColumn => ({ name: `${name}_predicted`, type: 'integer' }))
      : []),
  ];
}
