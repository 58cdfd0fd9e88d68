// The bodies and answers of the native interface.
import type { TSchema } from 'typebox';
import { Type } from '../../http/schema.js';

/** Texts in a schema; how many a request may have, the service says. */
const mostTexts = 1_000_000;
const mostLabels = 100_000;

const modelName = Type.Optional(
  Type.String({
    maxLength: 96,
    description: 'A served model; the first one where it is left out.',
  }),
);
const text = Type.Optional(Type.String({ description: 'One text, instead of `texts`.' }));
const texts = Type.Optional(
  Type.Array(Type.String(), { minItems: 1, maxItems: mostTexts, description: 'Texts, in order.' }),
);
const labels = Type.Optional(
  Type.Array(Type.String(), {
    minItems: 1,
    maxItems: mostLabels,
    description: 'Labels that are answered for; all where they are left out.',
  }),
);

export const scoreBody = Type.Object({
  text,
  texts,
  model: modelName,
  labels,
  explain: Type.Optional(
    Type.Boolean({ description: 'Adds the score of each sentence by itself. Default false.' }),
  ),
});

export const explainBody = Type.Object({
  text: Type.String({ description: 'The text.' }),
  model: modelName,
  labels,
  method: Type.Optional(
    Type.Enum(['gradient', 'occlusion'], { description: 'How words are weighed.' }),
  ),
  tokens: Type.Optional(Type.Boolean({ description: 'Whether words are weighed. Default true.' })),
  sentences: Type.Optional(
    Type.Boolean({ description: 'Whether sentences are scored. Default true.' }),
  ),
});

export const embedBody = Type.Object({
  text,
  texts,
  model: modelName,
  normalize: Type.Optional(
    Type.Boolean({ description: 'Whether vectors get the length 1. Default true.' }),
  ),
});

export const thresholdsBody = Type.Object({
  thresholds: Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1 }), {
    description: 'Thresholds by label; labels left out keep theirs.',
  }),
  reason: Type.Optional(
    Type.String({ maxLength: 500, description: 'Kept beside them in the model folder.' }),
  ),
  dry_run: Type.Optional(
    Type.Boolean({ description: 'Only says what the change would do. Default false.' }),
  ),
});

const span = {
  begin: Type.Integer({ description: 'UTF-16 offset.' }),
  end: Type.Integer({ description: 'UTF-16 offset, exclusive.' }),
};
const sentences = Type.Array(
  Type.Object({ ...span, score: Type.Union([Type.Number(), Type.Null()]) }),
);
const timings = Type.Object({
  tokenize_ms: Type.Number(),
  queue_ms: Type.Number(),
  compute_ms: Type.Number(),
});
const named = {
  model: Type.String(),
  version: Type.String({ description: 'Changes with any byte of the model.' }),
};

export const scoreAnswer = Type.Object({
  ...named,
  thresholds_version: Type.Integer(),
  results: Type.Array(
    Type.Object({
      labels: Type.Array(
        Type.Object({
          label: Type.String(),
          score: Type.Number(),
          threshold: Type.Number(),
          flagged: Type.Boolean({ description: 'Whether the score is at least the threshold.' }),
          sentences: Type.Optional(sentences),
        }),
      ),
      tokens: Type.Integer({ description: 'Tokens read, over all windows.' }),
      truncated: Type.Integer({ description: 'Tokens that were left out.' }),
      windows: Type.Integer({ description: '1 unless the text is long.' }),
    }),
  ),
  usage: Type.Object({ texts: Type.Integer(), tokens: Type.Integer() }),
  timings,
});

export const explainAnswer = Type.Object({
  ...named,
  thresholds_version: Type.Integer(),
  method: Type.String(),
  labels: Type.Array(
    Type.Object({
      label: Type.String(),
      score: Type.Number(),
      base_score: Type.Number({ description: 'With every word masked.' }),
      threshold: Type.Number(),
      flagged: Type.Boolean(),
      tokens: Type.Array(Type.Object({ ...span, text: Type.String(), weight: Type.Number() })),
      sentences,
    }),
  ),
  tokens: Type.Integer(),
  truncated: Type.Integer(),
  windows: Type.Integer(),
  timings,
});

export const embedAnswer = Type.Object({
  ...named,
  dimensions: Type.Integer(),
  embeddings: Type.Array(Type.Array(Type.Number())),
  tokens: Type.Array(Type.Integer()),
  truncated: Type.Array(Type.Integer()),
  usage: Type.Object({ texts: Type.Integer(), tokens: Type.Integer() }),
});

const classifier = {
  name: Type.String(),
  version: Type.String(),
  labels: Type.Array(Type.String()),
  thresholds: Type.Object({ version: Type.Integer(), values: Type.Array(Type.Number()) }),
  languages: Type.Array(Type.String()),
  max_length: Type.Integer(),
  windows: Type.Union([Type.String(), Type.Null()]),
  loaded_at: Type.String(),
};
export const classifierAnswer = Type.Object(classifier);
export const classifiersAnswer = Type.Object({ classifiers: Type.Array(Type.Object(classifier)) });

export const validationAnswer = Type.Object({
  ...named,
  labels: Type.Array(Type.String()),
  rows: Type.Integer({ description: 'Rows that were kept.' }),
  total: Type.Integer({ description: 'Validation rows that there were.' }),
  targets: Type.Array(Type.Array(Type.Integer()), {
    description: 'For each label and row 1, 0, or -1 where it is unknown.',
  }),
  scores: Type.Array(Type.Array(Type.Number()), { description: 'For each label and row.' }),
});

const rate = Type.Union([Type.Number(), Type.Null()]);
export const thresholdsAnswer = Type.Object({
  ...named,
  thresholds_version: Type.Integer(),
  thresholds: Type.Array(Type.Number()),
  recent: Type.Object({
    texts: Type.Integer({ description: 'Texts of recent traffic that the rates are of.' }),
    flag_rates: Type.Array(Type.Object({ label: Type.String(), before: rate, after: rate })),
  }),
});

export const reloadAnswer = Type.Object({
  model: Type.String(),
  before: Type.String(),
  after: Type.String(),
});

export const refusalAnswer: TSchema = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String() }),
  request_id: Type.String(),
});
