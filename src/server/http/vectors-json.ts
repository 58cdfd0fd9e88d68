// Writes vectors as JSON in pieces, so that a large answer neither fills the memory nor holds up the others.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EncodedTexts } from '../encoder/encoding-service.js';
import { float32Text } from './number-text.js';

/** Letters of one piece: about a millisecond's work, and one write to the socket. */
const pieceLength = 64 * 1024;
/** Numbers whose texts, about three megabytes, are kept for a moment. */
const keptNumbers = 1 << 18;
/** Numbers that are looked at in one go. */
const checkedAtOnce = 1 << 20;

/** Whether every number can be written in JSON, which knows neither NaN nor infinity. */
export async function areFinite(data: Float32Array): Promise<boolean> {
  for (let start = 0; start < data.length; start += checkedAtOnce) {
    if (!data.subarray(start, start + checkedAtOnce).every(Number.isFinite)) return false;
    if (start + checkedAtOnce < data.length) await nextTurn();
  }
  return true;
}

function* rowText(data: Float32Array, start: number, width: number): Generator<string> {
  // A row of a few hundred numbers is one piece; a longer one would be too, and bounds nothing: cut it.
  const numbersAtOnce = 4096;
  for (let at = 0; at < width; at += numbersAtOnce) {
    const texts: string[] = [];
    for (let index = at; index < Math.min(width, at + numbersAtOnce); index++) {
      texts.push(float32Text(data[start + index]));
    }
    yield `${at === 0 ? '[' : ','}${texts.join(',')}`;
  }
  yield width === 0 ? '[]' : ']';
}

/** The JSON text of a tensor as nested lists, in small strings; row-major. */
export function* tensorText(data: Float32Array, shape: readonly number[]): Generator<string> {
  if (shape.length === 1) {
    yield* rowText(data, 0, shape[0]);
    return;
  }
  const [length, ...inner] = shape;
  const size = inner.reduce((product, dimension) => product * dimension, 1);
  yield '[';
  for (let index = 0; index < length; index++) {
    if (index > 0) yield ',';
    yield* tensorText(data.subarray(index * size, (index + 1) * size), inner);
  }
  yield ']';
}

function* answerText(id: string, { data, shape, tokens }: EncodedTexts): Generator<string> {
  // The same numbers come twice: up to some size, their texts are made once.
  const isKept = data.length <= keptNumbers;
  const kept: string[] = [];
  yield `{"id":${id},"result":`;
  for (const text of tensorText(data, shape)) {
    if (isKept) kept.push(text);
    yield text;
  }
  // The original's documentation promised `results`, its program answered `result`: clients of both exist.
  yield ',"results":';
  yield* isKept ? kept : tensorText(data, shape);
  if (tokens !== undefined) {
    yield ',"tokens":[';
    for (const [index, words] of tokens.entries()) {
      yield `${index > 0 ? ',' : ''}${JSON.stringify(words)}`;
    }
    yield ']';
  }
  yield ',"status":200}';
}

/**
 * The answer to an /encode request.
 * @param id the JSON text of the request's id
 * @param signal ends it early: nobody reads on
 */
export function writeAnswer(
  id: string,
  encoded: EncodedTexts,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  return inPieces(answerText(id, encoded), signal);
}

/**
 * Small strings as UTF-8 pieces of about 64 kB, between which others get their turn.
 * @param signal ends it early: nobody reads on
 */
export async function* inPieces(
  texts: Iterable<string>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let waiting: string[] = [];
  let length = 0;
  for (const text of texts) {
    waiting.push(text);
    length += text.length;
    if (length >= pieceLength) {
      yield Buffer.from(waiting.join(''));
      waiting = [];
      length = 0;
      await nextTurn();
      if (signal.aborted) return;
    }
  }
  yield Buffer.from(waiting.join(''));
}
