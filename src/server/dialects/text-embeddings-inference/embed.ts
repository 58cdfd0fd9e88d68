// POST /embed, /embed_all and /similarity: vectors of texts, of their tokens, and how alike texts are.
import type { EncoderInput } from '../../../bert/index.js';
import { Refusal } from '../../http/refusal.js';
import { checkBody } from '../../http/schema-check.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { EncodedInput, ServedEncoder } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { modelNameOf } from '../named-model.js';
import { mapInTurns } from '../text-turns.js';
import {
  characterLimit,
  keepsEnd,
  lastPieces,
  refuseLongText,
  type TruncationWish,
} from '../truncation.js';
import { encodedWork, writeTensors } from '../vector-lists.js';
import { computeHeaders } from './compute-headers.js';
import {
  encoderInput,
  lengthOfSequence,
  readSequences,
  type Sequence,
} from './embedding-inputs.js';
import { checkBatch, checkText } from './refusals.js';
import { embedAllSchema, embedSchema, similaritySchema } from './schemas.js';

/** The encoder that answers: of the path's name, or of the query's. @throws Refusal MODEL_UNKNOWN */
function encoderFor(request: DialectRequest, service: ScoringService): ServedEncoder {
  if (!service.models.some(({ kind }) => kind === 'encoder')) {
    throw new Refusal('MODEL_UNKNOWN', 'Backend error: Model is not an embedding model');
  }
  return service.encoder(modelNameOf(request));
}

/** @throws Refusal REQUEST_INVALID: no model served here has prompts */
export function refusePrompt(name: string | null | undefined): void {
  if (name === undefined || name === null) return;
  throw new Refusal(
    'REQUEST_INVALID',
    'Input validation error: `prompt_name` is set but no prompts were found in the Sentence Transformers configuration',
  );
}

function refuseLong(sequence: Sequence, model: ServedEncoder): never {
  if (typeof sequence === 'string') refuseLongText(sequence, model);
  throw new Refusal(
    'REQUEST_INVALID',
    `Input validation error: \`inputs\` must have less than ${model.maxLength} tokens. Given: ${sequence.length}`,
  );
}

function refuseLongBefore(sequences: readonly Sequence[], model: ServedEncoder): void {
  const limit = characterLimit(model.maxLength);
  const long = sequences.find((sequence) => sequence.length > limit);
  if (long !== undefined) refuseLong(long, model);
}

/** An input of which the end is kept, not the beginning. */
function inputFromEnd(sequence: Sequence, model: ServedEncoder): EncoderInput {
  const { tokenizer, maxLength } = model;
  if (typeof sequence === 'string') {
    const tokens = lastPieces(sequence, tokenizer, maxLength);
    return tokens === undefined ? sequence : { tokens };
  }
  const input = encoderInput(sequence, tokenizer);
  return typeof input === 'object' && 'tokens' in input
    ? { tokens: input.tokens.slice(-(maxLength - 2)) }
    : input;
}

/**
 * Encodes sequences, shortened as the client wishes.
 * @throws Refusal REQUEST_INVALID for one that would be cut although it must not be
 */
export async function embedSequences(
  model: ServedEncoder,
  sequences: readonly Sequence[],
  wish: TruncationWish,
  { context }: DialectRequest,
): Promise<EncodedInput[]> {
  const mayCut = wish.truncate !== false;
  if (!mayCut) refuseLongBefore(sequences, model);
  const fromEnd = mayCut && keepsEnd(wish);
  const inputs = await mapInTurns(sequences, lengthOfSequence, (sequence) =>
    fromEnd ? inputFromEnd(sequence, model) : encoderInput(sequence, model.tokenizer),
  );
  const encoded = await model.embed(inputs, context);
  const cut = mayCut ? -1 : encoded.findIndex(({ truncated }) => truncated > 0);
  if (cut >= 0) refuseLong(sequences[cut], model);
  return encoded;
}

