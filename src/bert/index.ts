// The BERT encoder: configuration, tokenizer, the encoder's graph, poolings, and text to vectors.
export {
  addHeadWeights,
  buildHead,
  type DenseLayer,
  type HeadLayers,
  headLayersOf,
  namedHeadWeights,
} from './classification-head.js';
export { buildClassifierModel, logitsName } from './classifier-model.js';
export { type BertConfig, parseBertConfig } from './config.js';
export {
  type EncodeCallOptions,
  Encoder,
  type EncoderInput,
  type Encodings,
  type TokenizedInput,
} from './encoder.js';
export { type EncodedText, makeFeeds } from './encoder-batches.js';
export { buildEncoder } from './encoder-graph.js';
export { declareInputs, initializersOf, readEncoderWeights } from './encoder-model.js';
export type { EncoderOptions, EncodingSettings } from './encoder-options.js';
export {
  buildFeatures,
  type Feature,
  type Pooling,
  poolings,
  type ResolvedFeatures,
  resolveFeatures,
} from './pooling.js';
export { TemporaryModel } from './temporary-model.js';
export { TextClassifier } from './text-classifier.js';
export {
  combineLogits,
  mapTextLogits,
  rowsOfLogits,
  type TextLogits,
  type TextModel,
} from './text-logits.js';
export { type RequestLogits, TextRequests } from './text-requests.js';
export { type Encoding, WordPieceTokenizer } from './tokenizer.js';
export type { TokenizerOptions } from './tokenizer-settings.js';
export { type Truncation, truncations } from './tokenizer-truncation.js';
export {
  encodeWindows,
  MOST_WINDOWS,
  resolveWindows,
  windowCombinations,
  type WindowOptions,
  type WindowSettings,
} from './tokenizer-windows.js';
