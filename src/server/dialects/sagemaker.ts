// Amazon SageMaker's container contract: GET /ping and POST /invocations, in JSON, JSON lines or CSV.
import type { ApiAnswer } from '../http/open-api.js';
import { readUtf8 } from '../http/json-scan.js';
import { Refusal } from '../http/refusal.js';
import { checkBody } from '../http/schema-check.js';
import type { ScoringService } from '../scoring/scoring-service.js';
import type { ServedModel } from '../scoring/served-model.js';
import { checkTextCount, readCsvTexts, readJsonLines } from './delimited-texts.js';
import type { Dialect, DialectAnswer, DialectRequest } from './dialect.js';
import { rankLabels, scoresByLabel } from './label-scores.js';
import { modelNamed } from './named-model.js';
import { checkFinite, encodedWork } from './vector-lists.js';
import { Type } from '../http/schema.js';

const instance = Type.Union([Type.String(), Type.Object({ text: Type.String() })]);

const invocationSchema = Type.Object({
  instances: Type.Optional(
    Type.Array(instance, { description: 'Texts; answered with predictions, scores by label.' }),
  ),
  inputs: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String())], {
      description: 'A text or several; answered with lists of labels and scores.',
    }),
  ),
});

/** What a request asks, however it was written. */
interface Invocation {
  readonly texts: readonly string[];
  /** The form of the answer: the request's own. */
  readonly form: 'instances' | 'inputs' | 'input' | 'lines' | 'csv';
}

const mediaTypes = {
  json: 'application/json',
  lines: 'application/jsonlines',
  csv: 'text/csv',
} as const;

function readJson(request: DialectRequest): Invocation {
  const { instances, inputs } = checkBody(invocationSchema, request.body);
  if ((instances === undefined) === (inputs === undefined)) {
    throw new Refusal(
      'REQUEST_INVALID',
      'the body has none or both of instances and inputs; expected one',
    );
  }
  if (inputs !== undefined) {
    return typeof inputs === 'string'
      ? { texts: [inputs], form: 'input' }
      : { texts: inputs, form: 'inputs' };
  }
  const texts = (instances ?? []).map((one) => (typeof one === 'string' ? one : one.text));
  return { texts, form: 'instances' };
}

/** @throws Refusal BODY_INVALID, REQUEST_INVALID */
function readInvocation(request: DialectRequest): Invocation {
  const { mediaType, bytes, limits } = request;
  if (mediaType === mediaTypes.lines) {
    return { texts: readJsonLines(readUtf8(Buffer.from(bytes)), limits.texts), form: 'lines' };
  }
  if (mediaType === mediaTypes.csv) {
    return { texts: readCsvTexts(request.bodyText, limits.texts), form: 'csv' };
  }
  const invocation = readJson(request);
  checkTextCount(invocation.texts.length, limits.texts);
  return invocation;
}

/** A media range of an Accept header takes `type`. Weights are not looked at: what is first is wanted. */
function takes(range: string, type: string): boolean {
  const [main] = type.split('/');
  return range === '*/*' || range === `${main}/*` || range === type;
}

/**
 * The media type of the answer, of those that Accept lists the first that there is; without one the request's own.
 * Undefined where there is none of them.
 */
function answerType(accept: string | undefined, own: string): string | undefined {
  const ranges = (accept ?? '')
    .split(',')
    .map((range) => range.split(';')[0].trim().toLowerCase())
    .filter((range) => range !== '');
  if (ranges.length === 0) return own;
  const known = [own, ...Object.values(mediaTypes)];
  for (const range of ranges) {
    const type = known.find((one) => takes(range, one));
    if (type !== undefined) return type;
  }
  return undefined;
}

/** What a model says of one text: scores with their labels, or a vector. */
interface Row {
  readonly values: Float32Array;
  readonly labels: readonly string[] | undefined;
}

function predictionOf({ values, labels }: Row): unknown {
  return labels === undefined ? Array.from(values) : scoresByLabel(labels, values);
}

