// The flags of polytag train: what they are called, their ranges and defaults, and what they come to.
import type { Feature } from '../bert/index.js';
import type { LossSettings } from '../training/index.js';
import {
  decimal,
  parseFeatures,
  parseLayers,
  parseNames,
  parseValidation,
  poolingNames,
  truncationNames,
  wholeNumber,
} from './option-parsers.js';
import { scoringOptions } from './scoring-options.js';
import { parseTune, tuningOptions } from './tuning-options.js';
import { type NewCommand, Option } from './typed-commander.js';
import { validationOptions } from './validation-options.js';

const lossNames = [
  'normalized',
  'bce',
  'weighted',
  'focal',
  'asymmetric',
] as const satisfies readonly LossSettings['kind'][];

const fromZeroToOne = decimal('from 0 to 1', (value) => value >= 0 && value <= 1);
const exponent = decimal('from 0 to 100', (value) => value >= 0 && value <= 100);

const options = {
  out: new Option('-o, --out <folder>', 'model folder to write').makeOptionMandatory(),
  text: new Option('--text <column>', 'text column (default: found by itself)'),
  labels: new Option(
    '--labels <columns>',
    'label columns A,B,.. or the one column of label lists (default: found by themselves)',
  ).argParser(parseNames),
  validation: new Option(
    '--validation <share|table>',
    'rows that choose epoch and thresholds: a share of the table, above 0 and below 1, or a table (default: 0.1)',
  ).argParser(parseValidation),
  encoder: new Option(
    '--encoder <ref>',
    'bundled name, folder, .zip or hub id; or running services, tcp://HOST:PORT[/PORT_OUT],..',
  ).default('all-MiniLM-L6-v2'),
  maxLength: new Option(
    '--max-length <tokens>',
    "most tokens of a text, 3 to the encoder's positions (default: 128)",
  ).argParser(wholeNumber(3)),
  truncation: new Option(
    '--truncation <part>',
    'what stays of longer texts (default: head)',
  ).choices(truncationNames),
  features: new Option(
    '--features <list>',
    'what the head sees, POOLING:LAYER,.. (default: mean:-1,max:-1,first:-1,mean:-2)',
  ).argParser(parseFeatures),
  pooling: new Option(
    '--pooling <name>',
    'one pooling instead of --features (default with --layers: mean)',
  ).choices(poolingNames),
  layers: new Option(
    '--layers <list>',
    'layers of that pooling, side by side; negative from the last (default with --pooling: -2)',
  ).argParser(parseLayers),
  tune: new Option(
    '--tune <mode>',
    'what learns: head, or with it top:K (the K upper layers of the encoder), lora, full; auto chooses within --budget (default: auto; head with --recipe, --folds, --search, a teacher or the encoder of a service)',
  ).argParser(parseTune),
  recipe: new Option(
    '--recipe <year>',
    'settings of the 2019 project: 128 relu on mean:-2, dropout 0.8, focal loss; other flags override its parts',
  ).choices(['2019'] as const),
  loss: new Option('--loss <name>', 'loss, see docs/training.md (default: normalized)').choices(
    lossNames,
  ),
  focalAlpha: new Option(
    '--focal-alpha <share>',
    'focal loss: weight of positives, 0 to 1 (default: 0.1)',
  ).argParser(fromZeroToOne),
  focalGamma: new Option(
    '--focal-gamma <number>',
    'focal loss: exponent, 0 to 100 (default: 2)',
  ).argParser(exponent),
  asymmetricGammaPositive: new Option(
    '--asymmetric-gamma-positive <number>',
    'asymmetric loss: exponent of positives, 0 to 100 (default: 0)',
  ).argParser(exponent),
  asymmetricGammaNegative: new Option(
    '--asymmetric-gamma-negative <number>',
    'asymmetric loss: exponent of negatives, 0 to 100 (default: 4)',
  ).argParser(exponent),
  asymmetricClip: new Option(
    '--asymmetric-clip <share>',
    'asymmetric loss: taken off the score of negatives, 0 to 1 (default: 0.05)',
  ).argParser(fromZeroToOne),
  hidden: new Option(
    '--hidden <units>',
    'units of the hidden relu layer, 0 to 4096; 0 is a linear head (default: 128)',
  ).argParser(wholeNumber(0, 4096)),
  dropout: new Option(
    '--dropout <share>',
    'share of hidden units dropped in each step, 0 to below 1 (default: 0.5)',
  ).argParser(decimal('from 0 to below 1', (value) => value >= 0 && value < 1)),
  standardize: new Option(
    '--standardize',
    'bring features to mean 0 and deviation 1 (the default)',
  ),
  noStandardize: new Option('--no-standardize', 'take features as they are'),
  learningRate: new Option(
    '--learning-rate <number>',
    'peak learning rate of AdamW, above 0, at most 10 (default: 0.001)',
  ).argParser(decimal('above 0, at most 10', (value) => value > 0 && value <= 10)),
  schedule: new Option(
    '--schedule <name>',
    'course of the learning rate; linear falls to 0 (default: linear)',
  ).choices(['linear', 'constant'] as const),
  weightDecay: new Option(
    '--weight-decay <number>',
    'decoupled weight decay, 0 to 10; 0 is plain Adam (default: 0.1)',
  ).argParser(decimal('from 0 to 10', (value) => value >= 0 && value <= 10)),
  batchSize: new Option('--batch-size <rows>', 'rows a step, 1 to 65536 (default: 128)').argParser(
    wholeNumber(1, 65536),
  ),
  epochs: new Option(
    '--epochs <number>',
    'passes over the rows at most, 1 to 100000 (default: 12)',
  ).argParser(wholeNumber(1, 100_000)),
  patience: new Option(
    '--patience <epochs>',
    'epochs without a better validation figure before it stops, from 1 (default: 4)',
  ).argParser(wholeNumber(1)),
  seed: new Option(
    '--seed <number>',
    'decides split, first weights, order and dropout, 0 to 2147483647 (default: 1)',
  ).argParser(wholeNumber(0, 2 ** 31 - 1)),
  noBaseline: new Option('--no-baseline', 'leave out the linear n-gram baseline'),
  noCache: new Option('--no-cache', 'neither read nor keep encodings on disk'),
  workers: new Option(
    '--workers <number>',
    'threads that encode, from 1 (default: one a core)',
  ).argParser(wholeNumber(1)),
  overwrite: new Option('--overwrite', 'replace the model at --out once the new one is complete'),
  resume: new Option('--resume', 'go on where an interrupted run with the same flags stood'),
  json: new Option('--json', 'print the record of the model as JSON instead of a table'),
  quiet: new Option('-q, --quiet', 'no progress, no warnings'),
};

