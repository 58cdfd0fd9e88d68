// The HTTP side of the encoder service.
export { type HttpListenerOptions, listenHttp } from './http-listener.js';
export type { HttpListener } from './node-listener.js';
