// The answer of POST /v2/models/{model}/infer, as JSON or with tensors as bytes after it.
import { inPieces, tensorText } from '../../http/vectors-json.js';
import type { DialectAnswer } from '../dialect.js';
import { checkFinite } from '../vector-lists.js';
import { jsonLengthHeader, writeStrings } from './binary-tensors.js';
import type { OutputTensor } from './outputs.js';

/** An output and how it is sent. */
export interface SentOutput {
  readonly tensor: OutputTensor;
  readonly isBinary: boolean;
}

/** What an answer says beside its outputs. */
export interface AnswerHead {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string | undefined;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

function bytesOf(tensor: OutputTensor): Buffer {
  switch (tensor.datatype) {
    case 'FP32': {
      const { buffer, byteOffset, byteLength } = tensor.data;
      return Buffer.from(buffer, byteOffset, byteLength);
    }
    case 'BOOL':
      return Buffer.from(tensor.data.map(Number));
    case 'BYTES':
      return writeStrings(tensor.data);
  }
}

/** The JSON of an output but for its data, open at its end. */
function openOutput({ name, datatype, shape, parameters }: OutputTensor, size?: number): string {
  const all = size === undefined ? parameters : { ...parameters, binary_data_size: size };
  return JSON.stringify({ name, datatype, shape, ...(all && { parameters: all }) }).slice(0, -1);
}

function* jsonText(
  head: AnswerHead,
  outputs: readonly { readonly tensor: OutputTensor; readonly bytes: Buffer | undefined }[],
): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"outputs":[`;
  for (const [index, { tensor, bytes }] of outputs.entries()) {
    if (index > 0) yield ',';
    yield openOutput(tensor, bytes?.length);
    if (bytes !== undefined) yield '}';
    else if (tensor.datatype !== 'FP32') yield `,"data":${JSON.stringify(tensor.data)}}`;
    else {
      yield ',"data":';
      yield* tensorText(tensor.data, [tensor.data.length]);
      yield '}';
    }
  }
  yield ']}';
}

async function* piecesWithBytes(
  json: Buffer,
  parts: readonly Buffer[],
): AsyncGenerator<Uint8Array> {
  yield json;
  for (const part of parts) yield await Promise.resolve(part);
}

/**
 * Writes the answer.
 * @param signal ends it early: nobody reads on
 * @throws Error when a number is none that JSON knows
 */
export async function writeInferAnswer(
  head: AnswerHead,
  outputs: readonly SentOutput[],
  signal: AbortSignal,
): Promise<DialectAnswer> {
  const numbers = outputs.flatMap(({ tensor }) => (tensor.datatype === 'FP32' ? [tensor] : []));
  await checkFinite(numbers);
  const sent = outputs.map(({ tensor, isBinary }) => ({
    tensor,
    bytes: isBinary ? bytesOf(tensor) : undefined,
  }));
  const parts = sent.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  if (parts.length === 0) return { bytes: inPieces(jsonText(head, sent), signal) };
  const pieces: Uint8Array[] = [];
  // Its length goes into a header, before it.
  for await (const piece of inPieces(jsonText(head, sent), signal)) pieces.push(piece);
  const json = Buffer.concat(pieces);
  return {
    bytes: piecesWithBytes(json, parts),
    contentType: 'application/octet-stream',
    headers: { [jsonLengthHeader]: String(json.length) },
  };
}
