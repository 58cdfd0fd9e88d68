// The inputs of /embed: texts, or token ids in their place, as the encoder takes them.
import type { EncoderInput, WordPieceTokenizer } from '../../../bert/index.js';
import { Refusal } from '../../http/refusal.js';
import type { RequestLimits } from '../dialect.js';
import { checkBatch, checkText } from './refusals.js';

/** A text, or token ids. */
export type Sequence = string | readonly number[];

function isNumbers(inputs: readonly unknown[]): inputs is readonly number[] {
  return typeof inputs[0] === 'number';
}

/**
 * One input or a list of inputs, as a list.
 * @throws Refusal TEXT_EMPTY, REQUEST_INVALID
 */
export function readSequences(
  inputs: string | readonly number[] | readonly Sequence[],
  limits: RequestLimits,
): readonly Sequence[] {
  const sequences = typeof inputs === 'string' || isNumbers(inputs) ? [inputs] : inputs;
  checkBatch(sequences.length, limits);
  for (const sequence of sequences) checkText(sequence.length === 0);
  return sequences;
}

/**
 * Token ids as word pieces, for an encoder that puts `[CLS]` and `[SEP]` around: they are taken off where they are.
 * @throws Refusal REQUEST_INVALID for ids outside the vocabulary
 */
export function piecesOfIds(ids: readonly number[], tokenizer: WordPieceTokenizer): string[] {
  const { classificationId, separatorId } = tokenizer;
  const first = ids[0] === classificationId ? 1 : 0;
  const last =
    ids.length > first && ids[ids.length - 1] === separatorId ? ids.length - 1 : ids.length;
  return ids.slice(first, last).map((id) => {
    const token = tokenizer.tokenOf(id);
    if (token !== undefined) return token;
    throw new Refusal('REQUEST_INVALID', `the token id ${id} is not in the vocabulary`);
  });
}

/** Characters or ids. */
export function lengthOfSequence(sequence: Sequence): number {
  return sequence.length;
}

/** As the encoder takes it. */
export function encoderInput(sequence: Sequence, tokenizer: WordPieceTokenizer): EncoderInput {
  return typeof sequence === 'string' ? sequence : { tokens: piecesOfIds(sequence, tokenizer) };
}
