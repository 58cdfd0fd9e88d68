// The record of a trained model, polytag.json: what it is, how it came to be, and what its files hold.
import type { Feature, Truncation, WindowSettings } from '../bert/index.js';
import type { EvaluationReport, ThresholdChoice } from '../metrics/index.js';
import type {
  BlendOutcome,
  DistillationOutcome,
  EpochRecord,
  HeadSettings,
  SearchOutcome,
  ServiceRecord,
  TrainingRows,
  TuningSettings,
  ValidationRecord,
} from '../training/index.js';
import type { FoldsRecord } from './folds-record.js';

/**
 * The format of a record, raised where older versions of polytag cannot read it any more: that of a folder
 * that holds the whole model, that of one whose encoder is a service, that of a model of either kind which is
 * blended or scores by windows (older versions would give it other scores), and that of a compact one, without
 * ONNX files.
 */
export const recordFormats = { whole: 1, headOnly: 2, scoredBeside: 3, compact: 4 } as const;

/** Names of files in a model folder. */
export const fileNames = {
  record: 'polytag.json',
  /** Durations and versions: what differs between runs that give the same model. */
  training: 'training.json',
  config: 'config.json',
  weights: 'model.safetensors',
  vocabulary: 'vocab.txt',
  card: 'README.md',
  /** How loss and validation figure went. */
  curves: 'curves.svg',
  model: 'onnx/model.onnx',
  quantizedModel: 'onnx/model_quantized.onnx',
  /** From vectors to logits: all there is of a model whose encoder is a service. */
  head: 'head.onnx',
  baseline: 'baseline/linear.safetensors',
  /** Targets and scores of the validation rows; older models have none. */
  validationScores: 'validation-scores.json',
  /** Thresholds that were changed after training; not there before that, and no part of the model's version. */
  serving: 'serving.json',
} as const;

/** One file of the folder. */
export interface FileRecord {
  /** Its path in the folder, with `/`. */
  readonly path: string;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly sha256: string;
}

/** How an encoder was fine-tuned. */
export interface TuningRecord {
  readonly settings: TuningSettings;
  /** Measurements on the validation rows, the first before any step. */
  readonly history: readonly ValidationRecord[];
  /** The step whose weights the model has. */
  readonly bestStep: number;
}

/** The record of a trained model. Everything in it follows from the data and settings of the run. */
export interface ModelRecord {
  readonly format: number;
  /** The version of polytag that wrote it. */
  readonly polytag: string;
  /** In the order of scores everywhere. */
  readonly labels: readonly string[];
  /** One a label, chosen on the validation rows, or where there are folds on the scores out of fold. */
  readonly thresholds: readonly ThresholdChoice[];
  /** Most tokens of a text; null: as many as the model of the service has positions. */
  readonly maxLength: number | null;
  /** What stays of longer texts. */
  readonly truncation: Truncation;
  /** How longer texts are scored by windows instead; missing where they are cut. */
  readonly windows?: WindowSettings | undefined;
  /** What the head sees of a text. */
  readonly features: readonly Feature[];
  readonly encoder: {
    /** What the encoder was called; of a path the last part. */
    readonly reference: string;
    /** Digest of the encoder's files and of how texts were encoded. */
    readonly contentKey: string;
    /** The service that encodes; where it is missing the folder holds the encoder itself. */
    readonly service?: ServiceRecord | undefined;
  };
  readonly settings: HeadSettings;
  readonly rows: TrainingRows;
  /** Epochs of the head on the frozen encoder. */
  readonly history: readonly EpochRecord[];
  readonly bestEpoch: number;
  /** How the encoder was fine-tuned from there; missing where it was not. */
  readonly tuning?: TuningRecord | undefined;
  /** The teacher that it learnt from; missing where it learnt from labels. */
  readonly distillation?: DistillationOutcome | undefined;
  /** Cross-validation of the same settings; missing where it was not asked for. */
  readonly folds?: FoldsRecord | undefined;
  /** The search that chose the settings; missing where none did. */
  readonly search?: SearchOutcome | undefined;
  /** On the validation rows, which chose epoch and thresholds: optimistic. */
  readonly validation: EvaluationReport;
  /** The linear model on the same rows; null where none was trained. */
  readonly baseline: {
    readonly thresholds: readonly ThresholdChoice[];
    readonly validation: EvaluationReport;
  } | null;
  /**
   * How the baseline's logits are added to the model's; thresholds and figures are of these scores, and under `alone`
   * of the model without them, as its ONNX files give it. Missing where nothing is added.
   */
  readonly blend?: BlendOutcome | undefined;
  /** What rounding weights to int8 changes; null where the folder holds no encoder to round. */
  readonly quantization: {
    /** Largest change of a score, on `texts` sample texts. */
    readonly largestScoreChange: number;
    readonly texts: number;
  } | null;
  /** All files but this one and training.json, which carry digests of their own. */
  readonly files: readonly FileRecord[];
}
