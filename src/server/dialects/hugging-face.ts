// Hugging Face's inference API, as its clients use it with the address of an endpoint: {inputs, parameters}.
import type { Static, TSchema } from 'typebox';
import type { ApiAnswer } from '../http/open-api.js';
import { Refusal, type RefusalCode } from '../http/refusal.js';
import { checkBody } from '../http/schema-check.js';
import type { ScoringService } from '../scoring/scoring-service.js';
import type { ServedClassifier, ServedEncoder } from '../scoring/served-model.js';
import type { Dialect, DialectAnswer, DialectRequest, DialectRoute } from './dialect.js';
import { activate, activations, rankLabels } from './label-scores.js';
import { modelNamed, modelNameOf } from './named-model.js';
import {
  answerSimilarity,
  checkDimensions,
  embedSequences,
  refusePrompt,
  shapeVector,
} from './text-embeddings-inference/embed.js';
import { encodedWork, writeTensors } from './vector-lists.js';
import { Type } from '../http/schema.js';

const most = { minimum: 1, maximum: 65_536 };
const texts = Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
  description: 'A text, or several.',
});

function orNull<Schema extends TSchema>(schema: Schema) {
  return Type.Optional(Type.Union([schema, Type.Null()]));
}

const classificationSchema = Type.Object({
  inputs: texts,
  parameters: orNull(
    Type.Object({
      function_to_apply: orNull(
        Type.Enum([...activations], {
          description: 'Default sigmoid: the labels are independent.',
        }),
      ),
      top_k: orNull(Type.Integer({ ...most, description: 'The highest so many. Default all.' })),
    }),
  ),
});

const vectorOptions = {
  normalize: orNull(Type.Boolean({ description: 'To length 1. Default true.' })),
  prompt_name: orNull(Type.String()),
  truncate: orNull(Type.Boolean()),
  truncation_direction: orNull(Type.Enum(['left', 'Left', 'right', 'Right'])),
  dimensions: orNull(Type.Integer(most)),
  encoding_format: orNull(Type.Enum(['float'])),
};

/** The JavaScript client sends what is asked for beside `inputs`, the Python client in `parameters`. */
const extractionSchema = Type.Object({
  inputs: texts,
  ...vectorOptions,
  parameters: orNull(Type.Object(vectorOptions)),
});

const similaritySchema = Type.Object({
  inputs: Type.Object({ source_sentence: Type.String(), sentences: Type.Array(Type.String()) }),
});

function listOf(inputs: Static<typeof texts>, most: number): readonly string[] {
  const list = typeof inputs === 'string' ? [inputs] : inputs;
  if (list.length <= most) return list;
  throw new Refusal(
    'REQUEST_INVALID',
    `inputs has ${list.length} texts; expected at most ${most}: send them in several requests`,
  );
}

/** A list for each text, also for a single one: both clients take the first of the answer. */
async function classify(model: ServedClassifier, request: DialectRequest): Promise<DialectAnswer> {
  const { inputs, parameters } = checkBody(classificationSchema, request.body);
  const list = listOf(inputs, request.limits.texts);
  const scores = await model.score(list, request.context);
  const activation = parameters?.function_to_apply ?? 'sigmoid';
  const labels = parameters?.top_k ?? model.labels.length;
  return {
    body: scores.map((text) => rankLabels(model.labels, activate(text, activation), labels)),
    scored: { model, texts: scores },
  };
}

/** A vector for each text, in a list also for a single one. */
async function extractFeatures(
  model: ServedEncoder,
  request: DialectRequest,
): Promise<DialectAnswer> {
  const { inputs, parameters, ...beside } = checkBody(extractionSchema, request.body);
  const list = listOf(inputs, request.limits.texts);
  const wish = { ...beside, ...parameters };
  refusePrompt(wish.prompt_name);
  const dimensions = checkDimensions(wish.dimensions, model.dimensions);
  const encoded = await embedSequences(model, list, wish, request);
  const tensors = encoded.map(({ vector }) => {
    const data = shapeVector(vector, { dimensions, normalize: wish.normalize ?? true });
    return { data, shape: [data.length] };
  });
  const bytes = await writeTensors(tensors, request.context.signal);
  return { bytes, encoded: encodedWork(model, encoded) };
}

/** Answers by what the model is, where no task is named. */
function answerByModel(request: DialectRequest, service: ScoringService): Promise<DialectAnswer> {
  const model = modelNamed(service, modelNameOf(request));
  return model.kind === 'classifier' ? classify(model, request) : extractFeatures(model, request);
}

const tasks: Readonly<Record<string, DialectRoute['answer']>> = {
  'text-classification': (request, service) =>
    classify(service.classifier(modelNameOf(request)), request),
  'feature-extraction': (request, service) =>
    extractFeatures(service.encoder(modelNameOf(request)), request),
  'sentence-similarity': answerSimilarity,
};

function answerTask(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> | DialectAnswer {
  const { task } = request.parameters;
  if (Object.hasOwn(tasks, task)) return tasks[task](request, service);
  const known = Object.keys(tasks).join(', ');
  throw new Refusal('NOT_FOUND', `there is no such task here; there is ${known}`);
}

/** The JavaScript client asks again at once, without end, where it hears 503: overload is 429. */
const statuses: Readonly<Partial<Record<RefusalCode, number>>> = {
  QUEUE_FULL: 429,
  TOO_BUSY: 429,
  DEADLINE: 429,
  TEXT_TOO_LONG: 400,
};

function refuse({ code, message, status }: Refusal): DialectAnswer {
  return { status: statuses[code] ?? status, body: { error: message } };
}

const errorSchema = Type.Object({ error: Type.String() });

function refused(description: string): ApiAnswer {
  return { description, schema: errorSchema };
}

const answers: Readonly<Record<number, ApiAnswer>> = {
  200: {
    description: 'For each text a list of labels with scores, the highest first, or its vector.',
    schema: Type.Array(
      Type.Array(
        Type.Union([Type.Object({ label: Type.String(), score: Type.Number() }), Type.Number()]),
      ),
    ),
  },
  400: refused('The request is not as it must be.'),
  404: refused('No such model or task.'),
  413: refused('The body is too large.'),
  415: refused('The body is not JSON.'),
  429: refused('Too much to do.'),
  503: refused('The service is closing.'),
};

function route(
  path: string,
  summary: string,
  body: TSchema,
  answer: DialectRoute['answer'],
): DialectRoute {
  return { method: 'post', path, summary, body: { 'application/json': body }, answers, answer };
}

const anyModel = Type.Union([classificationSchema, extractionSchema]);
const anyTask = Type.Union([classificationSchema, extractionSchema, similaritySchema]);

/** Hugging Face's inference API. */
export const huggingFace: Dialect = {
  name: 'hugging-face',
  title: 'Hugging Face inference API',
  routes: [
    route('/', 'Labels or vectors of texts, by the first model.', anyModel, answerByModel),
    route('/models/{model}', 'Labels or vectors of texts.', anyModel, answerByModel),
    route('/models/{model}/pipeline/{task}', 'A task by a model.', anyTask, answerTask),
    route('/pipeline/{task}/{model}', 'A task by a model.', anyTask, answerTask),
    route('/pipeline/{task}', 'A task by the first model that can do it.', anyTask, answerTask),
  ],
  example: `curl {origin}/ -H 'Content-Type: application/json' -d '{"inputs": "You are an idiot."}'`,
  refuse,
};
