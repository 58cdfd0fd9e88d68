// The OpenAI dialect, judged by OpenAI's own client.
import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { openai } from '../../../src/server/dialects/openai.js';
import { Refusal } from '../../../src/server/http/refusal.js';
import type { CategoryRule } from '../../../src/server/scoring/label-mapping.js';
import type { ServedClassifier, ServedEncoder } from '../../../src/server/scoring/served-model.js';
import { type AppServer, serveApp } from './support/app-server.js';
import { ask } from './support/dialect-server.js';
import {
  classifier,
  dimensions,
  encoder,
  labels,
  scoresOf,
  serviceOf,
  tokenizer,
  vectorOf,
} from './support/fake-models.js';

const rules: ReadonlyMap<string, CategoryRule> = new Map([
  ['harassment', { combine: 'any', labels: ['toxic', 'insult'] }],
  ['violence', { combine: 'all', labels: ['insult', 'threat'] }],
]);
const model: ServedClassifier = {
  ...classifier,
  mapping: { perspective: new Map(), openai: rules },
};
const text = 'You are an idiot.';

interface Served {
  readonly server: AppServer;
  readonly client: OpenAI;
}

async function serve({
  models = [model, encoder] as (ServedClassifier | ServedEncoder)[],
  key = 'secret',
} = {}): Promise<Served> {
  const server = await serveApp([openai], serviceOf(...models), key);
  return { server, client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'secret' }) };
}

describe('moderations', () => {
  it("answers with the model's labels and those categories that they speak of", async () => {
    const { client } = await serve();
    const answer = await client.moderations.create({ input: text });
    expect(answer.id).toMatch(/^modr-[0-9a-f]{32}$/);
    expect(answer.model).toBe('toxic@0123456789abcdef');
    const [result] = answer.results;
    const scores = scoresOf(text);
    const flags = [...scores].map((score, at) => score >= classifier.thresholds.values[at]);
    expect(result.flagged).toBe(flags.includes(true));
    expect(result.categories).toMatchObject({
      harassment: flags[0] || flags[1],
      violence: flags[1] && flags[2],
      sexual: false,
      illicit: null,
      'illicit/violent': null,
    });
    expect(result.category_scores.harassment).toBeCloseTo(Math.max(scores[0], scores[1]), 6);
    expect(result.category_scores.violence).toBeCloseTo(Math.min(scores[1], scores[2]), 6);
    expect(result.category_scores['self-harm']).toBe(0);
    expect(result.category_applied_input_types).toMatchObject({ harassment: ['text'], sexual: [] });
    const own = result.category_scores as object as Record<string, number>;
    labels.forEach((label, at) => {
      expect(Object.hasOwn(own, label)).toBe(true);
      expect(Object.getOwnPropertyDescriptor(own, label)?.value).toBeCloseTo(scores[at], 6);
    });
    expect(Object.keys(own)).toHaveLength(13 + labels.length);
  });

  it('answers a list text by text, and the parts of one input at once', async () => {
    const { client } = await serve();
    const list = await client.moderations.create({
      input: [text, 'b'],
      model: 'omni-moderation-latest',
    });
    expect(list.results).toHaveLength(2);
    expect(list.results[1].category_scores.harassment).toBeCloseTo(
      Math.max(scoresOf('b')[0], scoresOf('b')[1]),
      6,
    );
    const image = { type: 'image_url' as const, image_url: { url: 'https://example.org/a.png' } };
    const parts = await client.moderations.create({
      input: [{ type: 'text', text: 'a' }, image, { type: 'text', text: 'b' }],
    });
    expect(parts.results).toHaveLength(1);
    expect(parts.results[0]).toMatchObject({
      category_applied_input_types: { harassment: ['text'], violence: ['text'] },
      polytag: { ignored_parts: 1 },
    });
    await expect(client.moderations.create({ input: [image] })).rejects.toMatchObject({
      status: 400,
      param: 'input',
    });
  });

  it('lets a label of the name of a category stand for it', async () => {
    const own: ServedClassifier = {
      ...model,
      labels: ['hate', ...labels.slice(1)],
      mapping: { perspective: new Map(), openai: new Map() },
    };
    const { client } = await serve({ models: [own] });
    const { results } = await client.moderations.create({
      input: text,
      model: 'toxic@0123456789abcdef',
    });
    expect(results[0].category_scores.hate).toBeCloseTo(scoresOf(text)[0], 6);
    expect(results[0].category_applied_input_types.hate).toEqual(['text']);
  });
});

