// Lists of vectors as JSON, written while they are sent.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { areFinite, inPieces, tensorText } from '../http/vectors-json.js';
import type { EncodedInput, ServedEncoder } from '../scoring/served-model.js';
import type { DialectAnswer } from './dialect.js';

/** Numbers with a shape, row-major. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

function* listText(tensors: readonly Tensor[], before: string, after: string): Generator<string> {
  yield `${before}[`;
  for (const [index, { data, shape }] of tensors.entries()) {
    if (index > 0) yield ',';
    yield* tensorText(data, shape);
  }
  yield `]${after}`;
}

/** What was encoded, as metrics count it. */
export function encodedWork(
  model: ServedEncoder,
  texts: readonly Pick<EncodedInput, 'tokens'>[],
): DialectAnswer['encoded'] {
  const tokens = texts.reduce((sum, text) => sum + text.tokens, 0);
  return { model: model.name, texts: texts.length, tokens };
}

/** @throws Error when a number is none that JSON knows */
export async function checkFinite(tensors: readonly Tensor[]): Promise<void> {
  for (const [index, { data }] of tensors.entries()) {
    if (!(await areFinite(data))) throw new Error('a vector holds NaN or infinity');
    // Many small vectors are a long stretch of work, too.
    if (index % 1024 === 1023) await nextTurn();
  }
}

/**
 * The JSON text of a list of tensors, each a nested list, between `before` and `after`.
 * @param signal ends it early: nobody reads on
 * @throws Error when a number is none that JSON knows
 */
export async function writeTensors(
  tensors: readonly Tensor[],
  signal: AbortSignal,
  { before = '', after = '' }: { readonly before?: string; readonly after?: string } = {},
): Promise<AsyncGenerator<Uint8Array>> {
  await checkFinite(tensors);
  return inPieces(listText(tensors, before, after), signal);
}
