// The Perspective API v1alpha1 (commentanalyzer.googleapis.com), for its clients with one URL changed.
import type { ApiAnswer } from '../http/open-api.js';
import { Refusal } from '../http/refusal.js';
import type { Dialect, DialectOptions, DialectRequest, DialectRoute } from './dialect.js';
import { answerAnalyze } from './perspective/analyze.js';
import { discoveryDocument } from './perspective/discovery.js';
import { refuse } from './perspective/refusals.js';
import { analyzeSchema, answerSchemas, suggestSchema } from './perspective/schemas.js';
import { answerSuggestScore } from './perspective/suggest-score.js';
import { Type } from '../http/schema.js';

function refused(description: string): ApiAnswer {
  return { description, schema: answerSchemas.error };
}

const refusals: Readonly<Record<number, ApiAnswer>> = {
  400: refused('The request cannot be answered; message and errorType say why.'),
  401: refused('The key is missing, or not known.'),
  403: refused('The key may not do this.'),
  404: refused('No such model.'),
  413: refused('The body is too large.'),
  415: refused('The body is packed in another way than gzip.'),
  429: refused('The key is beyond its rate.'),
  503: refused('Too much to do, or closing.'),
};

function answerDiscovery({ query, origin }: DialectRequest): { body: unknown } {
  const version = query.get('version') ?? 'v1alpha1';
  if (version !== 'v1alpha1') {
    throw new Refusal('NOT_FOUND', 'there is no such version of the API; there is v1alpha1');
  }
  return { body: discoveryDocument(origin) };
}

const discovery: DialectRoute = {
  method: 'get',
  path: '/$discovery/rest',
  summary: "What the Perspective API has, for Google's clients.",
  // Clients read it before they know where to put a key.
  access: 'open',
  answers: {
    200: {
      description: 'A discovery document whose URLs are those of this service.',
      schema: Type.Object({ rootUrl: Type.String() }),
    },
    404: refused('No such version.'),
  },
  answer: answerDiscovery,
};

/** The Perspective API. */
export function createPerspective(options: DialectOptions): Dialect {
  const analyze: DialectRoute = {
    method: 'post',
    path: '/v1alpha1/comments:analyze',
    summary: 'Scores of a comment for attributes.',
    body: { 'application/json': analyzeSchema },
    // Google's samples send no Content-Type, or fetch's text/plain.
    anyMediaType: true,
    answers: {
      200: {
        description: 'Scores by attribute; attributeScores is missing where none is left.',
        schema: answerSchemas.analyze,
      },
      ...refusals,
    },
    answer: answerAnalyze,
  };
  const suggest: DialectRoute = {
    method: 'post',
    path: '/v1alpha1/comments:suggestscore',
    summary: 'Keeps what a comment should have scored, as a row for training.',
    body: { 'application/json': suggestSchema },
    answers: {
      200: { description: 'It is kept, unless doNotStore is true.', schema: answerSchemas.suggest },
      ...refusals,
    },
    answer: (request, service) => answerSuggestScore(request, service, options),
  };
  return {
    name: 'perspective',
    title: 'Google Perspective API v1alpha1',
    routes: [analyze, suggest, discovery],
    example: `curl {origin}/v1alpha1/comments:analyze -H 'Content-Type: application/json' -d '{"comment": {"text": "You are an idiot."}, "requestedAttributes": {"TOXICITY": {}}}'`,
    refuse,
  };
}
