// What the dialects ask: the models that are served now, by name.
import type { ServedClassifier, ServedEncoder, ServedModel, ThresholdSet } from './served-model.js';

export interface ScoringService {
  /** Current generations, in the order in which they were named. */
  readonly models: readonly ServedModel[];
  /**
   * The classifier of this name, or the first one. It stays usable until the request ends, also across a reload.
   * @throws Refusal MODEL_UNKNOWN
   */
  classifier(name?: string): ServedClassifier;
  /** The encoder of this name, or the first one; see `classifier`. @throws Refusal MODEL_UNKNOWN */
  encoder(name?: string): ServedEncoder;
  /**
   * Loads a model anew from where it came from and puts it in the place of the one that is served.
   * @returns the versions before and after
   * @throws Refusal MODEL_UNKNOWN; PolytagError of loading, after which the old one goes on
   */
  reload(name: string): Promise<{ readonly before: string; readonly after: string }>;
  /**
   * Changes thresholds of a classifier, those of the labels named, and keeps them in the model folder.
   * @throws Refusal MODEL_UNKNOWN, REQUEST_INVALID; PolytagError of writing, after which the old ones go on
   */
  setThresholds(
    name: string,
    values: Readonly<Record<string, number>>,
    /** Kept beside them. */
    reason?: string,
  ): Promise<ThresholdSet>;
}
