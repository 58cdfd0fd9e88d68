// Text Embeddings Inference 1.9, Hugging Face's server for embeddings and classifiers: its routes over what is served.
import type { TSchema } from 'typebox';
import type { ApiAnswer } from '../http/open-api.js';
import type { Dialect, DialectRoute } from './dialect.js';
import {
  answerEmbed,
  answerEmbedAll,
  answerSimilarity,
} from './text-embeddings-inference/embed.js';
import { answerInfo } from './text-embeddings-inference/info.js';
import { answerPredict } from './text-embeddings-inference/predict.js';
import { refuse } from './text-embeddings-inference/refusals.js';
import {
  answerSchemas,
  decodeSchema,
  embedAllSchema,
  embedSchema,
  predictSchema,
  similaritySchema,
  tokenizeSchema,
} from './text-embeddings-inference/schemas.js';
import { answerDecode, answerTokenize } from './text-embeddings-inference/tokenize.js';

function answersWith(description: string, schema: TSchema): Readonly<Record<number, ApiAnswer>> {
  const refused = (reason: string): ApiAnswer => ({
    description: reason,
    schema: answerSchemas.error,
  });
  return {
    200: { description, schema },
    400: refused('No text, or no JSON: error_type Empty or Validation.'),
    413: refused('The body is too large.'),
    415: refused('The body is not JSON.'),
    422: refused('The request is not as it must be, or a text is too long: error_type Validation.'),
    424: refused('No model here does this, or it failed: error_type Backend.'),
    429: refused('Too much to do: error_type Overloaded.'),
    503: refused('The service is closing: error_type Unhealthy.'),
  };
}

function route(
  path: string,
  summary: string,
  body: TSchema,
  answers: DialectRoute['answers'],
  answer: DialectRoute['answer'],
): DialectRoute {
  return { method: 'post', path, summary, body: { 'application/json': body }, answers, answer };
}

const routes: readonly DialectRoute[] = [
  route(
    '/predict',
    'The scores of a text, or of several.',
    predictSchema,
    answersWith('All labels, the highest first.', answerSchemas.predict),
    answerPredict,
  ),
  route(
    '/embed',
    'The vectors of texts.',
    embedSchema,
    answersWith('One vector a text.', answerSchemas.embed),
    answerEmbed,
  ),
  route(
    '/embed_all',
    "The vectors of texts' tokens.",
    embedAllSchema,
    answersWith('For each text one vector a token.', answerSchemas.embedAll),
    answerEmbedAll,
  ),
  route(
    '/similarity',
    'How alike texts are to one.',
    similaritySchema,
    answersWith('One cosine a sentence.', answerSchemas.similarity),
    answerSimilarity,
  ),
  route(
    '/tokenize',
    'The tokens of texts, with their places.',
    tokenizeSchema,
    answersWith('For each text its tokens.', answerSchemas.tokenize),
    answerTokenize,
  ),
  route(
    '/decode',
    'Token ids to text.',
    decodeSchema,
    answersWith('One text for each list of ids.', answerSchemas.decode),
    answerDecode,
  ),
  {
    method: 'get',
    path: '/info',
    summary: 'What is served.',
    answers: { 200: { description: 'The model and its limits.' } },
    answer: answerInfo,
  },
  {
    method: 'get',
    path: '/health',
    summary: 'Whether the service takes requests.',
    access: 'open',
    answers: {
      200: { description: 'It does. The body is empty.' },
      503: { description: 'It is closing.', schema: answerSchemas.error },
    },
    answer: () => ({}),
  },
];

/** Text Embeddings Inference's interface. */
export const textEmbeddingsInference: Dialect = {
  name: 'text-embeddings-inference',
  title: 'Text Embeddings Inference 1.9',
  routes,
  example: `curl {origin}/predict -H 'Content-Type: application/json' -d '{"inputs": "You are an idiot."}'`,
  refuse,
};