/** Declares the flags. */
export function addTrainOptions<Arguments extends string[]>(command: NewCommand<Arguments>) {
  return addFlagsOfRun(addFlagsOfModel(command));
}

function addFlagsOfModel<Arguments extends string[]>(command: NewCommand<Arguments>) {
  return command
    .optionsGroup('Data:')
    .addOption(options.out)
    .addOption(options.text)
    .addOption(options.labels)
    .addOption(options.validation)
    .addOption(validationOptions.metric)
    .addOption(validationOptions.folds)
    .addOption(validationOptions.search)
    .optionsGroup('Encoder:')
    .addOption(options.encoder)
    .addOption(options.maxLength)
    .addOption(options.truncation)
    .addOption(options.features)
    .addOption(options.pooling)
    .addOption(options.layers)
    .addOption(options.tune)
    .optionsGroup('Head:')
    .addOption(options.recipe)
    .addOption(options.loss)
    .addOption(options.focalAlpha)
    .addOption(options.focalGamma)
    .addOption(options.asymmetricGammaPositive)
    .addOption(options.asymmetricGammaNegative)
    .addOption(options.asymmetricClip)
    .addOption(options.hidden)
    .addOption(options.dropout)
    .addOption(options.standardize)
    .addOption(options.noStandardize)
    .optionsGroup('Optimizer:')
    .addOption(options.learningRate)
    .addOption(options.schedule)
    .addOption(options.weightDecay)
    .addOption(options.batchSize)
    .addOption(options.epochs)
    .addOption(options.patience)
    .addOption(options.seed);
}

function addFlagsOfRun<Arguments extends string[]>(
  command: ReturnType<typeof addFlagsOfModel<Arguments>>,
) {
  return command
    .optionsGroup('Fine-tuning:')
    .addOption(tuningOptions.budget)
    .addOption(tuningOptions.epochs)
    .addOption(tuningOptions.learningRate)
    .addOption(tuningOptions.headLearningRate)
    .addOption(tuningOptions.layerDecay)
    .addOption(tuningOptions.warmup)
    .addOption(tuningOptions.schedule)
    .addOption(tuningOptions.weightDecay)
    .addOption(tuningOptions.batchSize)
    .addOption(tuningOptions.tokenBudget)
    .addOption(tuningOptions.validations)
    .addOption(tuningOptions.patience)
    .addOption(tuningOptions.dropout)
    .addOption(tuningOptions.clip)
    .addOption(tuningOptions.labelSmoothing)
    .addOption(tuningOptions.sampleNegatives)
    .addOption(tuningOptions.embeddings)
    .addOption(tuningOptions.rank)
    .addOption(tuningOptions.alpha)
    .addOption(tuningOptions.targets)
    .optionsGroup('Scoring:')
    .addOption(scoringOptions.blend)
    .addOption(scoringOptions.windows)
    .addOption(scoringOptions.windowStride)
    .optionsGroup('Run:')
    .addOption(options.noBaseline)
    .addOption(options.noCache)
    .addOption(options.workers)
    .addOption(options.overwrite)
    .addOption(options.resume)
    .addOption(options.json)
    .addOption(options.quiet);
}

/** What the flags come to; what was not given is missing. */
export type TrainFlags = ReturnType<ReturnType<typeof addTrainOptions<[string]>>['opts']>;

/** The features that the flags ask for; undefined for the default ones. */
export function chooseFeatures({
  encoder,
  features,
  pooling,
  layers,
  recipe,
}: TrainFlags): Feature[] | undefined {
  if (features !== undefined) return features;
  // What a service was started with is its own affair; the recipe's features are a service's defaults.
  if (isServiceReference(encoder)) return undefined;
  if (pooling === undefined && layers === undefined && recipe === undefined) return undefined;
  return [{ pooling: pooling ?? 'mean', layers: layers ?? [-2] }];
}

/** Whether an encoder is named by addresses of running services. (The room of training says the same, but loads for longer.) */
export function isServiceReference(reference: string): boolean {
  return /^\s*tcp:\/\//i.test(reference);
}
