// What cross-validation gives: scores out of fold, and figures over folds and over all rows.
import type {
  EvaluationReport,
  LabelMatrix,
  ScoreMatrix,
  ThresholdChoice,
} from '../../metrics/index.js';

/** Columns that name the rows of a table. */
export interface Identifiers {
  /** May be none. */
  readonly names: readonly string[];
  /** [rows][names] */
  readonly cells: readonly (readonly string[])[];
}

/** The figures that are told over folds; F1 at thresholds that each fold's own validation rows chose. */
export type FoldFigure = 'rocAuc' | 'averagePrecision' | 'f1';

/** A figure over folds. */
export interface Spread {
  /** Mean over the folds where it is defined; null where it is in none. */
  readonly mean: number | null;
  /** Standard deviation over these folds, divided by one less than there are; null below two. */
  readonly deviation: number | null;
  /** How many these are. */
  readonly folds: number;
}

/** Figures over folds of one model or baseline. */
export interface CrossValidation {
  /** Macro figures of each fold, over the labels that every fold holds both classes of; null without any. */
  readonly folds: readonly (Readonly<Record<FoldFigure, number | null>> & {
    /** Rows that it scored. */
    readonly rows: number;
  })[];
  readonly macro: Readonly<Record<FoldFigure, Spread>>;
  readonly labels: readonly (Readonly<Record<FoldFigure, Spread>> & { readonly label: string })[];
  /**
   * All rows together, each scored by the model that did not see it, with intervals. The scores of different
   * models are mixed, and the thresholds were chosen on these rows. Labels that are left out of the macro
   * figures count as unknown.
   */
  readonly pooled: EvaluationReport;
}

/** What cross-validation comes to. Rows are those of the table itself, in its order. */
export interface FoldsOutcome {
  /** How many folds. */
  readonly count: number;
  /** Share of the other folds' rows that chose each model's epoch and thresholds. */
  readonly share: number;
  /** The fold of each row, from 0. */
  readonly foldOfRow: Int32Array;
  readonly identifiers: Identifiers;
  /** [rows, labels] */
  readonly labels: LabelMatrix;
  /** Labels that the macro figures leave out: some fold has not both classes of them. */
  readonly leftOut: readonly string[];
  /** Of the model as it scores: blended with its baseline in a run that blends, by weights of the other folds. */
  readonly model: FoldedScores;
  /** Of the model without what is blended in; missing where nothing is. */
  readonly alone?: FoldedScores | undefined;
  /** Of the linear baseline on the same folds; missing where none was trained. */
  readonly baseline?: FoldedScores | undefined;
}

/** Scores out of fold, and what they come to. */
export interface FoldedScores {
  /** Probabilities, [rows, labels], each of a model that did not see the row nor an equal text. */
  readonly scores: ScoreMatrix;
  /** One a label, for the best F1 on these scores. */
  readonly thresholds: readonly ThresholdChoice[];
  readonly figures: CrossValidation;
}
