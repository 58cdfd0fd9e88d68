// Reads a request body into one buffer, refusing it at the first byte too many, packed or not.
import type { IncomingMessage } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Lease } from './held-bytes.js';
import type { HttpLimits } from './http-limits.js';
import { ClientGone, Refusal } from './refusal.js';

/** A refused body is not read to its end: the connection cannot be used again. */
const closing = { connection: 'close' };
/** Where the buffer begins; it doubles as bytes arrive, so that a promise of many bytes reserves none. */
const firstBytes = 16 * 1024;
/** Unpacked bytes up to which any ratio is fine. */
const harmlessBytes = 1 << 20;

function tooLarge(limit: number): Refusal {
  return new Refusal(
    'BODY_TOO_LARGE',
    `the request body is larger than ${limit} bytes; send the texts in several requests`,
    closing,
  );
}

function isUnpackingFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function packingOf(incoming: IncomingMessage): 'identity' | 'gzip' {
  const encoding = (incoming.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return 'identity';
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  throw new Refusal(
    'MEDIA_TYPE_UNSUPPORTED',
    'the Content-Encoding is not supported; expected gzip or none',
    { ...closing, 'accept-encoding': 'gzip, identity' },
  );
}

/** Bytes that grow as they come, up to a limit. */
class GrowingBuffer {
  private bytes = Buffer.allocUnsafe(firstBytes);
  length = 0;

  constructor(
    private readonly limit: number,
    private readonly lease: Lease,
  ) {
    lease.grow(firstBytes);
  }

  append(chunk: Buffer): void {
    const needed = this.length + chunk.length;
    if (needed > this.limit) throw tooLarge(this.limit);
    if (needed > this.bytes.length) {
      const room = Math.max(needed, Math.min(this.limit, 2 * this.bytes.length));
      this.lease.grow(room);
      const larger = Buffer.allocUnsafe(room);
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    chunk.copy(this.bytes, this.length);
    this.length = needed;
  }

  content(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

/** The chunks of `incoming`; leaving it early keeps the socket, which still has to carry the refusal. */
async function* receive(incoming: IncomingMessage, count: (bytes: number) => void) {
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    count(bytes.length);
    yield bytes;
  }
}

function unpack(chunks: AsyncIterable<Buffer>): Readable {
  // A failure of either reaches the reader through the last stream.
  return pipeline(Readable.from(chunks, { objectMode: false }), createGunzip(), () => undefined);
}

/**
 * Reads the whole body of a request.
 * @throws Refusal BODY_TOO_LARGE, TOO_BUSY (all bodies together), MEDIA_TYPE_UNSUPPORTED (packed in another
 * way than gzip), BODY_INVALID (not gzip, though it says so); ClientGone
 */
export async function readBody(
  incoming: IncomingMessage,
  limits: HttpLimits,
  lease: Lease,
): Promise<Buffer> {
  const packing = packingOf(incoming);
  if (Number(incoming.headers['content-length'] ?? 0) > limits.bodyBytes) {
    throw tooLarge(limits.bodyBytes);
  }
  const buffer = new GrowingBuffer(limits.bodyBytes, lease);
  let received = 0;
  const chunks = receive(incoming, (bytes) => {
    received += bytes;
    if (received > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
  });
  try {
    for await (const chunk of packing === 'gzip' ? unpack(chunks) : chunks) {
      buffer.append(chunk as Buffer);
      const ratio = buffer.length / received;
      if (buffer.length > harmlessBytes && ratio > limits.inflationRatio) {
        throw new Refusal(
          'BODY_TOO_LARGE',
          `the request body unpacks to more than ${limits.inflationRatio} times its size; send it unpacked`,
          closing,
        );
      }
    }
  } catch (error) {
    if (isUnpackingFailure(error)) {
      throw new Refusal('BODY_INVALID', 'the request body is not whole gzip data', closing);
    }
    if (error instanceof Refusal) throw error;
    throw incoming.destroyed ? new ClientGone() : error;
  }
  return buffer.content();
}
