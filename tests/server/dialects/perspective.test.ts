// The Perspective dialect, judged by the client that googleapis' discoverAPI runs, and by the calls of others.
import fc from 'fast-check';
import { Discovery } from 'googleapis-common';
import { describe, expect, it } from 'vitest';
import type { FeedbackRow } from '../../../src/server/dialects/dialect.js';
import { createPerspective } from '../../../src/server/dialects/perspective.js';
import type { CategoryRule } from '../../../src/server/scoring/label-mapping.js';
import type { ServedClassifier } from '../../../src/server/scoring/served-model.js';
import { type AppServer, serveApp } from './support/app-server.js';
import { ask } from './support/dialect-server.js';
import { classifier, scoresOf, serviceOf } from './support/fake-models.js';

function any(...labels: string[]): CategoryRule {
  return { combine: 'any', labels };
}

const perspective: ReadonlyMap<string, CategoryRule> = new Map([
  ['TOXICITY', any('toxic')],
  ['THREAT', any('threat')],
  ['ATTACK', any('insult', 'threat')],
  ['BOTH', { combine: 'all', labels: ['insult', 'threat'] }],
]);
const model: ServedClassifier = { ...classifier, mapping: { perspective, openai: new Map() } };
const comment = 'What kind of idiot name is foo? Sorry, I like your name.';

interface Score {
  readonly value: number;
  readonly type: string;
}

interface Analyzed {
  readonly attributeScores?: Record<
    string,
    { summaryScore: Score; spanScores: { begin: number; end: number; score: Score }[] }
  >;
  readonly languages: string[];
  readonly detectedLanguages: string[];
  readonly clientToken?: string;
  readonly error?: {
    code: number;
    message: string;
    status: string;
    details?: Record<string, unknown>[];
  };
}

interface Served {
  readonly server: AppServer;
  readonly rows: FeedbackRow[];
  readonly analyze: (body: unknown) => Promise<{ status: number; body: Analyzed }>;
  readonly suggest: (body: unknown) => Promise<{ status: number; body: Analyzed }>;
}

async function serve(key?: string): Promise<Served> {
  const rows: FeedbackRow[] = [];
  const storeFeedback = (row: FeedbackRow): Promise<void> => {
    rows.push(row);
    return Promise.resolve();
  };
  const server = await serveApp([createPerspective({ storeFeedback })], serviceOf(model), key);
  const post = async (method: string, body: unknown) =>
    (await ask(`${server.url}/v1alpha1/comments:${method}`, body)) as {
      status: number;
      body: Analyzed;
    };
  return {
    server,
    rows,
    analyze: (body) => post('analyze', body),
    suggest: (body) => post('suggestscore', body),
  };
}

function request(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { comment: { text: comment }, requestedAttributes: { TOXICITY: {} }, ...more };
}

function score(text: string, label: number): Score {
  return { value: expect.closeTo(scoresOf(text)[label], 6) as number, type: 'PROBABILITY' };
}

/** What discovery makes of the document. */
interface CommentAnalyzer {
  readonly comments: Record<
    'analyze' | 'suggestscore',
    (parameters: { key?: string; resource: unknown }) => Promise<{ data: Analyzed }>
  >;
}

async function discover(url: string): Promise<CommentAnalyzer> {
  const create = await new Discovery({}).discoverAPI(`${url}/$discovery/rest?version=v1alpha1`);
  return create({}, {}) as object as CommentAnalyzer;
}

describe("Google's client, of which one URL was changed", () => {
  it('analyzes with a key that only it is let in with', async () => {
    const { server } = await serve('secret');
    const client = await discover(server.url);
    const { data } = await client.comments.analyze({ key: 'secret', resource: request() });
    const summaryScore = score(comment, 0);
    expect(data.attributeScores).toEqual({
      TOXICITY: { summaryScore, spanScores: [{ begin: 0, end: 56, score: summaryScore }] },
    });
    await expect(
      client.comments.analyze({ key: 'other', resource: request() }),
    ).rejects.toMatchObject({
      status: 401,
      message: 'no such key',
    });
    expect(server.failures).toEqual([]);
  });

  it('hears why a comment is refused', async () => {
    const { server } = await serve();
    const client = await discover(server.url);
    const refused = client.comments.analyze({ resource: request({ comment: { text: '' } }) });
    await expect(refused).rejects.toMatchObject({
      status: 400,
      message: 'Comment must be non-empty.',
    });
  });

  it('suggests scores that become rows', async () => {
    const { server, rows } = await serve();
    const client = await discover(server.url);
    const attributeScores = { TOXICITY: { summaryScore: { value: 0 } } };
    const resource = {
      comment: { text: comment },
      attributeScores,
      clientToken: 'c-1',
      communityId: 'x',
    };
    const { data } = await client.comments.suggestscore({ resource });
    expect(data).toEqual({ clientToken: 'c-1' });
    const [{ model: judged, ...row }] = rows;
    expect(rows).toHaveLength(1);
    expect(judged.name).toBe('toxic');
    expect(row).toEqual({
      requestId: server.records.at(-1)?.requestId,
      text: comment,
      scores: { toxic: 0 },
      client: 'tester',
      community: 'x',
    });
  });
});

