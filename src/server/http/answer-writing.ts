// Writes an answer to a socket: its headers, and its body whole or piece by piece, packed where the client takes that.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, gzipSync } from 'node:zlib';
import type { DialectAnswer } from '../dialects/dialect.js';
import { acceptsGzip, isPackable, leastPackedBytes, packingLevel } from './compression.js';

/** Larger bodies are packed piece by piece, so that others get their turn. */
const mostPackedAtOnce = 64 * 1024;

export interface WritingOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly acceptEncoding: string | undefined;
  readonly isHead: boolean;
}

type Body = Uint8Array | AsyncIterable<Uint8Array>;

function bodyOf({ body, bytes }: DialectAnswer): Body {
  if (typeof bytes === 'string') return Buffer.from(bytes);
  if (bytes !== undefined) return bytes;
  return body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body));
}

/** Resolves when the answer has been handed over, or the client has left. */
export async function writeAnswer(
  outgoing: ServerResponse,
  answer: DialectAnswer,
  { headers, acceptEncoding, isHead }: WritingOptions,
): Promise<void> {
  const body = bodyOf(answer);
  const isWhole = body instanceof Uint8Array;
  const contentType = answer.contentType ?? 'application/json';
  const all: Record<string, string | undefined> = {
    'cache-control': 'no-store',
    ...headers,
    ...answer.headers,
  };
  if (!isWhole || body.length > 0) all['content-type'] = contentType;
  const mayPack = isPackable(contentType) && (!isWhole || body.length >= leastPackedBytes);
  if (mayPack)
    all.vary = all.vary === undefined ? 'Accept-Encoding' : `${all.vary}, Accept-Encoding`;
  const isPacked = mayPack && acceptsGzip(acceptEncoding);
  if (isPacked) all['content-encoding'] = 'gzip';
  const status = answer.status ?? 200;
  if (isWhole && (!isPacked || body.length <= mostPackedAtOnce)) {
    const sent = isPacked ? gzipSync(body, { level: packingLevel }) : body;
    // 204 and 304 have no body and must not say how long it is.
    if (status !== 204 && status !== 304) all['content-length'] = String(sent.length);
    outgoing.writeHead(status, all);
    outgoing.end(isHead ? undefined : sent);
    return;
  }
  outgoing.writeHead(status, all);
  if (isHead) outgoing.end();
  else await writePieces(outgoing, body, isPacked);
}

async function writePieces(outgoing: ServerResponse, body: Body, isPacked: boolean): Promise<void> {
  const pieces = body instanceof Uint8Array ? Readable.from([body]) : Readable.from(body);
  const gzip = createGzip({ level: packingLevel, flush: constants.Z_NO_FLUSH });
  try {
    await (isPacked ? pipeline(pieces, gzip, outgoing) : pipeline(pieces, outgoing));
  } catch (error) {
    // What was sent cannot be taken back: the client sees an answer that breaks off.
    outgoing.destroy();
    if (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE') {
      return;
    }
    throw error;
  }
}
