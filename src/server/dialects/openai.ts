// OpenAI's moderations, embeddings and models, for its clients with another baseURL.
import type { TSchema } from 'typebox';
import type { ApiAnswer } from '../http/open-api.js';
import type { Dialect, DialectRoute } from './dialect.js';
import { answerEmbeddings } from './openai/embeddings.js';
import { answerModel, answerModels } from './openai/models.js';
import { answerModerations } from './openai/moderations.js';
import { refuse } from './openai/refusals.js';
import { answerSchemas, embeddingSchema, moderationSchema } from './openai/schemas.js';

function refused(description: string): ApiAnswer {
  return { description, schema: answerSchemas.error };
}

const refusals: Readonly<Record<number, ApiAnswer>> = {
  401: refused('The API key is missing, or not known.'),
  403: refused('The API key may not do this.'),
  404: refused('No such model.'),
  429: refused('The API key is beyond its rate.'),
  503: refused('Too much to do, or closing.'),
};

const bodyRefusals: Readonly<Record<number, ApiAnswer>> = {
  400: refused('The request is not as it must be; message and param say where.'),
  413: refused('The body is too large.'),
  415: refused('The body is not JSON in UTF-8.'),
  ...refusals,
};

function postRoute(
  path: string,
  summary: string,
  [body, answer]: readonly [TSchema, TSchema],
  answerRequest: DialectRoute['answer'],
): DialectRoute {
  return {
    method: 'post',
    path,
    summary,
    body: { 'application/json': body },
    answers: { 200: { description: 'The answer.', schema: answer }, ...bodyRefusals },
    answer: answerRequest,
  };
}

/** OpenAI's API, as far as classifiers and encoders can answer it. */
export const openai: Dialect = {
  name: 'openai',
  title: 'OpenAI moderations, embeddings and models',
  routes: [
    postRoute(
      '/v1/moderations',
      "OpenAI's categories and the model's labels, for one or several inputs.",
      [moderationSchema, answerSchemas.moderations],
      answerModerations,
    ),
    postRoute(
      '/v1/embeddings',
      'Vectors of inputs.',
      [embeddingSchema, answerSchemas.embeddings],
      answerEmbeddings,
    ),
    {
      method: 'get',
      path: '/v1/models',
      summary: 'What is served.',
      answers: { 200: { description: 'Every model.', schema: answerSchemas.models }, ...refusals },
      answer: answerModels,
    },
    {
      method: 'get',
      path: '/v1/models/{model}',
      summary: 'One model, by NAME or NAME@VERSION.',
      answers: { 200: { description: 'The model.', schema: answerSchemas.model }, ...refusals },
      answer: answerModel,
    },
  ],
  example: `curl {origin}/v1/moderations -H 'Content-Type: application/json' -d '{"input": "You are an idiot."}'`,
  refuse,
};
