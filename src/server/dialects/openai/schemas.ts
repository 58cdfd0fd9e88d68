// The bodies of OpenAI's API that are served here (its openapi.yaml). Members beside these are ignored.
import type { Static } from 'typebox';
import { Type } from '../../http/schema.js';

const longestName = 512;
/** No vocabulary has as many. */
const largestId = 2 ** 31 - 1;
const mostDimensions = 65_536;

const part = Type.Union([
  Type.Object({ type: Type.Enum(['text']), text: Type.String() }),
  Type.Object({
    type: Type.Enum(['image_url']),
    image_url: Type.Object({ url: Type.String() }),
  }),
]);

/** A part of an input: a text, or an image, which is not read. */
export type InputPart = Static<typeof part>;

export const moderationSchema = Type.Object({
  input: Type.Union(
    [Type.String(), Type.Array(Type.String(), { minItems: 1 }), Type.Array(part, { minItems: 1 })],
    { description: 'A text, a list of texts, or the parts of one input, of which texts are read.' },
  ),
  model: Type.Optional(
    Type.Union([Type.String({ maxLength: longestName }), Type.Null()], {
      description: "NAME, NAME@VERSION, or a name of OpenAI's for the first classifier.",
    }),
  ),
});

const ids = Type.Array(Type.Integer({ minimum: 0, maximum: largestId }), { minItems: 1 });

export const embeddingSchema = Type.Object({
  input: Type.Union(
    [
      Type.String({ minLength: 1 }),
      Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
      ids,
      Type.Array(ids, { minItems: 1 }),
    ],
    { description: "A text, a list of texts, or token ids of the model's own vocabulary." },
  ),
  model: Type.String({ maxLength: longestName, description: 'NAME or NAME@VERSION.' }),
  encoding_format: Type.Optional(
    Type.Union([Type.Enum(['float', 'base64']), Type.Null()], {
      description: 'Default float. base64: little-endian float32.',
    }),
  ),
  dimensions: Type.Optional(
    Type.Union([Type.Integer({ minimum: 1, maximum: mostDimensions }), Type.Null()], {
      description: "Only the model's own number is taken.",
    }),
  ),
  user: Type.Optional(Type.Union([Type.String({ maxLength: 4096 }), Type.Null()])),
  truncate: Type.Optional(
    Type.Boolean({
      description: "Not OpenAI's: cut inputs that are too long. Default false: they are refused.",
    }),
  ),
});

export type EmbeddingRequest = Static<typeof embeddingSchema>;

const model = Type.Object({
  id: Type.String(),
  object: Type.String(),
  created: Type.Integer(),
  owned_by: Type.String(),
  version: Type.String(),
  kind: Type.Enum(['classifier', 'encoder']),
});

const categories = Type.Record(Type.String(), Type.Union([Type.Boolean(), Type.Null()]));

export const answerSchemas = {
  moderations: Type.Object({
    id: Type.String(),
    model: Type.String(),
    results: Type.Array(
      Type.Object({
        flagged: Type.Boolean(),
        categories,
        category_scores: Type.Record(Type.String(), Type.Number()),
        category_applied_input_types: Type.Record(Type.String(), Type.Array(Type.String())),
        polytag: Type.Object({
          tokens: Type.Integer(),
          truncated: Type.Integer(),
          windows: Type.Integer(),
          ignored_parts: Type.Integer(),
        }),
      }),
    ),
    thresholds_version: Type.Integer(),
  }),
  embeddings: Type.Object({
    object: Type.String(),
    data: Type.Array(
      Type.Object({
        object: Type.String(),
        index: Type.Integer(),
        embedding: Type.Union([Type.Array(Type.Number()), Type.String()]),
      }),
    ),
    model: Type.String(),
    usage: Type.Object({ prompt_tokens: Type.Integer(), total_tokens: Type.Integer() }),
    truncated: Type.Integer(),
  }),
  model,
  models: Type.Object({ object: Type.String(), data: Type.Array(model) }),
  error: Type.Object({
    error: Type.Object({
      message: Type.String(),
      type: Type.String(),
      param: Type.Union([Type.String(), Type.Null()]),
      code: Type.Union([Type.String(), Type.Null()]),
    }),
  }),
};
