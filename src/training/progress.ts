// What a training run tells while it works.

/** The stages of a run, in order. */
export type TrainingPhase =
  | 'reading'
  | 'teaching'
  | 'encoding'
  | 'training'
  | 'layer-states'
  | 'tuning'
  | 'search'
  | 'folds'
  | 'baseline-reading'
  | 'baseline-fitting'
  | 'windows'
  | 'evaluating'
  | 'saving';

/** How learning goes. */
export interface LearningFigures {
  /** Mean over the last 50 steps at most, dropout included; null before the first. */
  readonly loss: number | null;
  /** Of the encoder's weights, at the last step; null before the first. */
  readonly learningRate: number | null;
  /** Tokens learnt from since the stage began or was resumed, without padding. */
  readonly tokens: number;
  /** The last measurement in words, by the figure that selects: `validation macro AP 0.7312`. */
  readonly validation: string;
}

/** How far a stage is; `done` never falls within a stage. */
export interface TrainingProgress {
  readonly phase: TrainingPhase;
  readonly done: number;
  readonly total: number;
  /** Something worth showing beside the numbers, such as the last validation figure. */
  readonly note?: string | undefined;
  /** Of the stage `tuning`, at every step. */
  readonly figures?: LearningFigures | undefined;
}

/** Called often; must return fast. */
export type ProgressListener = (progress: TrainingProgress) => void;
