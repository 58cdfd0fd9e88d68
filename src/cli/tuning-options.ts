// The flags of polytag train that fine-tune the encoder: what they are called, their ranges and defaults.
import type { AdaptableLayer, TuningPlan, TuningSettings } from '../training/index.js';
import { decimal, wholeNumber } from './option-parsers.js';
import { formatDuration } from './terminal/quantities.js';
import { InvalidArgumentError, Option } from './typed-commander.js';

/** What `--tune` says; `head` leaves the encoder as it is. */
export type TuneChoice =
  | { readonly kind: 'head' | 'lora' | 'full' | 'auto' }
  | { readonly kind: 'top'; readonly layers: number };

const layerNames = [
  'query',
  'key',
  'value',
  'attention',
  'intermediate',
  'output',
] as const satisfies readonly AdaptableLayer[];

/** `head`, `top:3`, `lora`, `full` or `auto`. */
export function parseTune(word: string): TuneChoice {
  const top = /^top:(\d{1,4})$/.exec(word);
  if (top !== null && Number(top[1]) > 0) return { kind: 'top', layers: Number(top[1]) };
  const kind = (['head', 'lora', 'full', 'auto'] as const).find((known) => known === word);
  if (kind !== undefined) return { kind };
  throw new InvalidArgumentError(
    'Expected head, top:K (the K upper layers, such as top:3), lora, full or auto.',
  );
}

const above0 = decimal('above 0, at most 10', (value) => value > 0 && value <= 10);
const below1 = decimal('from 0 to below 1', (value) => value >= 0 && value < 1);

export const tuningOptions = {
  budget: new Option(
    '--budget <time>',
    'with --tune auto: what the whole run may take, such as 90s, 10m, 1.5h (default: 10m)',
  ).argParser(parseTime),
  epochs: new Option(
    '--tune-epochs <number>',
    'passes over the rows in fine-tuning, above 0; 1.5 is one and a half (default: 2)',
  ).argParser(decimal('above 0, at most 10000', (value) => value > 0 && value <= 10_000)),
  learningRate: new Option(
    '--tune-learning-rate <number>',
    "peak learning rate of the encoder's weights, above 0, at most 10 (default: 0.0001; lora 0.0004)",
  ).argParser(above0),
  headLearningRate: new Option(
    '--tune-head-learning-rate <number>',
    'peak learning rate of the head meanwhile, above 0, at most 10 (default: 0.0005)',
  ).argParser(above0),
  layerDecay: new Option(
    '--layer-decay <factor>',
    "each layer's learning rate over that of the layer above, above 0, at most 1 (default: 1)",
  ).argParser(decimal('above 0, at most 1', (value) => value > 0 && value <= 1)),
  warmup: new Option(
    '--warmup <share>',
    'share of the steps over which the learning rate rises, 0 to below 1 (default: 0.05)',
  ).argParser(below1),
  schedule: new Option(
    '--tune-schedule <name>',
    'how the learning rate falls afterwards (default: linear)',
  ).choices(['linear', 'cosine', 'constant'] as const),
  weightDecay: new Option(
    '--tune-weight-decay <number>',
    "decoupled decay of the encoder's matrices, 0 to 10 (default: 0.01)",
  ).argParser(decimal('from 0 to 10', (value) => value >= 0 && value <= 10)),
  batchSize: new Option(
    '--tune-batch-size <rows>',
    'rows a step, 1 to 65536 (default: 32)',
  ).argParser(wholeNumber(1, 65536)),
  tokenBudget: new Option(
    '--token-budget <tokens>',
    'tokens that go through the encoder at once; larger batches are accumulated (default: 4096)',
  ).argParser(wholeNumber(1)),
  validations: new Option(
    '--validations <number>',
    'how often an epoch is measured on the validation rows, from 1 (default: 2)',
  ).argParser(wholeNumber(1, 1000)),
  patience: new Option(
    '--tune-patience <number>',
    'measurements without a better validation macro ROC-AUC before it stops, from 1 (default: 6)',
  ).argParser(wholeNumber(1)),
  dropout: new Option(
    '--encoder-dropout <share>',
    'dropout in the encoder, 0 to below 1 (default: 0.1)',
  ).argParser(below1),
  clip: new Option(
    '--clip-norm <number>',
    "largest norm of a step's gradients, above 0 (default: 1)",
  ).argParser(decimal('above 0', (value) => value > 0)),
  labelSmoothing: new Option(
    '--label-smoothing <share>',
    'how far targets move towards 0.5, 0 to below 1 (default: 0)',
  ).argParser(below1),
  sampleNegatives: new Option(
    '--sample-negatives <share>',
    'rows without any label that each epoch learns from: a share, 0.1 to 1, or auto; hard ones always, easy ones in turn, counting for the others (default: all)',
  ).argParser(parseNegatives),
  embeddings: new Option('--tune-embeddings', 'with --tune full: the embeddings learn too'),
  rank: new Option('--lora-rank <number>', 'with --tune lora: rank, from 1 (default: 8)').argParser(
    wholeNumber(1, 4096),
  ),
  alpha: new Option(
    '--lora-alpha <number>',
    'with --tune lora: what the product is scaled by is alpha / rank (default: 16)',
  ).argParser(decimal('above 0', (value) => value > 0)),
  targets: new Option(
    '--lora-targets <list>',
    `with --tune lora: some of ${layerNames.join(',')} (default: query,value)`,
  ).argParser(parseTargets),
};

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** A time in seconds: `600`, `90s`, `10m`, `1.5h`. */
function parseTime(word: string): number {
  const found = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(word.trim());
  const seconds = Number(found?.[1]) * (unitSeconds[found?.[2] ?? 's'] ?? Number.NaN);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new InvalidArgumentError('Expected a time such as 90s, 10m or 1.5h.');
}

