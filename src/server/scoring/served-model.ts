// What is served, as everything above it sees it: classifiers and encoders that answer requests of many clients.
import type { EncoderInput, WindowSettings, WordPieceTokenizer } from '../../bert/index.js';
import type { Explanation, ExplainOptions, ModelRecord } from '../../classifier/index.js';
import type { LabelMapping } from './label-mapping.js';

/** How long a request was at each stage, in milliseconds; whoever does the stage adds to it. */
export interface StageTimings {
  tokenize: number;
  /** In line: for a place at work, and for a worker. */
  queue: number;
  compute: number;
}

/** For whom work is done. */
export interface RequestContext {
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
  /** The name of a key or an address: askers take turns. */
  readonly client: string;
  readonly timings: StageTimings;
}

/** What a classifier says of one text. */
export interface TextScore {
  /** [labels], blended where the model is. */
  readonly logits: Float32Array;
  /** [labels], the sigmoids of the logits. */
  readonly scores: Float32Array;
  /** Tokens that were read, special tokens included, over all windows; 0 where a service encodes, which does not say. */
  readonly tokens: number;
  /** Tokens that were left out; 0 for most texts. */
  readonly truncated: number;
  /** 1 unless the text is long. */
  readonly windows: number;
}

/** One threshold a label. */
export interface ThresholdSet {
  /** Counts up from 1 with each change. */
  readonly version: number;
  /** In the order of the labels. */
  readonly values: readonly number[];
}

/** One generation of a trained model. */
export interface ServedClassifier {
  readonly kind: 'classifier';
  readonly name: string;
  /** First 16 hexadecimal digits of a SHA-256 over the model's file hashes: changes with any byte of the model. */
  readonly version: string;
  readonly labels: readonly string[];
  /** As they are now: they can change at run time. */
  readonly thresholds: ThresholdSet;
  /** BCP-47 tags of the languages that the model speaks, as the service was told; default `en`. */
  readonly languages: readonly string[];
  /** Most tokens of a sequence, special tokens included. */
  readonly maxLength: number;
  /** How longer texts are scored by windows, as the model or else the service says; undefined: they are cut. */
  readonly windows: WindowSettings | undefined;
  readonly tokenizer: WordPieceTokenizer;
  readonly record: ModelRecord;
  /** Absolute path of the model folder. */
  readonly folder: string;
  readonly loadedAt: Date;
  readonly mapping: LabelMapping;
  /**
   * Scores of texts, in their order.
   * @throws PolytagError QUEUE_FULL and others of scoring; the signal's reason
   */
  score(texts: readonly string[], context: RequestContext): Promise<TextScore[]>;
  /** @throws PolytagError as `score`; OPTION_INVALID for labels that the model does not have */
  explain(text: string, options: ExplainOptions, context: RequestContext): Promise<Explanation>;
}

/** What an encoder says of one text. */
export interface EncodedInput {
  readonly vector: Float32Array;
  /** Tokens that were read, special tokens included. */
  readonly tokens: number;
  readonly truncated: number;
}

/** The vectors of one text's tokens, special tokens included. */
export interface EncodedTokens {
  /** Row-major. */
  readonly data: Float32Array;
  readonly shape: readonly [tokens: number, hidden: number];
}

/** One generation of an encoder. */
export interface ServedEncoder {
  readonly kind: 'encoder';
  readonly name: string;
  readonly version: string;
  /** Numbers of a vector. */
  readonly dimensions: number;
  /** How the vectors of tokens become one: `mean`, `first`... */
  readonly pooling: string;
  /** Most tokens of a sequence, special tokens included. */
  readonly maxLength: number;
  readonly tokenizer: WordPieceTokenizer;
  readonly loadedAt: Date;
  /** @throws PolytagError QUEUE_FULL and others of encoding; the signal's reason */
  embed(inputs: readonly EncoderInput[], context: RequestContext): Promise<EncodedInput[]>;
  /** Token vectors of the last layer. @throws PolytagError as `embed` */
  embedTokens(texts: readonly string[], context: RequestContext): Promise<EncodedTokens[]>;
}

export type ServedModel = ServedClassifier | ServedEncoder;
