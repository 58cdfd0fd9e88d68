// The trained classifier: its folder, and the public class that trains, loads, predicts and evaluates.
export type {
  EvaluatedRows,
  EvaluateOptions,
  Evaluation,
  EvaluationProgress,
  LabelledTexts,
  LoadOptions,
  PredictOptions,
  ScoreRequestOptions,
  TeacherOptions,
  TrainOptions,
} from './classifier-options.js';
export type { ScoredTexts } from './evaluation.js';
export {
  type ExplainOptions,
  type Explanation,
  type ExplanationMethod,
  explanationMethods,
  type LabelExplanation,
  type SentenceScore,
  type TokenWeight,
} from './explanation/explanation.js';
export { splitSentences } from './explanation/text-parts.js';
export type { SaveOptions } from './model-copy.js';
export type { ModelRecord } from './model-record.js';
export { modelVersion } from './model-version.js';
export { MultiLabelClassifier } from './multi-label-classifier.js';
export type { RequestScores, TextScores } from './scorer.js';
export type { StoredThresholds, ThresholdChange } from './stored-thresholds.js';
export { readValidationScores, type ValidationScores } from './validation-scores.js';
export type { ThresholdOptions } from './threshold-choice.js';
export type {
  Share,
  ThresholdFigures,
  ThresholdGoal,
  ThresholdProposal,
} from './threshold-goals.js';