describe('other clients', () => {
  it("is asked as Coral asks, the key in the query and the endpoint an administrator's", async () => {
    const { server } = await serve('secret');
    const url = new URL(`${server.url}/v1alpha1`);
    url.pathname += '/comments:analyze';
    url.searchParams.set('key', 'secret');
    const { status, body } = await ask(url.href, request({ doNotStore: true, languages: ['en'] }));
    expect(status).toBe(200);
    expect((body as Analyzed).attributeScores?.TOXICITY.summaryScore).toEqual(score(comment, 0));
  });

  it('takes bodies without a Content-Type, and names as in the .proto', async () => {
    const { server } = await serve();
    const body = JSON.stringify({
      comment: { text: comment, type: null },
      requested_attributes: { TOXICITY: { score_threshold: 0 } },
      span_annotations: true,
      client_token: 'c',
    });
    const url = `${server.url}/v1alpha1/comments:analyze`;
    const answer = await ask(url, undefined, { method: 'POST', body: Buffer.from(body) });
    const analyzed = answer.body as Analyzed;
    expect(analyzed.clientToken).toBe('c');
    expect(analyzed.attributeScores?.TOXICITY.spanScores).toHaveLength(2);
  });
});

describe('analyze', () => {
  it('scores every sentence where they are asked for', async () => {
    const { analyze, server } = await serve();
    const { body } = await analyze(
      request({
        spanAnnotations: true,
        requestedAttributes: { ATTACK: {}, BOTH: {} },
        clientToken: 'a',
      }),
    );
    const first = scoresOf(comment.slice(0, 32));
    const expected = (pick: (...values: number[]) => number, scores: Float32Array) => ({
      value: expect.closeTo(pick(scores[1], scores[2]), 6) as number,
      type: 'PROBABILITY',
    });
    const { ATTACK, BOTH } = body.attributeScores ?? {};
    expect(ATTACK.spanScores.map(({ begin, end }) => [begin, end])).toEqual([
      [0, 32],
      [32, 56],
    ]);
    expect(ATTACK.spanScores[0].score).toEqual(expected(Math.max, first));
    expect(BOTH.spanScores[0].score).toEqual(expected(Math.min, first));
    expect(BOTH.summaryScore).toEqual(expected(Math.min, scoresOf(comment)));
    expect(body).toMatchObject({
      languages: ['en'],
      detectedLanguages: ['und'],
      clientToken: 'a',
      polytag: { model: 'toxic', version: '0123456789abcdef', windows: 1 },
    });
    // Sentences are no texts of their own in the figures.
    expect(server.records[0]?.scored?.texts ?? [0]).toHaveLength(1);
  });

  it('leaves out what is below the threshold', async () => {
    const { analyze } = await serve();
    const attributes = { TOXICITY: { scoreThreshold: 1.01 }, THREAT: { scoreThreshold: 0 } };
    const some = await analyze(request({ requestedAttributes: attributes }));
    expect(Object.keys(some.body.attributeScores ?? {})).toEqual(['THREAT']);
    const none = await analyze(
      request({ requestedAttributes: { TOXICITY: { scoreThreshold: 1.01 } } }),
    );
    expect(none.status).toBe(200);
    expect(none.body.attributeScores).toBeUndefined();
  });

  it('speaks the languages of the model, with all their regions', async () => {
    const { analyze } = await serve();
    expect((await analyze(request({ languages: ['en-GB'] }))).body.languages).toEqual(['en-GB']);
    const { status, body } = await analyze(request({ languages: ['en', 'fr', 'eng'] }));
    expect(status).toBe(400);
    expect(body.error).toEqual({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: 'Attribute TOXICITY does not support request languages: fr, eng',
      details: [
        {
          '@type': 'type.googleapis.com/google.commentanalyzer.v1alpha1.Error',
          errorType: 'LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE',
          languageNotSupportedByAttributeError: {
            attribute: 'TOXICITY',
            requestedLanguages: ['fr', 'eng'],
          },
        },
      ],
    });
    const dropped = await analyze(request({ languages: ['fr'], dropUnsupportedAttributes: true }));
    expect(dropped.status).toBe(200);
    expect(dropped.body.attributeScores).toBeUndefined();
  });

  it('drops attributes of Perspective that it has no label for, where it may', async () => {
    const { analyze } = await serve();
    const ofBoth = (more: object) =>
      analyze(
        request({
          requestedAttributes: { TOXICITY: {}, ...more },
          dropUnsupportedAttributes: true,
        }),
      );
    const { body } = await ofBoth({ FLIRTATION: {} });
    expect(Object.keys(body.attributeScores ?? {})).toEqual(['TOXICITY']);
    expect((await ofBoth({ TOXIC: {} })).body.error?.message).toBe(
      'Unknown requested attribute: TOXIC',
    );
  });

  it.each([
    [{ comment: {} }, 'COMMENT_EMPTY', 'Comment must be non-empty.'],
    [
      { comment: { text: 'é'.repeat(10_241) } },
      'COMMENT_TOO_LONG',
      'Comment text was too many bytes. Value (20482) exceeded limit (20480).',
    ],
    [
      { comment: { text: 'a', type: 'HTML' } },
      'INVALID_REQUEST',
      "Currently, only 'PLAIN_TEXT' comments are supported",
    ],
    [{ comment: { text: 'a', type: 'RTF' } }, 'INVALID_REQUEST', 'Unknown text type'],
    [{ comment: { text: 1 } }, 'INVALID_REQUEST', 'comment.text is a number; expected a string'],
    [{ requestedAttributes: {} }, 'NO_REQUESTED_ATTRIBUTES', 'Missing requested_attributes'],
    [{ requestedAttributes: { SPAM: {} } }, 'INVALID_REQUEST', 'Unknown requested attribute: SPAM'],
    [
      { requestedAttributes: { constructor: {} } },
      'INVALID_REQUEST',
      'Unknown requested attribute: constructor',
    ],
    [
      { requestedAttributes: { TOXICITY: { scoreType: 'RAW' } } },
      'INVALID_REQUEST',
      'Requested score type RAW is not supported by attribute TOXICITY',
    ],
    [
      { context: { entries: [], articleAndParentComment: {} } },
      'INVALID_REQUEST',
      'Context can have either entries or article_and_parent_comment, but both fields were populated.',
    ],
  ])('refuses %j as %s', async (more, errorType, message) => {
    const { analyze } = await serve();
    const { status, body } = await analyze(request(more));
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: 400,
      message,
      status: 'INVALID_ARGUMENT',
      details: [{ errorType }],
    });
  });
});

