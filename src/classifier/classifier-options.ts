// What can be chosen when a classifier is trained, loaded, and asked.
import type { WindowOptions } from '../bert/index.js';
import type { EvaluationReport, LabelMatrix } from '../metrics/index.js';
import type { PoolOptions, RequestTimings } from '../runtime/index.js';
import type { DistillationRequest, TrainingRequest } from '../training/index.js';
import type { ResolveOptions } from '../weights/index.js';

/** How a classifier is trained. */
export interface TrainOptions extends Omit<TrainingRequest, 'workFolder' | 'distillation'> {
  /**
   * Learns from a trained model's probabilities on the table's texts. The table's labels, if it has any, then judge,
   * and are a share of what is learnt. Default: no teacher.
   */
  readonly teacher?: TeacherOptions | undefined;
  /** The model folder to write. Beside it `OUT.training` holds the state of the run until it is complete. */
  readonly out: string;
  /** Replace the model that is there, once the new one is complete. Default false. */
  readonly overwrite?: boolean | undefined;
}

/** Which model a classifier learns from, and how. */
export interface TeacherOptions
  extends Omit<DistillationRequest, 'teacher'>,
    Pick<LoadOptions, 'encoder'> {
  /** The folder of a trained model, or a .zip of it. */
  readonly model: string;
}

/** How a classifier is loaded. */
export interface LoadOptions
  extends ResolveOptions,
    Pick<PoolOptions, 'workers' | 'threadsPerWorker'> {
  /**
   * `fp32`, or `int8`: a multiple of the speed for slightly other scores (`info.quantization` says how much).
   * Default `fp32`, which the thresholds were chosen for.
   */
  readonly precision?: 'fp32' | 'int8' | undefined;
  /**
   * false scores by the model alone where it is blended with its linear baseline, as its ONNX files do: to compare, not to
   * decide, since the thresholds are those of the blend. Default true.
   */
  readonly blend?: boolean | undefined;
  /**
   * For a model that was trained on the vectors of running services: other addresses of services that give
   * the same, `tcp://host:5555`, several with commas between. Default: those that it was trained on.
   */
  readonly encoder?: string | undefined;
  /**
   * How `scoreRequest` scores texts that are longer than the model's maximal length, where the model itself does not
   * score by windows. Default: they are cut.
   */
  readonly requestWindows?: WindowOptions | undefined;
  /** Texts of calls of `scoreRequest` that may wait at a time; more are refused. Default 16,384. */
  readonly maxWaitingTexts?: number | undefined;
  /** Told of each batch of `scoreRequest`: its texts, or windows of texts, and their tokens. */
  readonly onRequestBatch?: ((windows: number, tokens: number) => void) | undefined;
}

/** How texts are scored in one call. */
export interface PredictOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of texts that are done; a stream's scores, which come in order, may come later. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** How the texts of one request are scored. */
export interface ScoreRequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Requests of the same asker take turns with those of others as one. Default: each for itself. */
  readonly asker?: unknown;
  /** Higher goes before lower. Default 0. */
  readonly priority?: number | undefined;
  /** Told, in milliseconds, how long the request was at each stage; added to what is there. */
  readonly timings?: RequestTimings | undefined;
}

/** Labelled texts that are in memory already. */
export interface LabelledTexts {
  readonly texts: readonly string[];
  /** [texts, labels], the labels in the model's order. */
  readonly labels: LabelMatrix;
}

/** How a classifier is evaluated. */
export interface EvaluateOptions {
  /** The text column; default: that of the training table, or found as there. */
  readonly text?: string | undefined;
  /**
   * For 95 % intervals: the number of resamples, at least 2, and a seed. Default: 1000 and 1; false for no
   * intervals, which take time in proportion to rows x labels x resamples.
   */
  readonly bootstrap?: { readonly resamples: number; readonly seed: number } | false | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: EvaluationProgress) => void) | undefined;
}

/** How far an evaluation is; `done` never falls within a phase. */
export interface EvaluationProgress {
  readonly phase: 'reading' | 'scoring' | 'baseline' | 'measuring';
  readonly done: number;
  readonly total: number;
}

/** The rows that figures were measured on. */
export interface EvaluatedRows {
  /** The table as given, or `rows in memory`. */
  readonly file: string;
  readonly textColumn: string;
  readonly rows: number;
  /** Texts that were longer than the model's maximal length, or than windows cover, and cut; null: a service did not say. */
  readonly truncated: number | null;
  /** Texts that were longer than the maximal length and scored by windows. */
  readonly windowed: number;
  /** Sentences about what is odd but not wrong. */
  readonly warnings: readonly string[];
}

/** Figures of a model, and of its baseline on the same rows. */
export interface Evaluation {
  /** At the model's stored thresholds. */
  readonly model: EvaluationReport;
  /** At the baseline's own stored thresholds; undefined if the model folder has none. */
  readonly baseline: EvaluationReport | undefined;
  readonly rows: EvaluatedRows;
}