function rankedOf({ values, labels }: Row): unknown {
  return labels === undefined ? Array.from(values) : rankLabels(labels, values);
}

function jsonAnswer(rows: readonly Row[], form: Invocation['form']): unknown {
  if (form === 'input') return rankedOf(rows[0]);
  if (form === 'inputs') return rows.map(rankedOf);
  return { predictions: rows.map(predictionOf) };
}

function writeAnswer(rows: readonly Row[], form: Invocation['form'], type: string): DialectAnswer {
  if (type === mediaTypes.json) return { body: jsonAnswer(rows, form) };
  const line = (row: Row): string =>
    type === mediaTypes.csv ? row.values.join(',') : JSON.stringify(predictionOf(row));
  return { bytes: rows.map((row) => `${line(row)}\n`).join(''), contentType: type };
}

async function rowsOf(
  model: ServedModel,
  texts: readonly string[],
  { context }: DialectRequest,
): Promise<{ readonly rows: readonly Row[] } & Pick<DialectAnswer, 'scored' | 'encoded'>> {
  if (model.kind === 'encoder') {
    const encoded = await model.embed(texts, context);
    await checkFinite(encoded.map(({ vector }) => ({ data: vector, shape: [vector.length] })));
    const rows = encoded.map(({ vector }) => ({ values: vector, labels: undefined }));
    return { rows, encoded: encodedWork(model, encoded) };
  }
  const scores = await model.score(texts, context);
  const rows = scores.map((text) => ({ values: text.scores, labels: model.labels }));
  return { rows, scored: { model, texts: scores } };
}

/** Answers POST /invocations. */
async function answerInvocation(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const own = request.mediaType ?? mediaTypes.json;
  const type = answerType(request.headers.get('accept'), own);
  if (type === undefined) {
    const offered = Object.values(mediaTypes).join(', ');
    return {
      status: 406,
      body: { error: `Accept names no type that is answered; there is ${offered}` },
    };
  }
  const { texts, form } = readInvocation(request);
  // The model that a multi-model endpoint names.
  const model = modelNamed(service, request.headers.get('x-amzn-sagemaker-target-model'));
  const { rows, ...work } = await rowsOf(model, texts, request);
  return { ...writeAnswer(rows, form, type), ...work };
}

const errorSchema = Type.Object({ error: Type.String() });

function refused(description: string): ApiAnswer {
  return { description, schema: errorSchema };
}

function refuse({ code, message, status }: Refusal): DialectAnswer {
  return { status: code === 'TEXT_TOO_LONG' ? 400 : status, body: { error: message } };
}

/** SageMaker's container contract. */
export const sagemaker: Dialect = {
  name: 'sagemaker',
  title: 'Amazon SageMaker',
  routes: [
    {
      method: 'get',
      path: '/ping',
      summary: 'Whether the container is healthy.',
      access: 'open',
      answers: {
        200: { description: 'It is. The body is empty.' },
        503: refused('It is closing.'),
      },
      answer: () => ({}),
    },
    {
      method: 'post',
      path: '/invocations',
      summary: 'Texts in; scores by label out.',
      body: {
        [mediaTypes.json]: invocationSchema,
        [mediaTypes.lines]: Type.String({
          description: 'A line a text: a string, or an object with text or inputs.',
        }),
        [mediaTypes.csv]: Type.String({ description: 'A record a text, without a header.' }),
      },
      answers: {
        200: { description: 'In the form of the request, or that of Accept.' },
        400: refused('The request is not as it must be.'),
        404: refused('No such model.'),
        406: refused('Accept names nothing that is answered.'),
        413: refused('The body is too large.'),
        415: refused('The body is neither JSON nor JSON lines nor CSV.'),
        503: refused('Too much to do, or closing.'),
      },
      answer: answerInvocation,
    },
  ],
  example: `curl {origin}/invocations -H 'Content-Type: text/csv' -d 'You are an idiot.'`,
  refuse,
};