const negativeShare = decimal('from 0.1 to 1', (value) => value >= 0.1 && value <= 1);

function parseNegatives(word: string): number | 'auto' {
  return word === 'auto' ? word : negativeShare(word);
}

function parseTargets(word: string): AdaptableLayer[] {
  return word.split(',').map((name) => {
    const target = layerNames.find((layer) => layer === name.trim());
    if (target !== undefined) return target;
    throw new InvalidArgumentError(`Expected some of ${layerNames.join(',')}.`);
  });
}

/** What the flags of fine-tuning hold; what was not given is missing. */
export interface TuningFlags {
  /** Missing: a plan, where there can be one. */
  readonly tune?: TuneChoice | undefined;
  readonly budget?: number | undefined;
  readonly tuneEpochs?: number | undefined;
  readonly tuneLearningRate?: number | undefined;
  readonly tuneHeadLearningRate?: number | undefined;
  readonly layerDecay?: number | undefined;
  readonly warmup?: number | undefined;
  readonly tuneSchedule?: TuningSettings['schedule'] | undefined;
  readonly tuneWeightDecay?: number | undefined;
  readonly tuneBatchSize?: number | undefined;
  readonly tokenBudget?: number | undefined;
  readonly validations?: number | undefined;
  readonly tunePatience?: number | undefined;
  readonly encoderDropout?: number | undefined;
  readonly clipNorm?: number | undefined;
  readonly labelSmoothing?: number | undefined;
  readonly sampleNegatives?: number | 'auto' | undefined;
  readonly tuneEmbeddings?: true | undefined;
  readonly loraRank?: number | undefined;
  readonly loraAlpha?: number | undefined;
  readonly loraTargets?: readonly AdaptableLayer[] | undefined;
}

/** What makes a plan by itself impossible; what is not there is not asked for. */
interface PlanHindrances {
  readonly encoder: string;
  readonly recipe?: string | undefined;
  readonly folds?: number | undefined;
  readonly search?: number | undefined;
}

