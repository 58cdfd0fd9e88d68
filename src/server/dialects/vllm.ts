// vLLM's POST /classify, which SGLang has at /v1/classify: probabilities in the order of the labels.
import { randomBytes } from 'node:crypto';
import type { WordPieceTokenizer } from '../../bert/index.js';
import type { ApiAnswer } from '../http/open-api.js';
import { Refusal, type RefusalCode } from '../http/refusal.js';
import { checkBody } from '../http/schema-check.js';
import type { ScoringService } from '../scoring/scoring-service.js';
import type { ServedClassifier, TextScore } from '../scoring/served-model.js';
import type { Dialect, DialectAnswer, DialectRequest, DialectRoute } from './dialect.js';
import { activate } from './label-scores.js';
import { mapInTurns } from './text-turns.js';
import { piecesOfIds, type Sequence } from './text-embeddings-inference/embedding-inputs.js';
import { modelOfReference, versionedName } from './versioned-model.js';
import { Type } from '../http/schema.js';

/** No vocabulary has as many. */
const largestId = 2 ** 31 - 1;

const ids = Type.Array(Type.Integer({ minimum: 0, maximum: largestId }), { minItems: 1 });
const flag = Type.Optional(Type.Union([Type.Boolean(), Type.Null()]));

const classifySchema = Type.Object({
  model: Type.Optional(
    Type.Union([Type.String({ maxLength: 512 }), Type.Null()], {
      description: 'NAME or NAME@VERSION. Default: the first classifier.',
    }),
  ),
  input: Type.Union(
    [
      Type.String(),
      Type.Array(Type.String(), { minItems: 1 }),
      ids,
      Type.Array(ids, { minItems: 1 }),
    ],
    { description: "A text, a list of texts, or token ids of the model's own vocabulary." },
  ),
  use_activation: flag,
  activation: flag,
});

const usageSchema = Type.Object({
  prompt_tokens: Type.Integer(),
  total_tokens: Type.Integer(),
  completion_tokens: Type.Integer(),
  prompt_tokens_details: Type.Null(),
});

const answerSchema = Type.Object({
  id: Type.String(),
  object: Type.String(),
  created: Type.Integer(),
  model: Type.String(),
  labels: Type.Array(Type.String()),
  thresholds: Type.Array(Type.Number()),
  thresholds_version: Type.Integer(),
  data: Type.Array(
    Type.Object({
      index: Type.Integer(),
      label: Type.String(),
      probs: Type.Array(Type.Number()),
      num_classes: Type.Integer(),
      decisions: Type.Array(Type.Boolean()),
      truncated: Type.Integer(),
    }),
  ),
  usage: usageSchema,
});

const errorSchema = Type.Object({
  error: Type.Object({
    message: Type.String(),
    type: Type.String(),
    param: Type.Null(),
    code: Type.Integer(),
  }),
});

/** The words of token ids, joined as the tokenizer takes them apart again. */
function textOfIds(sequence: readonly number[], tokenizer: WordPieceTokenizer): string {
  const prefix = tokenizer.settings.continuationPrefix;
  const pieces = piecesOfIds(sequence, tokenizer);
  const text = pieces
    .map((piece) => (piece.startsWith(prefix) ? piece.slice(prefix.length) : ` ${piece}`))
    .join('')
    .trimStart();
  const { ids: read } = tokenizer.encode(text, { addSpecialTokens: false });
  const isSame =
    read.length === pieces.length &&
    pieces.every((piece, at) => tokenizer.tokenOf(read[at]) === piece);
  if (isSame) return text;
  throw new Refusal(
    'REQUEST_INVALID',
    'input has token ids that no text is cut into; expected those of a text, or the text',
  );
}

