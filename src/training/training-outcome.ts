// What a training run is asked for, and what it comes to.
import type {
  Feature,
  HeadLayers,
  Truncation,
  WindowOptions,
  WindowSettings,
} from '../bert/index.js';
import type { Tensor } from '../graph/index.js';
import type { LinearBaseline } from '../linear/index.js';
import type {
  EvaluationReport,
  LabelMatrix,
  ScoreMatrix,
  ThresholdChoice,
} from '../metrics/index.js';
import type { BlendWeights } from './blend/blend-weights.js';
import type { DistillationOutcome } from './distillation/distillation-outcome.js';
import type { DistillationRequest } from './distillation/teacher.js';
import type { EpochRecord } from './early-stopping.js';
import type { FoldsOutcome } from './folds/folds-outcome.js';
import type { ProgressListener } from './progress.js';
import type { ServiceIdentity } from './service/service-identity.js';
import type { SearchedSetting, SearchOutcome } from './search/search-outcome.js';
import type { HeadSettings } from './settings.js';
import type { ValidationRecord } from './tuning/tuning-checkpoint.js';
import type { NeedsReport } from './tuning/tuning-needs.js';
import type { TuningPlan } from './tuning/tuning-plan.js';
import type { TuningMode, TuningSettings } from './tuning/tuning-settings.js';

