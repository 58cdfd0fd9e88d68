// The routes of the encoder service as /openapi.json describes them.
import type { TSchema } from 'typebox';
import { encodeRequestSchema } from './encode-request.js';
import { type ApiAnswer, type ApiRoute, openApiDocument } from './open-api.js';
import { refusalStatus } from './refusal.js';
import { Type } from './schema.js';

/** A vector, or with the pooling strategy NONE one for each token. */
const vectorSchema = Type.Union([Type.Array(Type.Number()), Type.Array(Type.Array(Type.Number()))]);

const encodeAnswerSchema = Type.Object({
  id: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
  result: Type.Array(vectorSchema, { description: 'One vector for each text, in order.' }),
  results: Type.Array(vectorSchema, { description: 'The same again.' }),
  tokens: Type.Optional(
    Type.Array(Type.Array(Type.String()), {
      description: 'The tokens of each text, where the service shows them.',
    }),
  ),
  status: Type.Literal(200),
});

const codes = Object.keys(refusalStatus).map((code) => Type.Literal(code));
const refusalSchema = Type.Object({
  status: Type.Integer(),
  error: Type.Object({ code: Type.Union(codes), message: Type.String() }),
  message: Type.String(),
  description: Type.String(),
  type: Type.String(),
});

const serverStatusSchema = Type.Object(
  {
    status: Type.Literal(200),
    server_version: Type.String(),
    statistic: Type.Object({}, { description: 'Counts of requests, sequences and clients.' }),
    polytag: Type.Object({}, { description: 'What bert-as-service did not tell.' }),
  },
  { description: 'Every flag by its name, the statistics, and more.' },
);

const clientStatusSchema = Type.Object({
  identity: Type.String(),
  num_request: Type.Integer(),
  num_pending_request: Type.Integer(),
  pending_request: Type.Array(Type.Integer()),
  output_fmt: Type.Literal('list'),
  port: Type.Union([Type.Integer(), Type.Null()]),
  port_out: Type.Union([Type.Integer(), Type.Null()]),
  server_ip: Type.String(),
  client_version: Type.Union([Type.String(), Type.Null()]),
  timeout: Type.Integer(),
  status: Type.Literal(200),
});

const healthSchema = Type.Object({ status: Type.Literal(200), health: Type.Literal('serving') });

function good(description: string, schema?: TSchema): ApiAnswer {
  return { description, schema };
}

function refused(description: string, headers?: Record<string, string>): ApiAnswer {
  return { description, schema: refusalSchema, headers };
}

const unavailable = refused('Too much to do, or closing.', {
  'Retry-After': 'Seconds after which to try again.',
});
/** What the HTTP layer itself refuses, whatever the route. */
const anywhere = {
  400: refused('The request cannot be understood; the message says why.'),
  408: refused('The request did not arrive in time.'),
  431: refused('The headers are larger than 16 KiB.'),
};

export const apiRoutes: readonly ApiRoute[] = [
  {
    method: 'post',
    path: '/encode',
    summary: 'Texts in, vectors out.',
    body: {
      'application/json': encodeRequestSchema,
      'application/x-www-form-urlencoded': Type.Object({
        id: Type.String(),
        texts: Type.Array(Type.String(), {
          description: 'One field for each text, or one field with a JSON list.',
        }),
        is_tokenized: Type.Optional(Type.Enum(['true', 'false', '1', '0'])),
      }),
    },
    answers: {
      200: good('The vectors.', encodeAnswerSchema),
      ...anywhere,
      413: refused('The body is too large, also after unpacking.'),
      415: refused('The body is neither JSON nor a form, or packed in another way than gzip.'),
      500: refused('The service failed.'),
      503: unavailable,
    },
  },
  {
    method: 'get',
    path: '/status/server',
    summary: 'The settings and statistics of the service.',
    answers: {
      200: good('The status.', serverStatusSchema),
      ...anywhere,
      500: refused('The service failed.'),
    },
  },
  {
    method: 'get',
    path: '/status/client',
    summary: 'The requests that came by HTTP.',
    answers: {
      200: good('The status.', clientStatusSchema),
      ...anywhere,
      500: refused('The service failed.'),
    },
  },
  {
    method: 'get',
    path: '/health',
    summary: 'Whether the service takes requests.',
    answers: { 200: good('It does.', healthSchema), ...anywhere, 503: unavailable },
  },
  {
    method: 'get',
    path: '/openapi.json',
    summary: 'This document.',
    answers: { 200: good('The document.'), ...anywhere },
  },
];

/** The OpenAPI document of the encoder service. */
export function describeApi(): Record<string, unknown> {
  return openApiDocument({
    title: 'polytag encoder service',
    // The version of the interface, which is that of the original.
    version: '1.10.0',
    description: 'Texts in, vectors out, as bert-as-service 1.10 answered over HTTP.',
    routes: apiRoutes,
  });
}
