// The client of an encoder service, for Node.js and TypeScript: the subpath polytag/client.
export { type ErrorCode, PolytagError } from '../errors/index.js';
export {
  BertClient,
  type ClientStatus,
  type EncodeStreamOptions,
  type EncodeTextsOptions,
  type FetchAllOptions,
} from './bert-client.js';
export type { BertClientOptions } from './client-options.js';
export {
  ConcurrentBertClient,
  type ConcurrentBertClientOptions,
} from './concurrent-bert-client.js';
export type { EncodedBatch } from './encoded-batch.js';
export type { FetchedBatch } from './sent-requests.js';
export {
  formatServiceAddress,
  parseServiceAddress,
  type ServiceAddress,
} from './service-address.js';
export type { ServiceRecord } from './service-config.js';
export type { ClientText } from './texts.js';
export type { Waiting } from './waiting.js';
