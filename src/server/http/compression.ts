// Packs answers for clients that take gzip.
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { readBytes, streamBytes } from './byte-stream.js';

/** Below this many bytes packing costs more than it saves. */
export const leastPackedBytes = 1024;
/** Digits of floats hardly pack better at the higher levels, but take three times as long. */
export const packingLevel = 1;
const packable = /^(?:application\/json|text\/|image\/svg\+xml)/;

/** Whether an answer of this media type gets smaller. */
export function isPackable(contentType: string): boolean {
  return packable.test(contentType);
}

/** Whether an Accept-Encoding header takes gzip (RFC 9110, section 12.5.3). */
export function acceptsGzip(header: string | undefined): boolean {
  let wildcard = false;
  for (const part of (header ?? '').split(',')) {
    const [name, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const accepted = weight === undefined || Number(weight.slice(2)) > 0;
    if (name === 'gzip' || name === 'x-gzip') return accepted;
    if (name === '*') wildcard = accepted;
  }
  return wildcard;
}

/** Packs what the handlers after it answer; streams stay streams. */
export function compressAnswers(): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const { body, headers } = context.res;
    if (body === null || !isPackable(headers.get('content-type') ?? '')) return;
    headers.append('vary', 'Accept-Encoding');
    const length = headers.get('content-length');
    if (length !== null && Number(length) < leastPackedBytes) return;
    if (context.req.method === 'HEAD' || !acceptsGzip(context.req.header('accept-encoding')))
      return;
    // A failure of the first ends the last, and with it the connection.
    const packed = pipeline(
      Readable.from(readBytes(body)),
      createGzip({ level: packingLevel }),
      () => undefined,
    );
    const answer = new Response(streamBytes(packed), context.res);
    answer.headers.delete('content-length');
    answer.headers.set('content-encoding', 'gzip');
    const tag = answer.headers.get('etag');
    if (tag?.startsWith('"')) answer.headers.set('etag', `W/${tag}`);
    context.res = undefined;
    context.res = answer;
  };
}
