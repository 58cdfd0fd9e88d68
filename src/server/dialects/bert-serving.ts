// bert-as-service 1.10 over HTTP: POST /encode by the served encoder, and its two status pages.
import { polytagError } from '../../errors/index.js';
import { RequestStatistics } from '../encoder/request-statistics.js';
import { readTexts } from '../encoder/request-texts.js';
import { configRecord, ownRecord, type ServiceFacts } from '../encoder/status-record.js';
import { encodeRequestReader, encodeRequestSchema } from '../http/encode-request.js';
import type { ApiAnswer } from '../http/open-api.js';
import { ProxyStatus } from '../http/proxy-status.js';
import { type Refusal, refusalRecord } from '../http/refusal.js';
import { areFinite, writeAnswer } from '../http/vectors-json.js';
import type { ScoringService } from '../scoring/scoring-service.js';
import type { EncodedInput, ServedEncoder } from '../scoring/served-model.js';
import type { Dialect, DialectAnswer, DialectRequest } from './dialect.js';
import { encodedWork } from './vector-lists.js';
import { Type } from '../http/schema.js';

/** Levels of arrays and objects in a JSON body. */
const jsonDepth = 64;

/** What the dialect remembers of its requests, for the status. */
interface Account {
  readonly statistics: RequestStatistics;
  readonly proxy: ProxyStatus;
}

/** What is true here of the flags that the original's status shows, by their names there. */
function factsOf(encoder: ServedEncoder): ServiceFacts {
  return {
    flags: { model_dir: encoder.name, max_seq_len: encoder.maxLength, cpu: true },
    model: encoder.name,
    modelKey: encoder.version,
    started: encoder.loadedAt,
  };
}

function joinRows(encoded: readonly EncodedInput[], width: number) {
  const data = new Float32Array(encoded.length * width);
  for (const [row, { vector }] of encoded.entries()) data.set(vector, row * width);
  return { data, shape: [encoded.length, width] };
}

/** Answers POST /encode. */
async function answerEncode(
  request: DialectRequest,
  service: ScoringService,
  { statistics, proxy }: Account,
): Promise<DialectAnswer> {
  const { context, headers, limits } = request;
  const read = encodeRequestReader(headers.get('content-type'));
  const { id, texts: sent } = read(Buffer.from(request.bytes), jsonDepth);
  const texts = readTexts(sent);
  if (texts.length > limits.texts) {
    const problem = `it has ${texts.length} texts; send at most ${limits.texts} at a time`;
    throw polytagError('REQUEST_INVALID', { problem });
  }
  const encoder = service.encoder();
  statistics.countData(context.client, texts.length);
  const answered = proxy.begin();
  try {
    const encoded = await encoder.embed(texts, context);
    const truncatedTexts = encoded.filter(({ truncated }) => truncated > 0).length;
    const vectors = joinRows(encoded, encoder.dimensions);
    if (!(await areFinite(vectors.data))) throw new Error('a vector holds NaN or infinity');
    const answer = { ...vectors, tokens: undefined, truncatedTexts };
    const bytes = writeAnswer(id, answer, context.signal);
    return { bytes, encoded: encodedWork(encoder, encoded) };
  } finally {
    answered();
  }
}

function answerServerStatus(
  { context }: DialectRequest,
  service: ScoringService,
  { statistics }: Account,
): DialectAnswer {
  const facts = factsOf(service.encoder());
  statistics.countSystem(context.client);
  return {
    body: {
      ...configRecord(facts, context.client),
      statistic: statistics.figures(),
      polytag: ownRecord(facts),
      status: 200,
    },
  };
}

function answerClientStatus(
  { context, origin }: DialectRequest,
  service: ScoringService,
  { proxy }: Account,
): DialectAnswer {
  const config = configRecord(factsOf(service.encoder()), context.client);
  return { body: proxy.describe(config, new URL(origin).hostname) };
}

const errorSchema = Type.Object({
  status: Type.Integer(),
  error: Type.Object({ code: Type.String(), message: Type.String() }),
  message: Type.String(),
  description: Type.String(),
  type: Type.String(),
});

function refused(description: string): ApiAnswer {
  return { description, schema: errorSchema };
}

const refusals: Readonly<Record<number, ApiAnswer>> = {
  400: refused('The request cannot be understood; the message says why.'),
  404: refused('No encoder is served.'),
  413: refused('The body is too large.'),
  415: refused('The body is neither JSON nor a form.'),
  503: refused('Too much to do, or closing.'),
};

function refuse(refusal: Refusal): DialectAnswer {
  return { status: refusal.status, body: refusalRecord(refusal) };
}

const formSchema = Type.Object({
  id: Type.String(),
  texts: Type.Array(Type.String(), {
    description: 'One field for each text, or one field with a JSON list.',
  }),
  is_tokenized: Type.Optional(Type.Enum(['true', 'false', '1', '0'])),
});

/** bert-as-service's HTTP interface, with an account of its requests. */
export function createBertServing(): Dialect {
  const account: Account = { statistics: new RequestStatistics(), proxy: new ProxyStatus() };
  return {
    name: 'bert-serving',
    title: 'bert-as-service 1.10 over HTTP',
    routes: [
      {
        method: 'post',
        path: '/encode',
        summary: 'Texts in, vectors out.',
        body: {
          'application/json': encodeRequestSchema,
          'application/x-www-form-urlencoded': formSchema,
        },
        answers: { 200: { description: 'The vectors.' }, ...refusals },
        answer: (request, service) => answerEncode(request, service, account),
      },
      {
        method: 'get',
        path: '/status/server',
        summary: 'The settings and statistics of the service.',
        answers: { 200: { description: 'The status.' }, ...refusals },
        answer: (request, service) => answerServerStatus(request, service, account),
      },
      {
        method: 'get',
        path: '/status/client',
        summary: 'The requests that came by /encode.',
        answers: { 200: { description: 'The status.' }, ...refusals },
        answer: (request, service) => answerClientStatus(request, service, account),
      },
    ],
    example: `curl {origin}/encode -H 'Content-Type: application/json' -d '{"id": 1, "texts": ["hello world"]}'`,
    refuse,
  };
}
