// The request of POST /v2/models/{model}/infer: one tensor of texts, and which outputs are wanted how.
import type { Static } from 'typebox';
import { parseStrictJson } from '../../http/json-scan.js';
import { Refusal } from '../../http/refusal.js';
import { checkBody } from '../../http/schema-check.js';
import type { DialectRequest } from '../dialect.js';
import { jsonLengthHeader, readStrings, splitBody } from './binary-tensors.js';
import { Type } from '../../http/schema.js';

/** Levels of arrays and objects. */
const jsonDepth = 64;
const mostDimensions = 8;
const mostElements = 2 ** 31 - 1;
const mostOutputs = 16;

const parameters = Type.Optional(
  Type.Record(Type.String(), Type.Unknown(), {
    description: 'Those that mean nothing here are ignored.',
  }),
);
const name = Type.String({ minLength: 1, maxLength: 256 });

export const inferSchema = Type.Object({
  id: Type.Optional(Type.String({ maxLength: 1024, description: 'Comes back as it was sent.' })),
  parameters,
  inputs: Type.Array(
    Type.Object({
      name,
      shape: Type.Array(Type.Integer({ minimum: 0, maximum: mostElements }), {
        minItems: 1,
        maxItems: mostDimensions,
      }),
      datatype: Type.String({ maxLength: 64, description: 'BYTES: texts.' }),
      parameters,
      data: Type.Optional(
        Type.Array(Type.Unknown(), {
          description: 'Texts, as one list or nested as the shape is.',
        }),
      ),
    }),
    { minItems: 1, maxItems: 1, description: 'One tensor of texts, whatever its name.' },
  ),
  outputs: Type.Optional(
    Type.Array(Type.Object({ name, parameters }), {
      maxItems: mostOutputs,
      description: 'Those wanted. Default: all.',
    }),
  ),
});

type InferBody = Static<typeof inferSchema>;
type InputTensor = InferBody['inputs'][number];
type Parameters = Readonly<Record<string, unknown>>;

/** An output that is wanted. */
export interface WantedOutput {
  readonly name: string;
  /** As bytes after the JSON. */
  readonly isBinary: boolean;
  /** Triton's classification extension: the highest so many, as strings; undefined: the tensor itself. */
  readonly classes: number | undefined;
}

export interface InferRequest {
  readonly id: string | undefined;
  readonly texts: readonly string[];
  /** Undefined: all, as `allBinary` says. */
  readonly outputs: readonly WantedOutput[] | undefined;
  readonly allBinary: boolean;
}

function invalid(problem: string): Refusal {
  return new Refusal('REQUEST_INVALID', problem);
}

/** The strings of a nested list, in order. */
function flatten(data: readonly unknown[], name: string, most: number): string[] {
  const strings: string[] = [];
  const visit = (values: readonly unknown[]): void => {
    for (const value of values) {
      if (Array.isArray(value)) visit(value);
      else if (typeof value !== 'string') {
        throw invalid(
          `the data of input ${name} holds something else than strings; BYTES are strings`,
        );
      } else if (strings.length === most) {
        throw invalid(
          `input ${name} has more than ${most} elements; send them in several requests`,
        );
      } else strings.push(value);
    }
  };
  visit(data);
  return strings;
}

function binarySize(parameters: Parameters, name: string): number | undefined {
  if (Object.keys(parameters).some((key) => key.startsWith('shared_memory_'))) {
    throw invalid(`input ${name} is in shared memory, which this server does not share`);
  }
  const size = parameters.binary_data_size;
  if (size === undefined) return undefined;
  if (typeof size === 'number' && Number.isInteger(size) && size >= 0) return size;
  throw invalid(`binary_data_size of input ${name} is not a number of bytes`);
}

function readTexts(input: InputTensor, binary: Buffer, most: number): string[] {
  const { datatype, data } = input;
  const name = JSON.stringify(input.name);
  if (datatype !== 'BYTES') {
    throw invalid(
      `input ${name} has the datatype ${JSON.stringify(datatype)}; expected BYTES, texts`,
    );
  }
  const size = binarySize(input.parameters ?? {}, name);
  if (size === undefined && data === undefined) throw invalid(`input ${name} has no data`);
  if (size !== undefined && data !== undefined) {
    throw invalid(`input ${name} has both data and binary data; expected one of them`);
  }
  if ((size ?? 0) !== binary.length) {
    throw invalid(`${binary.length} bytes follow the JSON; input ${name} tells of ${size ?? 0}`);
  }
  const texts = data === undefined ? readStrings(binary, name, most) : flatten(data, name, most);
  const count = input.shape.reduce((product, dimension) => product * dimension, 1);
  if (count !== texts.length) {
    throw invalid(
      `input ${name} has ${texts.length} elements; its shape [${input.shape.join(', ')}] has ${count}`,
    );
  }
  if (count === 0) throw invalid(`input ${name} is empty; expected one text at least`);
  return texts;
}

function readOutput(
  { name, parameters = {} }: { name: string; parameters?: Parameters },
  byDefault: boolean,
): WantedOutput {
  const { binary_data: binary = byDefault, classification: classes } = parameters;
  if (Object.keys(parameters).some((key) => key.startsWith('shared_memory_'))) {
    throw invalid(
      `output ${JSON.stringify(name)} is wanted in shared memory, which this server does not share`,
    );
  }
  if (typeof binary !== 'boolean') {
    throw invalid(`binary_data of output ${JSON.stringify(name)} is not true or false`);
  }
  const isCount = typeof classes === 'number' && Number.isInteger(classes) && classes > 0;
  if (classes !== undefined && !isCount) {
    throw invalid(`classification of output ${JSON.stringify(name)} is not a whole number above 0`);
  }
  return { name, isBinary: binary, classes };
}

/** The JSON of a request, and the bytes after it. @throws Refusal BODY_INVALID, REQUEST_INVALID */
function readParts(request: DialectRequest): { readonly sent: unknown; readonly binary: Buffer } {
  const header = request.headers.get(jsonLengthHeader);
  if (header === undefined && request.mediaType === 'application/json') {
    return { sent: request.body, binary: Buffer.alloc(0) };
  }
  const { json, binary } = splitBody(request.bytes, header);
  return { sent: parseStrictJson(json, jsonDepth).value, binary };
}

/** @throws Refusal BODY_INVALID, REQUEST_INVALID */
export function readInferRequest(request: DialectRequest): InferRequest {
  const { sent, binary } = readParts(request);
  const body = checkBody(inferSchema, sent);
  const texts = readTexts(body.inputs[0], binary, request.limits.texts);
  const { binary_data_output: allBinary = false }: Parameters = body.parameters ?? {};
  if (typeof allBinary !== 'boolean') throw invalid('binary_data_output is not true or false');
  // An empty list of outputs is what some clients send for none named.
  const named = body.outputs !== undefined && body.outputs.length > 0 ? body.outputs : undefined;
  return {
    id: body.id,
    texts,
    outputs: named?.map((output) => readOutput(output, allBinary)),
    allBinary,
  };
}
