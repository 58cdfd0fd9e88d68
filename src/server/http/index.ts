// The HTTP side of the encoder service.
export { type HttpListener, type HttpListenerOptions, listenHttp } from './http-listener.js';
