// POST /v1/embeddings: vectors as numbers or as base64, which OpenAI's JavaScript client asks for by itself.
import type { EncoderInput } from '../../../bert/index.js';
import { checkBody } from '../../http/schema-check.js';
import { inPieces, tensorText } from '../../http/vectors-json.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { EncodedInput, ServedEncoder } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { encoderInput, type Sequence } from '../text-embeddings-inference/embedding-inputs.js';
import { mapInTurns } from '../text-turns.js';
import { checkFinite, encodedWork } from '../vector-lists.js';
import { modelOfReference, versionedName } from '../versioned-model.js';
import { ParameterRefusal } from './refusals.js';
import { type EmbeddingRequest, embeddingSchema } from './schemas.js';

function isListOfSequences(input: EmbeddingRequest['input']): input is string[] | number[][] {
  return typeof input !== 'string' && typeof input[0] !== 'number';
}

function readInput(input: EmbeddingRequest['input'], most: number): readonly Sequence[] {
  if (!isListOfSequences(input)) return [input];
  if (input.length <= most) return input;
  const problem = `input has ${input.length} entries; expected at most ${most}`;
  throw new ParameterRefusal('input', null, problem);
}

function checkDimensions(asked: number | null | undefined, { name, dimensions }: ServedEncoder) {
  if (asked === undefined || asked === null || asked === dimensions) return;
  const problem = `dimensions is ${asked}; ${name} has vectors of ${dimensions} numbers, and a part of one is no vector of it`;
  throw new ParameterRefusal('dimensions', null, problem);
}

/** Of a text that was cut, the vector says something else than the text: refused unless the client wants it. */
function refuseCut(encoded: readonly EncodedInput[], { maxLength }: ServedEncoder): void {
  const at = encoded.findIndex(({ truncated }) => truncated > 0);
  if (at < 0) return;
  const asked = encoded[at].tokens + encoded[at].truncated;
  throw new ParameterRefusal(
    'input',
    'context_length_exceeded',
    `This model's maximum context length is ${maxLength} tokens, however you requested ${asked} tokens in input ${at + 1} of ${encoded.length}. Send shorter inputs, or truncate: true to have them cut.`,
  );
}

function base64Text(vector: Float32Array): string {
  // Every machine that ONNX Runtime runs on is little-endian, as the answer has to be.
  const { buffer, byteOffset, byteLength } = vector;
  return JSON.stringify(Buffer.from(buffer, byteOffset, byteLength).toString('base64'));
}

function* answerText(
  encoded: readonly EncodedInput[],
  isBase64: boolean,
  model: ServedEncoder,
): Generator<string> {
  yield '{"object":"list","data":[';
  for (const [index, { vector }] of encoded.entries()) {
    yield `${index > 0 ? ',' : ''}{"object":"embedding","index":${index},"embedding":`;
    if (isBase64) yield base64Text(vector);
    else yield* tensorText(vector, [vector.length]);
    yield '}';
  }
  const tokens = encoded.reduce((sum, each) => sum + each.tokens, 0);
  const truncated = encoded.reduce((sum, each) => sum + each.truncated, 0);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  const rest = JSON.stringify({ model: versionedName(model), usage, truncated });
  yield `],${rest.slice(1)}`;
}

/** @throws Refusal; PolytagError of encoding */
export async function answerEmbeddings(
  { body, context, limits }: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const asked = checkBody(embeddingSchema, body);
  const sequences = readInput(asked.input, limits.texts);
  const model = modelOfReference(asked.model, (name) => service.encoder(name));
  checkDimensions(asked.dimensions, model);
  const inputs: EncoderInput[] = await mapInTurns(
    sequences,
    ({ length }) => length,
    (sequence) => encoderInput(sequence, model.tokenizer),
  );
  const encoded = await model.embed(inputs, context);
  if (asked.truncate !== true) refuseCut(encoded, model);
  await checkFinite(encoded.map(({ vector }) => ({ data: vector, shape: [vector.length] })));
  const text = answerText(encoded, asked.encoding_format === 'base64', model);
  return { bytes: inPieces(text, context.signal), encoded: encodedWork(model, encoded) };
}
