// polytag train: from a table to a model folder.
import { existsSync } from 'node:fs';
import type { MultiLabelClassifier, TrainOptions, TeacherOptions } from '../../classifier/index.js';
import type { HeadSettings } from '../../training/index.js';
import {
  type CommandContext,
  printData,
  printJson,
  refuseUsage,
  runCommand,
} from '../command-run.js';
import { loadingOptions } from '../model-loading.js';
import { chooseScoring } from '../scoring-options.js';
import { formatEvaluation } from '../terminal/evaluation.js';
import { formatBytes, formatCount } from '../terminal/quantities.js';
import { describeBlend, describeTrainingTexts } from '../terminal/scoring.js';
import { formatFolds, formatSearch } from '../terminal/selection.js';
import { findContradiction } from '../train-contradictions.js';
import {
  addTrainOptions,
  chooseFeatures,
  isServiceReference,
  type TrainFlags,
} from '../train-options.js';
import { describeTeacher } from '../terminal/teacher.js';
import { TrainingNews } from '../training-news.js';
import { describeTuningPlan, settleTune } from '../tuning-options.js';
import { type NewCommand, unwrap } from '../typed-commander.js';

const description = `Train a classifier on a table of texts and labels, and write it as a model folder.

A dense head on the encoder's vectors is trained, then the encoder with it as far as --budget allows, and a linear
n-gram model beside it for comparison. --tune says what learns instead. Rows held back choose the best epoch and the thresholds. An interrupted run goes on with --resume.`;

const examples = `
Examples:
  $ polytag train comments.csv --out my-model
  $ polytag train comments.csv --out my-model --budget 1h     the best within an hour
  $ polytag train train.csv.zip --out toxic --text comment_text --labels toxic,insult --validation 0.2
  $ polytag train train.csv --out my-model --validation held-out.csv --loss focal --focal-gamma 1.5
  $ polytag train comments.csv --out my-model --tune top:3 --tune-epochs 3
  $ polytag train comments.csv --out old-recipe --recipe 2019 --encoder uncased_L-12_H-768_A-12/
  $ polytag train comments.csv --out my-model --encoder tcp://10.0.0.7:5555,tcp://10.0.0.8:5555
  $ polytag train comments.csv --out my-model --folds 5       figures over folds, and scores of every row
  $ polytag train comments.csv --out my-model --search 9      the best of nine settings
  $ polytag train comments.csv --out my-model --resume        go on after an interruption`;

/** Declares the command. */
export function defineTrain(command: NewCommand<[string]>): void {
  addTrainOptions(command.description(unwrap(description)))
    .addHelpText('after', examples)
    .action(async (table, flags, called) => {
      const contradiction = findContradiction(table, flags);
      if (contradiction !== undefined) refuseUsage(called, contradiction);
      await runCommand(called, (context) => train(table, flags, context), {
        afterInterruption: () => describeRest(flags),
      });
    });
}

/** Trains, and prints what came of it. @param teacher whom the model learns from; default: the table's labels */
export async function train(
  table: string,
  flags: TrainFlags,
  context: CommandContext,
  teacher?: TeacherOptions,
): Promise<void> {
  const { signal, progress } = context;
  // A wrong reference is told before the table is read, and a download shows how far it is.
  await checkEncoder(flags.encoder, context);
  const { MultiLabelClassifier } = await import('../../classifier/index.js');
  const { chooseBudget, chooseHead, chooseSearch, chooseTuning } = await import(
    '../train-settings.js'
  );
  const { text, labels, validation, encoder, maxLength, truncation, workers, resume } = flags;
  const head = chooseHead(flags);
  progress.say(describePlan(flags, head, teacher));
  const budget = chooseBudget(flags, teacher !== undefined);
  const { reason } = settleTune(flags, teacher !== undefined);
  if (reason !== undefined) progress.say(`the encoder is not fine-tuned: ${reason}`);
  const classifier = await MultiLabelClassifier.train({
    table,
    teacher,
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
    head,
    tuning: chooseTuning(flags),
    budget,
    folds: flags.folds,
    search: chooseSearch(flags),
    baseline: flags.baseline,
    ...chooseScoring(flags),
    cache: flags.cache ? undefined : false,
    overwrite: flags.overwrite,
    signal,
    ...listenersFor(progress, budget),
  });
  await classifier.close();
  progress.finish(`wrote ${flags.out}`);
  printOutcome(classifier, flags);
}