describe('embeddings', () => {
  it('come as base64, which the client asks for by itself, and as numbers', async () => {
    const { client } = await serve();
    const {
      data,
      usage,
      model: name,
    } = await client.embeddings.create({ model: 'mini', input: [text, 'b'] });
    expect(data.map(({ embedding }) => [...embedding])).toEqual([
      [...vectorOf(text)],
      [...vectorOf('b')],
    ]);
    expect(data.map(({ index }) => index)).toEqual([0, 1]);
    expect(name).toBe('mini@0123456789abcdef');
    expect(usage.prompt_tokens).toBe(
      tokenizer.encode(text).ids.length + tokenizer.encode('b').ids.length,
    );
    const plain = await client.embeddings.create({
      model: 'mini',
      input: text,
      encoding_format: 'float',
      dimensions,
    });
    expect(plain.data[0].embedding.map(Math.fround)).toEqual([...vectorOf(text)]);
  });

  it("take token ids of the model's vocabulary", async () => {
    const { client } = await serve();
    const ids = [...tokenizer.encode(text).ids];
    const one = await client.embeddings.create({ model: 'mini', input: ids });
    const bare = await client.embeddings.create({ model: 'mini', input: [ids.slice(1, -1)] });
    expect(one.data[0].embedding).toEqual(bare.data[0].embedding);
    expect([...one.data[0].embedding]).toEqual([...vectorOf(text)]);
    await expect(
      client.embeddings.create({ model: 'mini', input: [99_999_999] }),
    ).rejects.toMatchObject({ status: 400 });
  });

  it('refuse what would be another vector than asked for', async () => {
    const { client } = await serve();
    const long = 'word '.repeat(20);
    const of = (more: object) => client.embeddings.create({ model: 'mini', input: text, ...more });
    await expect(of({ dimensions: 2 })).rejects.toMatchObject({ status: 400, param: 'dimensions' });
    await expect(of({ input: long })).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      param: 'input',
    });
    await expect(of({ input: '' })).rejects.toMatchObject({ status: 400, param: 'input' });
    await expect(of({ input: Array<string>(9).fill('a') })).rejects.toMatchObject({
      status: 400,
      param: 'input',
    });
    expect((await of({ input: long, truncate: true })).data).toHaveLength(1);
  });
});

describe('models', () => {
  it('are listed and looked up, with and without their version', async () => {
    const { client } = await serve();
    const listed: string[] = [];
    for await (const { id } of client.models.list()) listed.push(id);
    expect(listed).toEqual(['toxic', 'mini']);
    expect(await client.models.retrieve('mini@0123456789abcdef')).toMatchObject({
      id: 'mini',
      object: 'model',
      created: 0,
    });
    for (const name of ['other', 'mini@0']) {
      await expect(client.models.retrieve(name)).rejects.toMatchObject({
        status: 404,
        code: 'model_not_found',
      });
    }
    await expect(client.moderations.create({ input: 'a', model: 'mini' })).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
  });
});

describe('what goes wrong', () => {
  it("is an error of the client's own class, with the request's id", async () => {
    const { server } = await serve();
    const other = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'other', maxRetries: 0 });
    const failed = await other.models.list().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(failed).toMatchObject({
      message: '401 no such key',
      type: 'authentication_error',
      code: 'invalid_api_key',
      param: null,
    });
    expect((failed as InstanceType<typeof OpenAI.APIError>).requestID).toMatch(/^[\w-]{8,}$/);
  });

  it.each(['QUEUE_FULL', 'RATE_LIMITED'] as const)('is tried again after %s', async (code) => {
    let calls = 0;
    const busy: ServedClassifier = {
      ...model,
      score: (texts, context) => {
        calls += 1;
        return calls === 1
          ? Promise.reject(new Refusal(code, 'later'))
          : model.score(texts, context);
      },
    };
    const { client } = await serve({ models: [busy] });
    const { response, request_id: id } = await client.moderations
      .create({ input: text })
      .withResponse();
    expect(response.status).toBe(200);
    expect(calls).toBe(2);
    expect(id).toBe(response.headers.get('x-request-id'));
  });

  it('is told in the envelope, whatever the body', async () => {
    const { server } = await serve();
    const input = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('a', ['a'], [101, 7592, 102], [[7592]]),
    );
    const member = fc.oneof(
      fc.constantFrom('toxic', 'mini', 5, null),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const body = fc.record(
      { input, model: member, encoding_format: member, dimensions: member, user: member },
      { requiredKeys: [] },
    );
    const path = fc.constantFrom('moderations', 'embeddings');
    await fc.assert(
      fc.asyncProperty(path, fc.oneof(body, fc.jsonValue()), async (name, sent) => {
        const answer = await ask(`${server.url}/v1/${name}`, sent, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: 'Bearer secret' },
        });
        if (answer.status === 200) return;
        expect([400, 404]).toContain(answer.status);
        expect(answer.body).toMatchObject({ error: { type: 'invalid_request_error' } });
      }),
      { numRuns: 100 },
    );
    expect(server.failures).toEqual([]);
  });
});
