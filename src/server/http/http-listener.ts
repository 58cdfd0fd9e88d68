// The HTTP side of the encoder service.
import { getRequestListener } from '@hono/node-server';
import type { EncodingService } from '../encoder/encoding-service.js';
import { Admission } from './admission.js';
import { createEncoderApp } from './encoder-app.js';
import { HeldBytes } from './held-bytes.js';
import { type HttpLimits, httpLimits } from './http-limits.js';
import { type HttpListener, openNodeListener } from './node-listener.js';
import { ProxyStatus } from './proxy-status.js';

/** Bytes of all answers that wait to be taken. */
const answerBytes = 1024 << 20;

export interface HttpListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Origins that may read answers: `*`, one, or several with commas between; empty for none. */
  readonly cors: string;
  /** Encode requests at work at a time; a few more wait, others are refused with 503. */
  readonly maxConnections: number;
  /** Greatest size of a request body, in bytes. Default 16 MiB. */
  readonly bodyBytes?: number | undefined;
  /** Other limits, where the defaults do not fit. */
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Hears of failures that clients only see as a 500. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/**
 * Serves the encoder service over HTTP: POST /encode, GET /status/server, /status/client, /health,
 * /openapi.json, and the dashboard at /.
 * @throws PolytagError PORT_UNAVAILABLE
 */
export async function listenHttp(
  service: EncodingService,
  options: HttpListenerOptions,
): Promise<HttpListener> {
  const { host, maxConnections, bodyBytes } = options;
  const limits = httpLimits(maxConnections, {
    ...options.limits,
    ...(bodyBytes === undefined ? {} : { bodyBytes }),
  });
  let isClosing = false;
  const resources = {
    service,
    limits,
    admission: new Admission({
      places: maxConnections,
      line: limits.waitingRequests,
      waitMilliseconds: limits.waitMilliseconds,
    }),
    heldBodies: new HeldBytes(limits.heldBytes),
    heldAnswers: new HeldBytes(answerBytes),
    proxy: new ProxyStatus(),
    isClosing: () => isClosing,
    onFailure: options.onFailure ?? (() => undefined),
  };
  const app = createEncoderApp({ resources, cors: options.cors, host });
  return openNodeListener({
    host,
    port: options.port,
    limits,
    // The program around us keeps its own global Request and Response.
    answer: getRequestListener(app.fetch, { overrideGlobalObjects: false }),
    onClosing: () => {
      isClosing = true;
    },
  });
}
