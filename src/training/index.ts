// Training: settings, the encoding cache, the head's trainer, whole runs.
export type { EpochRecord } from './early-stopping.js';
export { defaultFeatures } from './encoded-table.js';
export type { TrainingPhase, TrainingProgress } from './progress.js';
export {
  defaultHeadSettings,
  defaultLoss,
  type HeadSettings,
  lossKinds,
  type LossSettings,
  recipe2019,
} from './settings.js';
export type { TrainingOutcome, TrainingRequest, TrainingRows } from './training-outcome.js';
export { trainModel } from './training-run.js';
