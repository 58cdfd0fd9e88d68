// Draws settings at random: a pure function of seed, number, and what may vary.
import { RandomSource } from '../../data/index.js';
import type { ModelSettings } from '../model-fit.js';
import { defaultLoss, lossKinds } from '../settings.js';
import {
  defaultLora,
  defaultTuningSettings,
  type TuningMode,
  type TuningSettings,
} from '../tuning/tuning-settings.js';
import type { SearchedSetting } from './search-outcome.js';

/** What may vary. */
export interface SearchSpace {
  /** The settings of the run: those of the first trial, and of every other all that is not drawn. */
  readonly base: ModelSettings;
  /** What stays as in `base`. */
  readonly keep: readonly SearchedSetting[];
  /** Layers of the encoder; null where it cannot be fine-tuned. */
  readonly layers: number | null;
  /** How many of them may be frozen, by what the head sees. */
  readonly mostFrozen: number;
}

/** Ranges of rates, drawn evenly on a logarithmic scale. */
const rates = {
  head: [3e-4, 3e-3],
  encoder: [1e-5, 2e-4],
  adaptation: [1e-4, 2e-3],
  headInTuning: [1e-4, 1e-3],
} as const;

const fewestHeadEpochs = 6;
const mostHeadEpochs = 24;
const tuneEpochs = [1, 1.5, 2, 3, 4] as const;
const ranks = [4, 8, 16] as const;

/** More than there are trials, so that no two draws of a seed and its neighbour are alike. */
const TRIALS_A_SEED = 4096;

/**
 * The settings of a trial. Everything is drawn in the same order whatever is kept, so that keeping one setting
 * changes no other.
 *
 * @param trial from 1; the first is the base itself
 */
export function drawSettings(space: SearchSpace, seed: number, trial: number): ModelSettings {
  const { base, keep } = space;
  if (trial === 1) return base;
  const random = new RandomSource(seed * TRIALS_A_SEED + trial);
  const pick = <Choice>(choices: readonly Choice[]): Choice =>
    choices[Math.floor(random.nextFloat() * choices.length)];
  const drawn = {
    mode: pick(modesOf(space)),
    rank: pick(ranks),
    loss: pick(lossKinds),
    learningRate: spread(rates.head, random.nextFloat()),
    epochs:
      fewestHeadEpochs + Math.floor(random.nextFloat() * (mostHeadEpochs - fewestHeadEpochs + 1)),
    tuneRatePlace: random.nextFloat(),
    tuneHeadLearningRate: spread(rates.headInTuning, random.nextFloat()),
    tuneEpochs: pick(tuneEpochs),
  };
  const isDrawn = (setting: SearchedSetting): boolean => !keep.includes(setting);
  const head = {
    ...base.head,
    ...(isDrawn('loss') && { loss: defaultLoss(drawn.loss) }),
    ...(isDrawn('learningRate') && { learningRate: drawn.learningRate }),
    ...(isDrawn('epochs') && { epochs: drawn.epochs }),
  };
  const mode = isDrawn('mode') ? withRank(drawn.mode, drawn.rank) : base.tuning?.mode;
  if (mode === undefined) return { head, tuning: undefined };
  const range = mode.kind === 'lora' ? rates.adaptation : rates.encoder;
  const tuning: TuningSettings = {
    ...(base.tuning ?? defaultTuningSettings(mode)),
    mode,
    ...(isDrawn('tuneLearningRate') && { learningRate: spread(range, drawn.tuneRatePlace) }),
    ...(isDrawn('tuneHeadLearningRate') && { headLearningRate: drawn.tuneHeadLearningRate }),
    ...(isDrawn('tuneEpochs') && { epochs: drawn.tuneEpochs }),
  };
  return { head, tuning };
}

/**
 * The settings with a share of their epochs. Where fine-tuning is among what may be drawn only that is shortened:
 * the head costs little beside it, and trials with a whole head and with a part of one could not be compared.
 */
export function shortenSettings(
  { head, tuning }: ModelSettings,
  budget: number,
  space: SearchSpace,
): ModelSettings {
  if (tuning !== undefined) {
    return { head, tuning: { ...tuning, epochs: tuning.epochs * budget } };
  }
  const { layers, keep, base } = space;
  const isHeadOnly = layers === null || (keep.includes('mode') && base.tuning === undefined);
  const epochs = isHeadOnly ? Math.max(1, Math.round(head.epochs * budget)) : head.epochs;
  return { head: { ...head, epochs }, tuning };
}

/** undefined leaves the encoder as it is. Two depths only: the states below each are kept on disk. */
function modesOf({ layers, mostFrozen }: SearchSpace): readonly (TuningMode | undefined)[] {
  if (layers === null) return [undefined];
  const least = layers - mostFrozen;
  const depths = new Set(
    [layers / 3, layers / 2].map((depth) => Math.max(least, Math.ceil(depth))),
  );
  const tops = Array.from(depths, (depth): TuningMode => ({ kind: 'top', layers: depth }));
  return [undefined, ...tops, defaultLora];
}

function withRank(mode: TuningMode | undefined, rank: number): TuningMode | undefined {
  return mode?.kind === 'lora' ? { ...mode, rank, alpha: 2 * rank } : mode;
}

/** The number at a place from 0 to 1 of a range, on a logarithmic scale, to three digits. */
function spread([low, high]: readonly [number, number], place: number): number {
  return Number((low * (high / low) ** place).toPrecision(3));
}
