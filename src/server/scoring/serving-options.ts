// How the models of a service are loaded.
import type { LoadOptions } from '../../classifier/index.js';
import type { TextScore } from './served-model.js';
import type { LabelMappingFile } from './label-mapping.js';

/** Scores that were given before; see `ResultCache`. */
interface ScoreCache {
  get(version: string, text: string, settings?: string): TextScore | undefined;
  set(version: string, text: string, score: TextScore, settings?: string): void;
}

/** Where texts wait until there is a place for them. */
export interface Door {
  /** Resolves to what gives the place back. @throws Refusal TOO_BUSY, DEADLINE; the signal's reason */
  enter(texts: number, signal: AbortSignal): Promise<() => void>;
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
  /** Lets texts in, see `TextAdmission`. Default: all come in at once, up to `maxWaitingTexts`. */
  readonly admission?: Door | undefined;
  readonly onReload?: ((news: ReloadNews) => void) | undefined;
  /** Told of each batch that a worker has read: its texts (or windows of texts) and their tokens. */
  readonly onBatch?: ((model: string, texts: number, tokens: number) => void) | undefined;
}

/** What became of a reload: the versions, or why the model before goes on. */
interface ReloadNews {
  readonly name: string;
  readonly versions: { readonly before: string; readonly after: string } | undefined;
  readonly error?: unknown;
}

export const defaultTextCharacters = 65_536;