/** What {@link trainModel} is asked for. */
export interface TrainingRequest {
  /** Path of the table to learn from. */
  readonly table: string;
  /** The path of a table of its own, or the share of the table's rows, that chooses epoch and thresholds. Default 0.1. */
  readonly validation?: string | number | undefined;
  /** The text column; found by itself when unambiguous. */
  readonly text?: string | undefined;
  /** The label columns, or the one column of label lists; found by themselves when unambiguous. */
  readonly labels?: readonly string[] | undefined;
  /**
   * A bundled name, a folder, a .zip, or a hub id; or running encoder services, `tcp://host:5555`, several
   * with commas between. Default `all-MiniLM-L6-v2`.
   */
  readonly encoder?: string | undefined;
  /** What the head sees of a text; default `defaultFeatures`. A service has settled that, and the next two. */
  readonly features?: readonly Feature[] | undefined;
  /** Most tokens of a text. Default 128, or the encoder's positions if fewer. */
  readonly maxLength?: number | undefined;
  /** What stays of longer texts; default `head`. */
  readonly truncation?: Truncation | undefined;
  /**
   * Scores longer texts by overlapping windows instead of cutting them. Fine-tuning learns from one window of each, at
   * random, an epoch, and is measured by all of them. The head on the frozen encoder still learns from what `truncation`
   * keeps of a text, and its epochs are chosen by that. Thresholds and figures are those of windows. Default: no windows.
   */
  readonly windows?: WindowOptions | undefined;
  /** Settings of the head that differ from `defaultHeadSettings`. */
  readonly head?: Partial<HeadSettings> | undefined;
  /** Learns from a teacher's probabilities. The table's labels, if it has any, then judge, and are a share of what is learnt. */
  readonly distillation?: DistillationRequest | undefined;
  /**
   * Fine-tunes the encoder after its head has been trained: the mode, and settings that differ from
   * `defaultTuningSettings`. Default: the encoder stays as it is.
   */
  readonly tuning?: (Partial<TuningSettings> & { readonly mode: TuningMode }) | undefined;
  /**
   * Seconds that the run may take, about: it chooses how to fine-tune by itself, if at all. Instead of `tuning`,
   * and for one plain training: without folds, search or a teacher.
   */
  readonly budget?: number | undefined;
  /** Told what fine-tuning needs of memory and disk, about, and what there is, before anything is encoded. */
  readonly onNeeds?: ((report: NeedsReport) => void) | undefined;
  /** Told what a run with a budget has chosen: before it starts, and when steps have been timed. */
  readonly onPlan?: ((plan: TuningPlan) => void) | undefined;
  /**
   * Also cross-validates over so many folds, 2 to 50: every row of the table is scored by a model that did not
   * see it. The scores of all rows then choose the thresholds of the model. Default: no folds.
   */
  readonly folds?: number | undefined;
  /**
   * First tries so many settings, 2 to 1000, by successive halving: mode, loss, learning rates and epochs drawn at
   * random by the seed, the settings of the request first; the best by `head.metric` train the model. What `keep`
   * names is not drawn. Default: no search.
   */
  readonly search?:
    | { readonly trials: number; readonly keep?: readonly SearchedSetting[] | undefined }
    | undefined;
  /** Whether the linear baseline is trained beside; default true. */
  readonly baseline?: boolean | undefined;
  /**
   * Adds the baseline's logits to the model's, with weights a label that are fitted on the validation rows. Files for
   * other programs (ONNX, safetensors) hold the model without it. Default false.
   */
  readonly blend?: boolean | undefined;
  /** Folder for the state of the run, which survives a kill. It must exist and be this run's alone. */
  readonly workFolder: string;
  /** Go on from the state in `workFolder`. Default false. */
  readonly resume?: boolean | undefined;
  /** Folder of the cache of encodings, or false for none. Default: `encodings` in polytag's cache folder. */
  readonly cache?: string | false | undefined;
  /** Worker threads; default one a core. */
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
  /** Called with sentences about what is odd but not wrong. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/** The rows of a run, for its record. */
export interface TrainingRows {
  readonly table: string;
  /** SHA-256, hexadecimal, over names, texts and labels of all rows as they were read. */
  readonly dataSha256: string;
  readonly textColumn: string;
  readonly train: number;
  readonly validation: number;
  /** `0.1 of the table` or the path of the validation table. */
  readonly validationFrom: string;
  /** Texts of train and validation that were longer than the maximal length; null: a service did not say. */
  readonly truncated: number | null;
  /** Validation texts that were scored by several windows; missing where the model scores by none. */
  readonly windowed?: number | undefined;
}

/** An encoder at hand: the reference that was asked for, its folder on this machine, the key of its content. */
interface FolderOrigin {
  readonly reference: string;
  readonly folder: string;
  readonly contentKey: string;
  readonly service?: undefined;
}

/** What running services gave the vectors of, without their model being at hand. */
interface ServiceOrigin {
  readonly reference: string;
  readonly contentKey: string;
  readonly service: ServiceRecord;
}

/** What the services were, for whoever wants the same vectors again. */
export interface ServiceRecord extends ServiceIdentity {
  /** `tcp://host:5555/5556` */
  readonly addresses: readonly string[];
  /** Numbers of a vector. */
  readonly width: number;
}

/** A fine-tuned encoder. */
export interface TuningOutcome {
  readonly settings: TuningSettings;
  /** Measurements on the validation rows, the first before any step. */
  readonly history: readonly ValidationRecord[];
  /** The one whose weights the model has. */
  readonly best: ValidationRecord;
  /** Weights of the encoder that changed, by their names without `bert.`. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
}

/** How the baseline's logits are added, and what the model is without them: as other programs see it. */
export interface BlendOutcome {
  /** One a label. */
  readonly weights: readonly BlendWeights[];
  readonly alone: {
    readonly thresholds: readonly ThresholdChoice[];
    readonly validation: EvaluationReport;
  };
}

/** A trained model, before it is written. */
export interface TrainingOutcome {
  readonly labelNames: readonly string[];
  readonly encoder: FolderOrigin | ServiceOrigin;
  readonly features: readonly Feature[];
  /** Most tokens of a text; null: as many as the service's model has positions. */
  readonly maxLength: number | null;
  readonly truncation: Truncation;
  /** How longer texts are scored by windows; missing where they are cut. */
  readonly windows?: WindowSettings | undefined;
  readonly settings: HeadSettings;
  /** For raw features: standardisation is folded in. */
  readonly head: HeadLayers<Tensor>;
  /** One a label, chosen for F1: on the validation rows, or where there are folds on the scores out of fold. */
  readonly thresholds: readonly ThresholdChoice[];
  readonly rows: TrainingRows;
  /** Epochs of the head on the frozen encoder. */
  readonly history: readonly EpochRecord[];
  readonly bestEpoch: number;
  /** How the encoder was fine-tuned from there; missing where it was not. */
  readonly tuning?: TuningOutcome | undefined;
  /** On the validation rows, which chose epoch and thresholds: optimistic, and to be labelled so. */
  readonly validation: EvaluationReport;
  /** Of the validation rows, [rows, labels]: what is true of them, and what the finished model scores. */
  readonly validationScores?:
    | {
        readonly labels: LabelMatrix;
        readonly scores: ScoreMatrix & { readonly values: Float32Array };
      }
    | undefined;
  /** The search that chose the settings; missing where none did. */
  readonly search?: SearchOutcome | undefined;
  /** Cross-validation of the same settings; missing where it was not asked for. */
  readonly folds?: FoldsOutcome | undefined;
  /** The linear model on the same training rows, and its figures on the same validation rows. */
  readonly baseline?: {
    readonly model: LinearBaseline;
    readonly thresholds: readonly ThresholdChoice[];
    readonly validation: EvaluationReport;
  };
  /** Missing where the baseline is not added to the model. */
  readonly blend?: BlendOutcome | undefined;
  /** The teacher, and the model beside it; missing where there was none. */
  readonly distillation?: DistillationOutcome | undefined;
  /** Seconds of each phase. */
  readonly seconds: Readonly<Record<string, number>>;
}
