// What the flags of polytag train mean for the head: recipe, overrides, loss.
import {
  defaultHeadSettings,
  defaultLoss,
  type HeadSettings,
  type LossSettings,
  recipe2019,
} from '../training/index.js';
import type { TrainFlags } from './train-options.js';

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
