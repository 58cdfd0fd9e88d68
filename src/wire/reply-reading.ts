// The replies of bert-as-service 1.10, as a client reads them: sizes are checked against shapes before use.
import { bytesPerFloat, type FloatType, readFloats } from './float-bytes.js';
import { readDigits, readIdentity, readJson } from './frames.js';
import type { Refusal, VectorBlock } from './reply-writing.js';
import { WireFault } from './wire-fault.js';

/** What a server answers, and to whom. */
export type WireReply = { readonly identity: Buffer; readonly requestId: string } & (
  | { readonly kind: 'vectors'; readonly vectors: VectorBlock }
  | { readonly kind: 'record'; readonly record: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
);

type Refuse = (problem: string) => Error;

/** A number of axes that no reply has: [texts, tokens, width] are three. */
const maximalAxes = 8;

/**
 * Reads a reply that nobody vouches for. Vectors are in single precision, in memory of their own.
 * @throws WireFault saying what is wrong; with identity and request id where they could be read
 */
export function readReply(frames: readonly Uint8Array[]): WireReply {
  const identity = readIdentity(frames[0]);
  const requestId = readDigits(frames.at(-1));
  const refuse: Refuse = (problem) => new WireFault(problem, { identity, requestId });
  if (frames.length !== 3 && frames.length !== 4) {
    throw refuse(`a reply has 3 or 4 frames; this one has ${frames.length}`);
  }
  if (!identity || requestId === undefined) {
    throw refuse('the reply does not say to which request it belongs');
  }
  const record = readJson(frames[1], 'the words of the reply', refuse);
  if (!isRecord(record)) {
    throw refuse('the reply does not begin with a JSON object');
  }
  if (frames.length === 3) {
    return { identity, requestId, kind: 'record', record };
  }
  if ('error' in record) {
    return { identity, requestId, kind: 'refusal', refusal: readRefusal(record['error'], refuse) };
  }
  return { identity, requestId, kind: 'vectors', vectors: readVectors(record, frames[2], refuse) };
}

function readRefusal(error: unknown, refuse: Refuse): Refusal {
  if (!isRecord(error)) {
    throw refuse('the reply refuses the request without saying why');
  }
  const { code, message } = error;
  if (typeof code !== 'string' || typeof message !== 'string') {
    throw refuse('the reply refuses the request without saying why');
  }
  return { code, message };
}

function readVectors(
  description: Readonly<Record<string, unknown>>,
  bytes: Uint8Array,
  refuse: Refuse,
): VectorBlock {
  const { dtype } = description;
  if (!isFloatType(dtype)) {
    throw refuse('the numbers of the reply are not float16, float32 or float64');
  }
  const shape = readShape(description['shape'], refuse);
  const size = shape.reduce((product, extent) => product * extent, bytesPerFloat[dtype]);
  // An overflowing product is inexact, but never as small as a frame.
  if (size !== bytes.length) {
    throw refuse(
      `the shape [${shape.join(', ')}] of ${dtype} has ${size} bytes; the reply has ${bytes.length}`,
    );
  }
  const tokens = readTokens(description['tokens'], shape[0], refuse);
  return { data: readFloats(bytes, dtype), shape, tokens };
}

function readShape(shape: unknown, refuse: Refuse): readonly number[] {
  const valid = Array.isArray(shape) && shape.length > 0 && shape.length <= maximalAxes;
  if (!valid || !shape.every(isExtent)) {
    throw refuse('the shape of the reply is not a list of 1 to 8 sizes');
  }
  return shape;
}

/** The original sends an empty string where it shows no tokens. */
function readTokens(tokens: unknown, texts: number, refuse: Refuse) {
  if (tokens === undefined || tokens === null || tokens === '') {
    return undefined;
  }
  if (!Array.isArray(tokens) || !tokens.every(isTokenList)) {
    throw refuse('the tokens of the reply are not a list of lists of tokens');
  }
  if (tokens.length !== texts) {
    throw refuse(`the reply has vectors of ${texts} texts and tokens of ${tokens.length}`);
  }
  return tokens;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFloatType(dtype: unknown): dtype is FloatType {
  return typeof dtype === 'string' && Object.hasOwn(bytesPerFloat, dtype);
}

function isExtent(extent: unknown): extent is number {
  return Number.isSafeInteger(extent) && Number(extent) >= 0;
}

function isTokenList(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.every((token) => typeof token === 'string');
}
