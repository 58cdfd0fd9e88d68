// What a training run tells while it works.

/** The stages of a run, in order. */
export type TrainingPhase =
  | 'reading'
  | 'encoding'
  | 'training'
  | 'layer-states'
  | 'tuning'
  | 'baseline-reading'
  | 'baseline-fitting'
  | 'evaluating'
  | 'saving';

/** How far a stage is; `done` never falls within a stage. */
export interface TrainingProgress {
  readonly phase: TrainingPhase;
  readonly done: number;
  readonly total: number;
  /** Something worth showing beside the numbers, such as the last validation figure. */
  readonly note?: string | undefined;
}

/** Called often; must return fast. */
export type ProgressListener = (progress: TrainingProgress) => void;
