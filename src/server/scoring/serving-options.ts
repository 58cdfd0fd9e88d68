// How the models of a service are loaded.
import type { LoadOptions } from '../../classifier/index.js';
import type { TextScore } from './served-model.js';
import type { LabelMappingFile } from './label-mapping.js';

/** Scores that were given before; see `ResultCache`. */
export interface ScoreCache {
  get(version: string, text: string, settings?: string): TextScore | undefined;
  set(version: string, text: string, score: TextScore, settings?: string): void;
}

export interface ServingOptions
  extends Pick<
    LoadOptions,
    | 'workers'
    | 'threadsPerWorker'
    | 'precision'
    | 'maxWaitingTexts'
    | 'onProgress'
    | 'onWarning'
    | 'signal'
  > {
  /**
   * How long texts are scored by models that do not say themselves: `max` by windows, a label's logit the highest of
   * theirs; `mean` likewise; `cut` keeps what the model takes. Default `max`.
   */
  readonly windows?: 'max' | 'mean' | 'cut' | undefined;
  /** BCP-47 tags of the languages that classifiers speak. Default `en`. */
  readonly languages?: readonly string[] | undefined;
  readonly labelMapping?: LabelMappingFile | undefined;
  /** Characters (UTF-16) of one text at most. Default 65,536. */
  readonly textCharacters?: number | undefined;
  readonly cache?: ScoreCache | undefined;
  /** Told of each batch that a worker has read: its texts (or windows of texts) and their tokens. */
  readonly onBatch?: ((model: string, texts: number, tokens: number) => void) | undefined;
}

export const defaultTextCharacters = 65_536;