/** What is told while a model is trained. */
function listenersFor(
  progress: CommandContext['progress'],
  budget = 0,
): Pick<TrainOptions, 'onNeeds' | 'onPlan' | 'onProgress' | 'onWarning'> {
  const news = new TrainingNews();
  return {
    onNeeds: ({ needs, available }) => {
      progress.say(
        `needs: about ${formatBytes(needs.memory)} of ${formatBytes(available.memory)} memory, ${formatBytes(needs.disk)} of ${formatBytes(available.disk)} free on disk`,
      );
    },
    onPlan: (plan) => {
      progress.say(`plan: ${describeTuningPlan(plan, budget)}`);
    },
    onProgress: (told) => {
      progress.show(news.describe(told));
    },
    onWarning: (sentence) => {
      progress.say(`warning: ${sentence}`);
    },
  };
}

async function checkEncoder(reference: string, context: CommandContext): Promise<void> {
  const options = { ...loadingOptions(context), onWarning: undefined };
  if (isServiceReference(reference)) {
    const { openServices } = await import('../../training/index.js');
    const services = await openServices(reference, options);
    await services.close();
    return;
  }
  const { resolveReference } = await import('../../weights/index.js');
  await resolveReference(reference, options);
}

/** How to go on after an interruption. */
export function describeRest({ out, cache }: TrainFlags): string {
  if (existsSync(`${out}.training`)) {
    return `give the same command with --resume to go on (its state is in ${out}.training)`;
  }
  return cache
    ? 'give the same command again: the texts that are encoded need not be encoded anew'
    : 'nothing is left of this run';
}

function describePlan(
  flags: TrainFlags,
  { hiddenUnits, epochs, loss }: HeadSettings,
  teacher: TeacherOptions | undefined,
): string {
  const features = chooseFeatures(flags)?.map(
    ({ pooling, layers }) => `${pooling}:${layers.join('+')}`,
  );
  const otherwise = isServiceReference(flags.encoder)
    ? "the service's vectors"
    : 'the default features';
  const head = hiddenUnits === 0 ? 'a linear head' : `a head of ${hiddenUnits} relu units`;
  return [
    `plan: encode with ${flags.encoder}`,
    `train ${head} on ${features?.join(',') ?? otherwise}`,
    ...(teacher === undefined ? [] : [`learn from ${teacher.model}`]),
    `${loss.kind} loss, at most ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`,
    flags.baseline
      ? `a linear baseline beside it${flags.blend === true ? ', blended with it' : ''}`
      : 'no baseline',
    ...(flags.search === undefined ? [] : [`first a search among ${flags.search} settings`]),
    ...(flags.folds === undefined ? [] : [`the same over ${flags.folds} folds`]),
    `write ${flags.out}`,
  ].join('; ');
}

function printOutcome({ folder, info }: MultiLabelClassifier, flags: TrainFlags): void {
  if (flags.json === true) {
    printJson({ folder, ...info });
    return;
  }
  const { rows, bestEpoch, history } = info;
  const stream = { stream: process.stdout };
  const searched = formatSearch(info, stream);
  const folded = formatFolds(info.folds, stream);
  const report = formatEvaluation(info.validation, info.baseline?.validation, {
    rows: `the ${formatCount(rows.validation)} validation rows, which chose epoch ${bestEpoch} of ${history.length}${info.folds === undefined ? ' and the thresholds' : ''}: on other rows expect less`,
    stream: process.stdout,
  });
  printData(`${[searched, report, folded].filter((part) => part !== '').join('\n')}
${[describeTrainingTexts(info), ...describeBlend(info), ...describeTeacher(info)].join('\n')}${describeService(info)}

Next:
  polytag evaluate ${quoteWord(flags.out)} TEST_TABLE               on rows that training never saw
  polytag predict ${quoteWord(flags.out)} TABLE --out scores.csv    score new rows`);
}

/** What a model lacks that was trained on a service; empty for others. */
function describeService({ encoder }: MultiLabelClassifier['info']): string {
  if (encoder.service === undefined) return '';
  return `
The folder holds the head only: the service (${encoder.reference}) must run for it to score texts, and files of
Hugging Face's layout, which need the encoder's weights, are not in it.`;
}

/** A word as a shell takes it. */
function quoteWord(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
