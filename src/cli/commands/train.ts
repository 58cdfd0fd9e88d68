// polytag train: from a table to a model folder.
import type { Command } from 'commander';
import type { Feature } from '../../bert/index.js';
import type { HeadSettings, LossSettings, TrainingProgress } from '../../training/index.js';
import { type CommandContext, printData, runCommand } from '../command-run.js';
import { formatEvaluation } from '../terminal/evaluation.js';
import type { Step } from '../terminal/progress-line.js';
import { formatCount } from '../terminal/quantities.js';
import {
  addDataOptions,
  addHeadOptions,
  addRunOptions,
  type TrainFlags,
} from '../train-options.js';

const examples = `
Examples:
  $ polytag train comments.csv --out my-model
  $ polytag train train.csv.zip --out toxic --text comment_text --labels toxic,insult --validation 0.2
  $ polytag train comments.csv --out old-recipe --recipe 2019 --encoder uncased_L-12_H-768_A-12/
  $ polytag train comments.csv --out my-model --resume        go on after an interruption`;

/** Adds the command to the program. */
export function addTrainCommand(program: Command): Command {
  const command = program
    .command('train <table>')
    .description(
      'Train a classifier on a table of texts and labels (.csv, .tsv, .jsonl, .parquet; .gz, .zip; - for stdin).',
    )
    .requiredOption('-o, --out <folder>', 'the model folder to write');
  addDataOptions(command);
  addHeadOptions(command);
  addRunOptions(command);
  return command.addHelpText('after', examples).action(async (table: string, flags: TrainFlags) => {
    checkTune(command, flags.tune);
    await runCommand((context) => train(table, flags, context), {
      quiet: flags.quiet,
      afterInterruption: 'the same command with --resume goes on from here',
    });
  });
}

function checkTune(command: Command, tune: string): void {
  if (tune === 'head') return;
  const known = /^(top:\d+|lora|full|auto)$/.test(tune);
  command.error(
    known
      ? `error: --tune ${tune} is fine-tuning, which this version does not do yet; it trains the head on the frozen encoder (--tune head)`
      : `error: --tune is "${tune}"; expected head`,
  );
}

async function train(
  table: string,
  flags: TrainFlags,
  { signal, progress }: CommandContext,
): Promise<void> {
  const { MultiLabelClassifier } = await import('../../classifier/index.js');
  const { text, labels, validation, encoder, maxLength, truncation, workers, resume } = flags;
  const classifier = await MultiLabelClassifier.train({
    table,
    out: flags.out,
    text,
    labels,
    validation,
    encoder,
    maxLength,
    truncation,
    workers,
    resume,
    features: chooseFeatures(flags),
    head: await chooseHead(flags),
    baseline: flags.baseline,
    cache: flags.cache ? undefined : false,
    overwrite: flags.overwrite,
    signal,
    onProgress: (news) => {
      progress.show(describeStep(news));
    },
    onWarning: (sentence) => {
      progress.say(`warning: ${sentence}`);
    },
  });
  const { info, folder } = classifier;
  await classifier.close();
  progress.finish(`wrote ${flags.out}`);
  if (flags.json === true) {
    printData(JSON.stringify({ folder, ...info }, null, 2));
    return;
  }
  const { rows, bestEpoch, history } = info;
  const total = rows.train + rows.validation;
  const cut = `${formatCount(rows.truncated)} of ${formatCount(total)} texts were longer than ${info.maxLength} tokens and cut`;
  const chosen = `${formatCount(rows.validation)} validation rows, which chose epoch ${bestEpoch} of ${history.length} and the thresholds: such figures flatter`;
  const report = formatEvaluation(info.validation, info.baseline?.validation, {
    rows: chosen,
    stream: process.stdout,
  });
  printData(
    `${report}\n\n${cut}\n\nNext: polytag evaluate ${flags.out} TEST_TABLE   (rows that training never saw)\n      polytag predict ${flags.out} TABLE --out scores.csv`,
  );
}

/** What each phase is called, and what it counts. */
const phases: Readonly<Record<TrainingProgress['phase'], readonly [name: string, unit: string]>> = {
  reading: ['reading', 'tables'],
  encoding: ['encoding', 'texts'],
  training: ['training', 'epochs'],
  'baseline-reading': ['baseline: reading n-grams', 'texts'],
  'baseline-fitting': ['baseline: fitting', 'labels'],
  evaluating: ['choosing thresholds', 'steps'],
  saving: ['saving', 'steps'],
};

function describeStep({ phase: phaseKey, done, total, note }: TrainingProgress): Step {
  const [phase, unit] = phases[phaseKey];
  return { phase, unit, done, total, note };
}

function chooseFeatures({ features, pooling, layers, recipe }: TrainFlags): Feature[] | undefined {
  if (features !== undefined) return features;
  if (pooling !== undefined || layers !== undefined || recipe === '2019') {
    return [{ pooling: pooling ?? 'mean', layers: layers ?? [-2] }];
  }
  return undefined;
}

async function chooseHead(flags: TrainFlags): Promise<Partial<HeadSettings>> {
  const { recipe2019 } = await import('../../training/index.js');
  const base: Partial<HeadSettings> = flags.recipe === '2019' ? recipe2019 : {};
  const given = {
    hiddenUnits: flags.hidden,
    dropout: flags.dropout,
    standardize: flags.standardize ? undefined : false,
    loss: await chooseLoss(flags, base.loss),
    learningRate: flags.learningRate,
    schedule: flags.schedule,
    weightDecay: flags.weightDecay,
    batchSize: flags.batchSize,
    epochs: flags.epochs,
    patience: flags.patience,
    seed: flags.seed,
  };
  const isGiven = ([, value]: [string, unknown]): boolean => value !== undefined;
  const overrides: Partial<HeadSettings> = Object.fromEntries(
    Object.entries(given).filter(isGiven),
  );
  return { ...base, ...overrides };
}

async function chooseLoss(
  { loss: kind, focalAlpha, focalGamma }: TrainFlags,
  fromRecipe: LossSettings | undefined,
): Promise<LossSettings | undefined> {
  const { defaultLoss } = await import('../../training/index.js');
  const loss = kind === undefined ? fromRecipe : defaultLoss(kind);
  if (loss?.kind !== 'focal') return loss;
  return { ...loss, alpha: focalAlpha ?? loss.alpha, gamma: focalGamma ?? loss.gamma };
}