describe('suggestscore', () => {
  const suggestion = (attributeScores: unknown, more: object = {}) => ({
    comment: { text: 'x' },
    attributeScores,
    ...more,
  });

  it('keeps only what a score says for certain', async () => {
    const { suggest, rows } = await serve();
    const of = (value: number) => ({ summaryScore: { value } });
    await suggest(suggestion({ ATTACK: of(0) }));
    await suggest(suggestion({ BOTH: of(1) }));
    await suggest(suggestion({ ATTACK: of(1), TOXICITY: of(0.7) }));
    expect(rows.map(({ scores }) => scores)).toEqual([
      { insult: 0, threat: 0 },
      { insult: 1, threat: 1 },
      { toxic: 0.7 },
    ]);
    expect((await suggest(suggestion({ ATTACK: of(1) }))).status).toBe(400);
    expect((await suggest(suggestion({ ATTACK: of(0), THREAT: of(1) }))).status).toBe(400);
    expect((await suggest(suggestion({}))).status).toBe(400);
    expect((await suggest(suggestion({ TOXICITY: {} }))).status).toBe(400);
    expect(rows).toHaveLength(3);
  });

  it('keeps nothing that is not to be stored', async () => {
    const { suggest, rows } = await serve();
    const { status } = await suggest(
      suggestion({ TOXICITY: { summaryScore: { value: 1 } } }, { doNotStore: true }),
    );
    expect(status).toBe(200);
    expect(rows).toEqual([]);
  });

  it('says so where no feedback is kept', async () => {
    const server = await serveApp([createPerspective({})], serviceOf(model));
    const body = suggestion({ TOXICITY: { summaryScore: { value: 1 } } });
    const answer = await ask(`${server.url}/v1alpha1/comments:suggestscore`, body);
    expect(answer).toMatchObject({ status: 404, body: { error: { status: 'NOT_FOUND' } } });
  });
});

describe('any body', () => {
  const member = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constant({ text: 'a' }),
    fc.constant({ TOXICITY: {} }),
  );
  const body = fc.record(
    {
      comment: member,
      requestedAttributes: member,
      attributeScores: fc.oneof(member, fc.constant({ TOXICITY: { summaryScore: { value: 1 } } })),
      languages: member,
      context: member,
      spanAnnotations: fc.oneof(fc.boolean(), member),
      clientToken: member,
    },
    { requiredKeys: [] },
  );

  it('is answered, or refused in the envelope', async () => {
    const { analyze, suggest, server } = await serve();
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, fc.jsonValue()), fc.boolean(), async (sent, isAnalyze) => {
        const { status, body: answer } = await (isAnalyze ? analyze : suggest)(sent);
        if (status === 200) return;
        expect(status).toBe(400);
        expect(answer.error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
      }),
      { numRuns: 100 },
    );
    expect(server.failures).toEqual([]);
  });
});