/** What learns: what `--tune` says, or else what a plan chooses where there can be one. */
export function settleTune(
  { tune, ...flags }: TuningFlags & PlanHindrances,
  hasTeacher = false,
): { readonly tune: TuneChoice; readonly reason?: string | undefined } {
  if (tune !== undefined) return { tune };
  const reason = findHindrance(flags, hasTeacher);
  return reason === undefined ? { tune: { kind: 'auto' } } : { tune: { kind: 'head' }, reason };
}

function findHindrance(
  { encoder, recipe, folds, search }: PlanHindrances,
  hasTeacher: boolean,
): string | undefined {
  if (/^\s*tcp:\/\//i.test(encoder)) return 'the encoder of a running service is not at hand';
  if (recipe !== undefined) return `the recipe of ${recipe} leaves the encoder as it is`;
  if (folds !== undefined) return 'a time is planned for one training, not for folds';
  if (search !== undefined) return 'the search tries what learns';
  return hasTeacher ? 'a time is planned for training on labels, not on a teacher' : undefined;
}

/** How a run with a budget goes about it, how long each part takes, and how to get more or the same again. */
export function describeTuningPlan(plan: TuningPlan, budget: number): string {
  const { settings, reason, maxLength, seconds, stepSeconds } = plan;
  const within = `within ${formatDuration(1000 * budget)}`;
  const encoding = `encoding ${formatDuration(1000 * seconds.encoding)}`;
  if (settings === undefined) {
    return reason === 'few rows'
      ? 'the head alone learns: the rows are too few to tell whether fine-tuning made the encoder better (--tune top:K does it all the same)'
      : `${within} there is time for the head alone${stepSeconds === undefined ? ` (${encoding})` : ''}; a longer --budget fine-tunes the encoder`;
  }
  const { mode, epochs, batchSize } = settings;
  const word = mode.kind === 'top' ? `top:${mode.layers}` : mode.kind;
  const flags = `--tune ${word} --max-length ${maxLength} --tune-batch-size ${batchSize} --tune-epochs ${epochs}`;
  const tuning = `fine-tuning ${formatDuration(1000 * seconds.tuning)}`;
  return stepSeconds === undefined
    ? `${within}: ${flags}, about ${encoding}, ${tuning}; for more give a longer --budget`
    : `a step takes ${stepSeconds.toFixed(2)} s, ${tuning}: the same again with ${flags}`;
}

/** The sentence about a flag that has no effect on the chosen mode; undefined if there is none. */
export function findIdleTuningFlag(all: TuningFlags & PlanHindrances): string | undefined {
  const { tune: said, ...flags } = all;
  const { tune } = settleTune(all);
  if (flags.budget !== undefined && tune.kind !== 'auto') {
    return said === undefined
      ? `--budget has an effect with --tune auto only, and here ${settleTune(all).reason ?? ''}`
      : '--budget has an effect with --tune auto only';
  }
  const { tuneEmbeddings, loraRank, loraAlpha, loraTargets } = flags;
  if (tuneEmbeddings !== undefined && tune.kind !== 'full') {
    return '--tune-embeddings has an effect with --tune full only';
  }
  if ((loraRank ?? loraAlpha ?? loraTargets) !== undefined && tune.kind !== 'lora') {
    return '--lora-rank, --lora-alpha and --lora-targets have an effect with --tune lora only';
  }
  const { tuneEpochs, tuneLearningRate, tuneHeadLearningRate, tuneBatchSize } = flags;
  const rates = tuneLearningRate ?? tuneHeadLearningRate;
  const given = tuneEpochs ?? rates ?? tuneBatchSize ?? flags.sampleNegatives;
  return given !== undefined && (tune.kind === 'head' || tune.kind === 'auto')
    ? '--tune-epochs, --tune-learning-rate, --tune-head-learning-rate, --tune-batch-size and --sample-negatives need --tune top:K, lora or full'
    : undefined;
}
