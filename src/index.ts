// The library: train, load and use classifiers, and encode texts.
export {
  type EncodeCallOptions,
  type EncodedText,
  Encoder,
  type EncoderInput,
  type EncoderOptions,
  type Encodings,
  type EncodingSettings,
  type Feature,
  type Pooling,
  type TokenizedInput,
  type TokenizerOptions,
  type Truncation,
} from './bert/index.js';
export {
  type EvaluatedRows,
  type EvaluateOptions,
  type Evaluation,
  type EvaluationProgress,
  type LabelledTexts,
  type LoadOptions,
  type ModelRecord,
  MultiLabelClassifier,
  type PredictOptions,
  type ScoredTexts,
  type TeacherOptions,
  type TextScores,
  type TrainOptions,
} from './classifier/index.js';
export { type ErrorCode, PolytagError } from './errors/index.js';
export type {
  EvaluationReport,
  Interval,
  LabelMatrix,
  LabelReport,
  MeasureWithInterval,
  ThresholdChoice,
} from './metrics/index.js';
export {
  type CrossValidation,
  defaultHeadSettings,
  type HeadSettings,
  type LossSettings,
  recipe2019,
  defaultTuningSettings,
  type LearningFigures,
  type SearchedSetting,
  type SearchOutcome,
  type SelectionMetric,
  type Spread,
  type TrainingPhase,
  type TrainingProgress,
  type TuningMode,
  type TuningSettings,
} from './training/index.js';
export type { DownloadProgress } from './weights/index.js';
