// What a search gives: every trial with its settings and figure, and which was best.
import type { LossSettings } from '../settings.js';

/** The settings that a search draws: three of the head on the frozen encoder, the mode, and three of fine-tuning. */
export type SearchedSetting =
  | 'loss'
  | 'learningRate'
  | 'epochs'
  | 'mode'
  | 'tuneLearningRate'
  | 'tuneHeadLearningRate'
  | 'tuneEpochs';

/** One training with drawn settings at some budget. */
export interface TrialRecord {
  /** Number of the settings, from 1, in the order in which they were drawn. */
  readonly trial: number;
  /** From 1; the trials of the last rung had the whole budget. */
  readonly rung: number;
  /** Share of the epochs of fine-tuning that it was trained for, or where only heads are tried of theirs; above 0, at most 1. */
  readonly budget: number;
  /** `head`, `top:K`, `lora:RANK` or `full`. */
  readonly mode: string;
  readonly loss: LossSettings['kind'];
  /** Of the head on the frozen encoder. */
  readonly learningRate: number;
  readonly epochs: number;
  /** Of fine-tuning; null where the encoder stays as it is. */
  readonly tuning: {
    readonly learningRate: number;
    readonly headLearningRate: number;
    readonly epochs: number;
  } | null;
  /** On the validation rows, by the run's metric; null where it is undefined or training diverged. */
  readonly figure: number | null;
}

/** A search over settings by successive halving. */
export interface SearchOutcome {
  /** Settings that were drawn. */
  readonly drawn: number;
  /** Trials, rung by rung. */
  readonly trials: readonly TrialRecord[];
  /** Number of the settings that train the model. */
  readonly best: number;
}