/** The first `dimensions` numbers, to length 1 if `normalize`. A vector of zeros stays one. */
export function shapeVector(
  vector: Float32Array,
  { dimensions = vector.length, normalize }: { dimensions?: number; normalize: boolean },
): Float32Array {
  const kept = vector.subarray(0, dimensions);
  if (!normalize) return kept;
  const length = Math.sqrt(kept.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? kept : kept.map((value) => value / length);
}

/** @throws Refusal REQUEST_INVALID */
export function checkDimensions(dimensions: number | null | undefined, most: number): number {
  if (dimensions === undefined || dimensions === null) return most;
  if (dimensions > 0 && dimensions <= most) return dimensions;
  const problem =
    dimensions === 0
      ? '`dimensions` should be positive'
      : '`dimensions` should be smaller than the maximum embedding dimension.';
  throw new Refusal('REQUEST_INVALID', `Input validation error: ${problem}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Answers POST /embed: a list of vectors, also for one text. */
export async function answerEmbed(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const begun = performance.now();
  const body = checkBody(embedSchema, request.body);
  const sequences = readSequences(body.inputs, request.limits);
  refusePrompt(body.prompt_name);
  const model = encoderFor(request, service);
  const dimensions = checkDimensions(body.dimensions, model.dimensions);
  const encoded = await embedSequences(model, sequences, body, request);
  const tensors = encoded.map(({ vector }) => {
    const data = shapeVector(vector, { dimensions, normalize: body.normalize ?? true });
    return { data, shape: [data.length] };
  });
  const { timings, signal } = request.context;
  const characters = sum(sequences.map(lengthOfSequence));
  const tokens = sum(encoded.map((text) => text.tokens));
  return {
    bytes: await writeTensors(tensors, signal),
    headers: computeHeaders({ timings, begun, characters, tokens }),
    encoded: encodedWork(model, encoded),
  };
}

/** Answers POST /embed_all: for each text the vectors of its tokens. */
export async function answerEmbedAll(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const begun = performance.now();
  const body = checkBody(embedAllSchema, request.body);
  const sequences = readSequences(body.inputs, request.limits);
  refusePrompt(body.prompt_name);
  const model = encoderFor(request, service);
  const texts = await textsForTokens(sequences, body, model);
  const tensors = await model.embedTokens(texts, request.context);
  const { timings, signal } = request.context;
  const characters = sum(texts.map((text) => text.length));
  const tokens = sum(tensors.map(({ shape }) => shape[0]));
  return {
    bytes: await writeTensors(tensors, signal),
    headers: computeHeaders({ timings, begun, characters, tokens }),
    encoded: { model: model.name, texts: texts.length, tokens },
  };
}

/** Texts of which the encoder may take the beginning. @throws Refusal REQUEST_INVALID for what it cannot take */
function textsForTokens(
  sequences: readonly Sequence[],
  wish: TruncationWish,
  model: ServedEncoder,
): Promise<string[]> {
  const { tokenizer, maxLength } = model;
  return mapInTurns(sequences, lengthOfSequence, (sequence) => {
    if (typeof sequence !== 'string') {
      throw new Refusal(
        'REQUEST_INVALID',
        '/embed_all takes texts; token ids are taken by /embed only',
      );
    }
    if (wish.truncate === false) {
      const isLong =
        sequence.length > characterLimit(maxLength) ||
        tokenizer.encode(sequence, { maxLength }).truncated > 0;
      if (isLong) refuseLongText(sequence, model);
    }
    if (wish.truncate !== false && keepsEnd(wish) && lastPieces(sequence, tokenizer, maxLength)) {
      throw new Refusal(
        'REQUEST_INVALID',
        '/embed_all cuts texts on the right only; send the end of the text',
      );
    }
    return sequence;
  });
}

function cosine(first: Float32Array, second: Float32Array): number {
  let product = 0;
  let firstSquares = 0;
  let secondSquares = 0;
  for (let index = 0; index < first.length; index++) {
    product += first[index] * second[index];
    firstSquares += first[index] ** 2;
    secondSquares += second[index] ** 2;
  }
  const lengths = Math.sqrt(firstSquares * secondSquares);
  return lengths === 0 ? 0 : product / lengths;
}

/** Answers POST /similarity: the cosine of each sentence's vector and the source's. */
export async function answerSimilarity(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const begun = performance.now();
  const { inputs, parameters } = checkBody(similaritySchema, request.body);
  const { source_sentence: source, sentences } = inputs;
  if (sentences.length === 0) checkBatch(0, request.limits, 'inputs.sentences');
  checkBatch(sentences.length + 1, request.limits);
  const texts = [source, ...sentences];
  for (const text of texts) checkText(text === '');
  refusePrompt(parameters?.prompt_name);
  const model = encoderFor(request, service);
  const [first, ...others] = await embedSequences(model, texts, parameters ?? {}, request);
  const { timings } = request.context;
  const characters = sum(texts.map((text) => text.length));
  const tokens = first.tokens + sum(others.map((text) => text.tokens));
  return {
    body: others.map(({ vector }) => cosine(first.vector, vector)),
    headers: computeHeaders({ timings, begun, characters, tokens }),
    encoded: encodedWork(model, [first, ...others]),
  };
}
