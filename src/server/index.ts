// The services: the encoder service for ZeroMQ and HTTP clients of bert-as-service.
export { startEncoderServer } from './encoder-server.js';
export type { EncoderServer, EncoderServerOptions } from './encoder-server-options.js';
export type { ServerEvent } from './server-events.js';
