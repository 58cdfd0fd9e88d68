// What the flags of polytag train mean: of the head recipe, overrides and loss, and how the encoder is fine-tuned.
import {
  defaultHeadSettings,
  defaultLora,
  defaultLoss,
  defaultTuningSettings,
  type HeadSettings,
  type LossSettings,
  recipe2019,
  type SearchedSetting,
  type TuningMode,
  type TuningSettings,
} from '../training/index.js';
import type { TrainFlags } from './train-options.js';
import { settleTune, type TuningFlags } from './tuning-options.js';

/** The settings of the head. */
export function chooseHead(flags: TrainFlags): HeadSettings {
  const base = flags.recipe === '2019' ? recipe2019 : defaultHeadSettings;
  return {
    hiddenUnits: flags.hidden ?? base.hiddenUnits,
    dropout: flags.dropout ?? base.dropout,
    standardize: flags.standardize ?? base.standardize,
    loss: chooseLoss(flags, base.loss),
    learningRate: flags.learningRate ?? base.learningRate,
    schedule: flags.schedule ?? base.schedule,
    weightDecay: flags.weightDecay ?? base.weightDecay,
    batchSize: flags.batchSize ?? base.batchSize,
    epochs: flags.epochs ?? base.epochs,
    metric: flags.metric ?? base.metric,
    patience: flags.patience ?? base.patience,
    seed: flags.seed ?? base.seed,
  };
}

function chooseLoss(flags: TrainFlags, fromRecipe: LossSettings): LossSettings {
  const loss = flags.loss === undefined ? fromRecipe : defaultLoss(flags.loss);
  switch (loss.kind) {
    case 'focal': {
      const { focalAlpha: alpha = loss.alpha, focalGamma: gamma = loss.gamma } = flags;
      return { ...loss, alpha, gamma };
    }
    case 'asymmetric':
      return {
        ...loss,
        gammaPositive: flags.asymmetricGammaPositive ?? loss.gammaPositive,
        gammaNegative: flags.asymmetricGammaNegative ?? loss.gammaNegative,
        clip: flags.asymmetricClip ?? loss.clip,
      };
    case 'bce':
    case 'weighted':
    case 'normalized':
      return loss;
  }
}

/** The search that the flags ask for, which keeps what other flags say; undefined for none. */
export function chooseSearch(
  flags: TrainFlags,
): { readonly trials: number; readonly keep: readonly SearchedSetting[] } | undefined {
  if (flags.search === undefined) return undefined;
  const said: Readonly<Record<SearchedSetting, boolean>> = {
    loss: flags.loss !== undefined || flags.recipe !== undefined,
    learningRate: flags.learningRate !== undefined,
    epochs: flags.epochs !== undefined,
    mode: flags.tune !== undefined && flags.tune.kind !== 'head',
    tuneLearningRate: flags.tuneLearningRate !== undefined,
    tuneHeadLearningRate: flags.tuneHeadLearningRate !== undefined,
    tuneEpochs: flags.tuneEpochs !== undefined,
  };
  const names = Object.keys(said) as SearchedSetting[];
  return { trials: flags.search, keep: names.filter((name) => said[name]) };
}

/** Seconds that a run which plans itself may take; undefined for others. */
export function chooseBudget(flags: TrainFlags, hasTeacher = false): number | undefined {
  return settleTune(flags, hasTeacher).tune.kind === 'auto' ? (flags.budget ?? 600) : undefined;
}

/** The settings of fine-tuning; undefined when the encoder stays as it is, or the run plans itself. */
export function chooseTuning(flags: TuningFlags): TuningSettings | undefined {
  const mode = chooseMode(flags);
  if (mode === undefined) return undefined;
  const base = defaultTuningSettings(mode);
  return {
    mode,
    learningRate: flags.tuneLearningRate ?? base.learningRate,
    headLearningRate: flags.tuneHeadLearningRate ?? base.headLearningRate,
    layerDecay: flags.layerDecay ?? base.layerDecay,
    warmup: flags.warmup ?? base.warmup,
    schedule: flags.tuneSchedule ?? base.schedule,
    weightDecay: flags.tuneWeightDecay ?? base.weightDecay,
    batchSize: flags.tuneBatchSize ?? base.batchSize,
    tokenBudget: flags.tokenBudget ?? base.tokenBudget,
    epochs: flags.tuneEpochs ?? base.epochs,
    validationsPerEpoch: flags.validations ?? base.validationsPerEpoch,
    patience: flags.tunePatience ?? base.patience,
    dropout: flags.encoderDropout ?? base.dropout,
    maxGradientNorm: flags.clipNorm ?? base.maxGradientNorm,
    labelSmoothing: flags.labelSmoothing ?? base.labelSmoothing,
    sampleNegatives: flags.sampleNegatives ?? base.sampleNegatives,
  };
}

function chooseMode(flags: TuningFlags): TuningMode | undefined {
  const { tune } = flags;
  switch (tune?.kind) {
    case undefined:
    case 'head':
    case 'auto':
      return undefined;
    case 'top':
      return tune;
    case 'full':
      return flags.tuneEmbeddings === true ? { kind: 'full', embeddings: true } : { kind: 'full' };
    case 'lora':
      return {
        ...defaultLora,
        rank: flags.loraRank ?? defaultLora.rank,
        alpha: flags.loraAlpha ?? defaultLora.alpha,
        targets: flags.loraTargets ?? defaultLora.targets,
      };
  }
}
