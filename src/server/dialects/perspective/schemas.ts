// The bodies of the Perspective API v1alpha1, as its discovery document describes them.
import type { Static } from 'typebox';
import { Type } from '../../http/schema.js';

const longestToken = 4096;
const token = Type.Optional(Type.String({ maxLength: longestToken }));
const textEntry = Type.Object({
  text: Type.Optional(Type.String({ description: 'At most 20,480 bytes of UTF-8.' })),
  type: Type.Optional(Type.String({ description: 'PLAIN_TEXT, the default.' })),
});
const languages = Type.Optional(
  Type.Array(Type.String({ maxLength: 64 }), {
    maxItems: 64,
    description: 'BCP-47 tags. All have to be spoken by the model.',
  }),
);

const shared = {
  comment: Type.Optional(textEntry),
  context: Type.Optional(
    Type.Object(
      {
        entries: Type.Optional(Type.Array(textEntry)),
        articleAndParentComment: Type.Optional(
          Type.Object({
            article: Type.Optional(textEntry),
            parentComment: Type.Optional(textEntry),
          }),
        ),
      },
      { description: 'Accepted and not used, as at Perspective.' },
    ),
  ),
  languages,
  doNotStore: Type.Optional(Type.Boolean()),
  clientToken: token,
  sessionId: token,
  communityId: token,
};

export const analyzeSchema = Type.Object({
  ...shared,
  requestedAttributes: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Object({
        scoreType: Type.Optional(Type.String({ description: 'PROBABILITY, the default.' })),
        scoreThreshold: Type.Optional(
          Type.Number({ minimum: -1e9, maximum: 1e9, description: 'Lower scores are left out.' }),
        ),
      }),
    ),
  ),
  spanAnnotations: Type.Optional(
    Type.Boolean({
      description: 'Scores of sentences. Default false: one span, the whole comment.',
    }),
  ),
  dropUnsupportedAttributes: Type.Optional(Type.Boolean()),
});

export type AnalyzeRequest = Static<typeof analyzeSchema>;

const score = Type.Object({
  value: Type.Number({ minimum: 0, maximum: 1 }),
  type: Type.Optional(Type.String()),
});
const offset = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });
const spanScore = Type.Object({
  begin: Type.Optional(offset),
  end: Type.Optional(offset),
  score: Type.Optional(score),
});

export const suggestSchema = Type.Object({
  ...shared,
  attributeScores: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Object({
        summaryScore: Type.Optional(score),
        spanScores: Type.Optional(Type.Array(spanScore)),
      }),
    ),
  ),
});

export type SuggestRequest = Static<typeof suggestSchema>;

export const answerSchemas = {
  analyze: Type.Object({
    attributeScores: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object({ spanScores: Type.Array(spanScore), summaryScore: score }),
      ),
    ),
    languages: Type.Array(Type.String()),
    detectedLanguages: Type.Array(Type.String()),
    clientToken: token,
    polytag: Type.Object({
      model: Type.String(),
      version: Type.String(),
      tokens: Type.Integer(),
      truncated: Type.Integer(),
      windows: Type.Integer(),
    }),
  }),
  suggest: Type.Object({ clientToken: token }),
  error: Type.Object({
    error: Type.Object({
      code: Type.Integer(),
      message: Type.String(),
      status: Type.String(),
      details: Type.Optional(Type.Array(Type.Object({ errorType: Type.String() }))),
    }),
  }),
};
