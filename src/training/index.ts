// Training: settings, the encoding cache, the head's trainer, whole runs.
export { blendLogits, type BlendWeights } from './blend/blend-weights.js';
export type { DistillationOutcome } from './distillation/distillation-outcome.js';
export type { DistillationRequest, Teacher } from './distillation/teacher.js';
export type { EpochRecord } from './early-stopping.js';
export { defaultFeatures } from './encoded-table.js';
export type {
  CrossValidation,
  FoldFigure,
  FoldsOutcome,
  Spread,
} from './folds/folds-outcome.js';
export type { SearchedSetting, SearchOutcome } from './search/search-outcome.js';
export type { LearningFigures, TrainingPhase, TrainingProgress } from './progress.js';
export { listDifferences, serviceKinds } from './service/service-identity.js';
export type { ServiceEncoder } from './service/service-encoder.js';
export { openServices } from './service/service-table.js';
export { judgedFigure, type SelectionMetric, selectionMetrics } from './selection-metric.js';
export {
  defaultHeadSettings,
  defaultLoss,
  type HeadSettings,
  lossKinds,
  type LossSettings,
  recipe2019,
} from './settings.js';
export type {
  BlendOutcome,
  ServiceRecord,
  TrainingOutcome,
  TrainingRequest,
  TrainingRows,
} from './training-outcome.js';
export { trainModel } from './training-run.js';
export type { ValidationRecord } from './tuning/tuning-checkpoint.js';
export type { TuningPlan } from './tuning/tuning-plan.js';
export {
  type AdaptableLayer,
  adaptableLayers,
  defaultLora,
  defaultTuningSettings,
  type TuningMode,
  type TuningSettings,
} from './tuning/tuning-settings.js';
export { planFile } from './tuning/planned-run.js';
