// KServe: the Open Inference Protocol v2 with Triton's extensions for classification and binary data, and v1.
import { packageVersion } from '../../runtime/index.js';
import type { ApiAnswer } from '../http/open-api.js';
import type { Refusal } from '../http/refusal.js';
import type { Dialect, DialectAnswer, DialectRoute } from './dialect.js';
import { answerInfer } from './kserve/infer.js';
import { inferSchema } from './kserve/infer-request.js';
import { describeModel, namedModel } from './kserve/models.js';
import { answerPredict, instancesSchema } from './kserve/predict.js';
import { Type } from '../http/schema.js';

const errorSchema = Type.Object({ error: Type.String() });
const unknownModel: ApiAnswer = { description: 'No such model or version.', schema: errorSchema };
const refusals: Readonly<Record<number, ApiAnswer>> = {
  400: { description: 'The request is not as it must be.', schema: errorSchema },
  404: unknownModel,
  413: { description: 'The body is too large.', schema: errorSchema },
  503: { description: 'Too much to do, or closing.', schema: errorSchema },
};

/** The routes of the protocol are given with and without a version. */
function withVersions(route: DialectRoute, ending: string): DialectRoute[] {
  const paths = [`/v2/models/{model}${ending}`, `/v2/models/{model}/versions/{version}${ending}`];
  return paths.map((path) => ({ ...route, path }));
}

const serverRoutes: readonly DialectRoute[] = [
  {
    method: 'get',
    path: '/v2/health/live',
    summary: 'Whether the server runs.',
    access: 'open',
    answersWhileClosing: true,
    answers: { 200: { description: 'It does.', schema: Type.Object({ live: Type.Boolean() }) } },
    answer: () => ({ body: { live: true } }),
  },
  {
    method: 'get',
    path: '/v2/health/ready',
    summary: 'Whether all models can be asked.',
    access: 'open',
    answers: {
      200: {
        description: 'They can.',
        schema: Type.Object({ live: Type.Boolean(), ready: Type.Boolean() }),
      },
      503: refusals[503],
    },
    // The specification's text and its example differ: both members are sent.
    answer: () => ({ body: { live: true, ready: true } }),
  },
  {
    method: 'get',
    path: '/v2',
    summary: 'The name of the server, and its extensions.',
    answers: { 200: { description: 'The metadata.' } },
    answer: () => ({
      body: {
        name: 'polytag',
        version: packageVersion(),
        extensions: ['classification', 'binary_tensor_data'],
      },
    }),
  },
];

const modelRoutes: readonly DialectRoute[] = [
  ...withVersions(
    {
      method: 'get',
      path: '',
      summary: 'The inputs and outputs of a model.',
      answers: { 200: { description: 'The metadata.' }, 404: unknownModel },
      answer: ({ parameters }, service) => ({
        body: describeModel(namedModel(service, parameters)),
      }),
    },
    '',
  ),
  ...withVersions(
    {
      method: 'get',
      path: '',
      summary: 'Whether a model can be asked.',
      answers: {
        200: {
          description: 'It can.',
          schema: Type.Object({ name: Type.String(), ready: Type.Boolean() }),
        },
        404: unknownModel,
        503: refusals[503],
      },
      answer: ({ parameters }, service) => ({
        body: { name: namedModel(service, parameters).name, ready: true },
      }),
    },
    '/ready',
  ),
  ...withVersions(
    {
      method: 'post',
      path: '',
      summary: 'Texts in, tensors out.',
      // First what is read as it came: clients of this protocol send no Content-Type, and bytes after their JSON.
      body: {
        'application/octet-stream': Type.String({
          description: 'The same JSON, and after it the binary data that it tells of.',
        }),
        'application/json': inferSchema,
      },
      anyMediaType: true,
      answers: { 200: { description: 'The outputs.' }, ...refusals },
      answer: answerInfer,
    },
    '/infer',
  ),
];

const firstProtocol: DialectRoute = {
  method: 'post',
  path: '/v1/models/{model}:predict',
  summary: 'Texts in; for each its scores by label, or its vector.',
  body: { 'application/json': instancesSchema },
  anyMediaType: true,
  answers: { 200: { description: 'The predictions.' }, ...refusals },
  answer: answerPredict,
};

function refuse({ code, message, status }: Refusal): DialectAnswer {
  return { status: code === 'TEXT_TOO_LONG' ? 400 : status, body: { error: message } };
}

/** KServe's interface, and that of Triton's clients. */
export const kserve: Dialect = {
  name: 'kserve',
  title: 'KServe: Open Inference Protocol v2, and v1',
  routes: [...serverRoutes, ...modelRoutes, firstProtocol],
  example: `curl {origin}/v2`,
  refuse,
};
