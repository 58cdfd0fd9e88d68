// The bodies of Text Embeddings Inference 1.9 (its router/src/http/types.rs). Members beside these are ignored.
import { Type } from '../../http/schema.js';

/** No vocabulary has as many. */
const largestId = 2 ** 31 - 1;
const mostDimensions = 65_536;

const truncate = Type.Optional(
  Type.Union([Type.Boolean(), Type.Null()], {
    description: 'Whether long texts are cut; null, the default, cuts them. False refuses them.',
  }),
);
const truncationDirection = Type.Optional(
  Type.Enum(['left', 'Left', 'right', 'Right'], {
    description: 'The side cut off. Default right.',
  }),
);
const promptName = Type.Optional(
  Type.Union([Type.String(), Type.Null()], {
    description: 'The models served here have no prompts: null.',
  }),
);
const cutting = { truncate, truncation_direction: truncationDirection };

const ids = Type.Array(Type.Integer({ minimum: 0, maximum: largestId }));
const embedInputs = Type.Union([Type.String(), ids, Type.Array(Type.Union([Type.String(), ids]))], {
  description: 'A text, a list of texts, or token ids in the place of a text.',
});

export const predictSchema = Type.Object({
  inputs: Type.Union(
    [Type.String(), Type.Array(Type.String()), Type.Array(Type.Array(Type.String()))],
    {
      description: 'A text, or several: [["first"], ["second"]]. ["a", "b"] is one pair of texts.',
    },
  ),
  ...cutting,
  raw_scores: Type.Optional(Type.Boolean({ description: 'Logits. Default false.' })),
});

export const embedSchema = Type.Object({
  inputs: embedInputs,
  ...cutting,
  prompt_name: promptName,
  normalize: Type.Optional(Type.Boolean({ description: 'To length 1. Default true.' })),
  dimensions: Type.Optional(
    Type.Union([Type.Integer({ minimum: 0, maximum: mostDimensions }), Type.Null()], {
      description: 'Only the first so many numbers of each vector.',
    }),
  ),
});

export const embedAllSchema = Type.Object({
  inputs: embedInputs,
  ...cutting,
  prompt_name: promptName,
});

export const similaritySchema = Type.Object({
  inputs: Type.Object({
    source_sentence: Type.String(),
    sentences: Type.Array(Type.String()),
  }),
  parameters: Type.Optional(
    Type.Union([Type.Object({ ...cutting, prompt_name: promptName }), Type.Null()]),
  ),
});

export const tokenizeSchema = Type.Object({
  inputs: Type.Union([Type.String(), Type.Array(Type.String())]),
  add_special_tokens: Type.Optional(Type.Boolean({ description: 'Default true.' })),
  prompt_name: promptName,
});

export const decodeSchema = Type.Object({
  ids: Type.Union([ids, Type.Array(ids)]),
  skip_special_tokens: Type.Optional(Type.Boolean({ description: 'Default true.' })),
});

const labelScores = Type.Array(Type.Object({ score: Type.Number(), label: Type.String() }));

export const answerSchemas = {
  predict: Type.Union([labelScores, Type.Array(labelScores)]),
  embed: Type.Array(Type.Array(Type.Number())),
  embedAll: Type.Array(Type.Array(Type.Array(Type.Number()))),
  similarity: Type.Array(Type.Number()),
  tokenize: Type.Array(
    Type.Array(
      Type.Object({
        id: Type.Integer(),
        text: Type.String(),
        special: Type.Boolean(),
        start: Type.Union([Type.Integer(), Type.Null()], { description: 'In bytes of UTF-8.' }),
        stop: Type.Union([Type.Integer(), Type.Null()]),
      }),
    ),
  ),
  decode: Type.Array(Type.String()),
  error: Type.Object({ error: Type.String(), error_type: Type.String() }),
};
