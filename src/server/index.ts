// The services: classifiers for the clients of many, and the encoder service for those of bert-as-service.
export { startClassifierServer } from './classifier-server.js';
export type {
  ClassifierServer,
  ClassifierServerOptions,
  ReloadOutcome,
} from './classifier-server-options.js';
export {
  ApiKeyFile,
  describeDroppedLines,
  LineOutput,
  newApiKey,
  ServiceLog,
} from './operations/index.js';
export { parseLabelMapping } from './scoring/label-mapping.js';
export { parseNamedReferences } from './scoring/model-names.js';
export { startEncoderServer } from './encoder-server.js';
export type { EncoderServer, EncoderServerOptions } from './encoder-server-options.js';
export type { ServerEvent } from './server-events.js';
