// polytag thresholds: chooses the scores from which labels are predicted, and stores them in the model folder.
import type { ThresholdGoal } from '../../classifier/index.js';
import {
  type CommandContext,
  printData,
  printJson,
  refuseUsage,
  runCommand,
} from '../command-run.js';
import { loadingOptions, serviceOption } from '../model-loading.js';
import { formatProposals } from '../terminal/thresholds.js';
import { InvalidArgumentError, type NewCommand, unwrap } from '../typed-commander.js';

const description = `Choose the score from which each label is predicted.

They are chosen on the rows of a table or, without one, on the scores of the validation rows that the model folder
keeps. Nothing changes without --write. Figures are those of the rows that chose, so they flatter.`;

const examples = `
Examples:
  $ polytag thresholds my-model --goal precision=.9
  $ polytag thresholds my-model labelled.csv --goal f2 --write
  $ polytag thresholds my-model logged.csv --goal rate=.02      texts need no labels
  $ polytag thresholds my-model --label toxic=0.4 --write`;

interface ThresholdsFlags {
  readonly goal?: ThresholdGoal | undefined;
  readonly label: Readonly<Record<string, number>>;
  readonly textColumn?: string | undefined;
  readonly write?: true | undefined;
  readonly encoder?: string | undefined;
  readonly json?: true | undefined;
}

/** Declares the command. */
export function defineThresholds(command: NewCommand<[string, string | undefined]>): void {
  command
    .description(unwrap(description))
    .option(
      '--goal <goal>',
      'f1, f2, precision=P, recall=R, fpr=F (false positives among negatives), rate=R (share of texts flagged)',
      parseGoal,
    )
    .option(
      '--label <label=threshold>',
      'a threshold to set by hand; may be given several times',
      parseThreshold,
      {},
    )
    .option('--text-column <column>', 'text column of the table')
    .option('--write', 'store the thresholds in the model folder')
    .option('--encoder <address>', serviceOption)
    .option('--json', 'print JSON')
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples)
    .action(async (model, table, flags, called) => {
      if (flags.goal === undefined && Object.keys(flags.label).length === 0) {
        refuseUsage(called, 'there is nothing to choose; give --goal or --label LABEL=THRESHOLD');
      }
      if (flags.write === true && model.toLowerCase().endsWith('.zip')) {
        refuseUsage(called, 'thresholds are stored in a model folder; unpack the .zip first');
      }
      await runCommand(called, (context) => choose(model, table, flags, context));
    });
}

async function choose(
  model: string,
  table: string | undefined,
  flags: ThresholdsFlags,
  context: CommandContext,
): Promise<void> {
  const { MultiLabelClassifier } = await import('../../classifier/index.js');
  const { signal, progress } = context;
  const options = { ...loadingOptions(context), encoder: flags.encoder };
  const classifier = await MultiLabelClassifier.load(model, options);
  try {
    const proposals = await classifier.proposeThresholds(table, {
      onWarning: options.onWarning,
      goal: flags.goal,
      byHand: flags.label,
      text: flags.textColumn,
      signal,
      onProgress: (done) => {
        progress.show({ phase: 'scoring', unit: 'texts', done });
      },
    });
    progress.close();
    const changes = Object.fromEntries(
      proposals.flatMap(({ label, proposed }): [string, number][] =>
        proposed === undefined ? [] : [[label, proposed.threshold]],
      ),
    );
    const isWritten = flags.write === true && Object.keys(changes).length > 0;
    if (isWritten) await classifier.storeThresholds(changes, describeReason(flags, table));
    const { version } = classifier.storedThresholds;
    if (flags.json === true) printJson({ proposals, written: isWritten, version });
    else {
      const written = isWritten ? version : undefined;
      const hasGoal = flags.goal !== undefined;
      printData(formatProposals(proposals, { written, hasGoal, stream: process.stdout }));
    }
  } finally {
    await classifier.close();
  }
}

/** What the history says of a change. */
function describeReason({ goal, label }: ThresholdsFlags, table: string | undefined): string {
  const hand = Object.entries(label).map(([name, value]) => `${name}=${value}`);
  const parts = ['polytag thresholds'];
  if (goal !== undefined) {
    const aim = 'value' in goal ? `${goal.kind}=${goal.value}` : goal.kind;
    parts.push(`${aim} on ${table ?? 'the validation rows'}`);
  }
  if (hand.length > 0) parts.push(`by hand ${hand.join(', ')}`);
  return parts.join('; ');
}

function parseGoal(word: string): ThresholdGoal {
  if (word === 'f1' || word === 'f2') return { kind: word };
  const [, name, share] = /^(precision|recall|fpr|rate)=(\d*\.?\d+)$/.exec(word) ?? [];
  const kind = (['precision', 'recall', 'fpr', 'rate'] as const).find((known) => known === name);
  const value = Number(share);
  if (kind !== undefined && value >= 0 && value <= 1) return { kind, value };
  throw new InvalidArgumentError(
    'Expected f1, f2, or precision, recall, fpr or rate with a share from 0 to 1, such as precision=.9.',
  );
}

function parseThreshold(
  word: string,
  before: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const at = word.lastIndexOf('=');
  const share = word.slice(at + 1);
  const value = share.trim() === '' ? Number.NaN : Number(share);
  if (at > 0 && value >= 0 && value <= 1) {
    return Object.fromEntries([...Object.entries(before), [word.slice(0, at), value]]);
  }
  throw new InvalidArgumentError('Expected LABEL=THRESHOLD with a threshold from 0 to 1.');
}