function readSequences(
  input: string | readonly string[] | readonly number[] | readonly (readonly number[])[],
  most: number,
): readonly Sequence[] {
  const isOne = typeof input === 'string' || typeof input[0] === 'number';
  const sequences = (isOne ? [input] : input) as readonly Sequence[];
  if (sequences.length <= most) return sequences;
  throw new Refusal(
    'REQUEST_INVALID',
    `input has ${sequences.length} entries; expected at most ${most}`,
  );
}

function textRecord(
  { labels }: ServedClassifier,
  thresholds: readonly number[],
  text: TextScore,
  index: number,
  isActivated: boolean,
): Record<string, unknown> {
  const { scores, truncated } = text;
  const best = scores.reduce((most, score, at) => (score > scores[most] ? at : most), 0);
  return {
    index,
    label: labels[best],
    probs: Array.from(activate(text, isActivated ? 'sigmoid' : 'none')),
    num_classes: labels.length,
    decisions: labels.map((_, at) => scores[at] >= thresholds[at]),
    truncated,
  };
}

function refuseMessages(body: unknown): void {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'messages')) return;
  throw new Refusal(
    'REQUEST_INVALID',
    'messages is for models with a chat template, which those served here do not have; expected input',
  );
}

async function answerClassify(
  { body, context, limits }: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  refuseMessages(body);
  const asked = checkBody(classifySchema, body);
  const sequences = readSequences(asked.input, limits.texts);
  const model = modelOfReference(asked.model ?? undefined, (name) => service.classifier(name));
  const texts = await mapInTurns(
    sequences,
    ({ length }) => length,
    (sequence) => (typeof sequence === 'string' ? sequence : textOfIds(sequence, model.tokenizer)),
  );
  const scored = await model.score(texts, context);
  const { version, values } = model.thresholds;
  const isActivated = asked.use_activation ?? asked.activation ?? true;
  const tokens = scored.reduce((sum, text) => sum + text.tokens, 0);
  return {
    body: {
      id: `classify-${randomBytes(16).toString('hex')}`,
      object: 'list',
      created: Math.floor(Date.now() / 1000),
      model: versionedName(model),
      labels: model.labels,
      thresholds: values,
      thresholds_version: version,
      data: scored.map((text, at) => textRecord(model, values, text, at, isActivated)),
      usage: {
        prompt_tokens: tokens,
        total_tokens: tokens,
        completion_tokens: 0,
        prompt_tokens_details: null,
      },
    },
    scored: { model, texts: scored },
  };
}

const types: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFoundError',
  405: 'MethodNotAllowed',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  503: 'ServiceUnavailableError',
};

const statuses: Readonly<Partial<Record<RefusalCode, number>>> = { TEXT_TOO_LONG: 400 };

function refuse({ code, message, status: usual }: Refusal): DialectAnswer {
  const status = statuses[code] ?? usual;
  const type = types[status] ?? 'BadRequestError';
  return { status, body: { error: { message, type, param: null, code: status } } };
}

function refused(description: string): ApiAnswer {
  return { description, schema: errorSchema };
}

function classifyRoute(path: string): DialectRoute {
  return {
    method: 'post',
    path,
    summary: 'Probabilities of labels, in their order.',
    body: { 'application/json': classifySchema },
    answers: {
      200: { description: 'One entry a text.', schema: answerSchema },
      400: refused('The request is not as it must be.'),
      401: refused('The API key is missing, or not known.'),
      403: refused('The API key may not do this.'),
      404: refused('No such model.'),
      413: refused('The body is too large.'),
      415: refused('The body is not JSON in UTF-8.'),
      429: refused('The API key is beyond its rate.'),
      503: refused('Too much to do, or closing.'),
    },
    answer: answerClassify,
  };
}

/** vLLM's classification API. */
export const vllm: Dialect = {
  name: 'vllm',
  title: 'vLLM and SGLang classification',
  routes: [classifyRoute('/classify'), classifyRoute('/v1/classify')],
  example: `curl {origin}/classify -H 'Content-Type: application/json' -d '{"input": "You are an idiot."}'`,
  refuse,
};
