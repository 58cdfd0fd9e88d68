// POST /encode: from the bytes of a request to vectors.
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { EncodedTexts, EncodingService } from '../encoder/encoding-service.js';
import type { Admission } from './admission.js';
import { streamBytes } from './byte-stream.js';
import { type EncodeRequest, encodeRequestReader } from './encode-request.js';
import type { HeldBytes, Lease } from './held-bytes.js';
import type { HttpLimits } from './http-limits.js';
import { clientSignal } from './client-signal.js';
import type { ProxyStatus } from './proxy-status.js';
import { Refusal } from './refusal.js';
import { readBody } from './request-body.js';
import { areFinite, writeAnswer } from './vectors-json.js';

export type HttpContext = Context<{ Bindings: HttpBindings }>;

/** What the routes of one listener share. */
export interface RouteResources {
  readonly service: EncodingService;
  readonly limits: HttpLimits;
  readonly admission: Admission;
  readonly heldBodies: HeldBytes;
  readonly heldAnswers: HeldBytes;
  readonly proxy: ProxyStatus;
  /** Whether the end has begun. */
  isClosing(): boolean;
  /** Hears of failures that are nobody's fault but ours. */
  readonly onFailure: (error: unknown) => void;
}

function refuseWhenClosing(resources: RouteResources): void {
  if (resources.isClosing()) {
    throw new Refusal('SERVICE_CLOSING', 'the service is closing and takes no more requests', {
      connection: 'close',
    });
  }
}

/** Waits for a place, and gives it back as soon as the vectors are there: a slow reader blocks nobody. */
async function encode(
  context: HttpContext,
  texts: EncodeRequest['texts'],
  resources: RouteResources,
  signal: AbortSignal,
): Promise<EncodedTexts> {
  const leave = await resources.admission.enter(signal);
  const answered = resources.proxy.begin();
  try {
    return await resources.service.encode({ client: clientName(context), texts, signal });
  } finally {
    answered();
    leave();
  }
}

/** Who asks, for the statistics. */
export function clientName(context: HttpContext): string {
  return context.env.incoming.socket.remoteAddress ?? 'unknown';
}

async function answer(
  id: string,
  encoded: EncodedTexts,
  lease: Lease,
  signal: AbortSignal,
): Promise<Response> {
  // With the text of small ones, which is about three times as long.
  lease.grow(4 * encoded.data.byteLength);
  if (!(await areFinite(encoded.data))) throw new Error('a vector holds NaN or infinity');
  const pieces = writeAnswer(id, encoded, signal);
  return new Response(streamBytes(pieces), {
    headers: { 'content-type': 'application/json' },
  });
}

/** Answers POST /encode. */
export async function answerEncode(
  context: HttpContext,
  resources: RouteResources,
): Promise<Response> {
  const { incoming, outgoing } = context.env;
  refuseWhenClosing(resources);
  const read = encodeRequestReader(incoming.headers['content-type']);
  const signal = clientSignal(outgoing);
  const bodyLease = resources.heldBodies.lease();
  const answerLease = resources.heldAnswers.lease();
  outgoing.once('close', () => {
    bodyLease.end();
    answerLease.end();
  });
  const bytes = await readBody(incoming, resources.limits, bodyLease);
  const { id, texts } = read(bytes, resources.limits.jsonDepth);
  const encoded = await encode(context, texts, resources, signal);
  bodyLease.end();
  return answer(id, encoded, answerLease, signal);
}
