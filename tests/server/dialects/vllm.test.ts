import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vllm } from '../../../src/server/dialects/vllm.js';
import { serveApp } from './support/app-server.js';
import { ask } from './support/dialect-server.js';
import {
  classifier,
  encoder,
  labels,
  logitsOf,
  scoresOf,
  serviceOf,
  tokenizer,
} from './support/fake-models.js';

interface Classified {
  readonly model: string;
  readonly labels: string[];
  readonly data: {
    index: number;
    label: string;
    probs: number[];
    num_classes: number;
    decisions: boolean[];
  }[];
  readonly usage: { prompt_tokens: number; total_tokens: number };
}

async function serve() {
  const server = await serveApp([vllm], serviceOf(classifier, encoder));
  const classify = async (body: unknown, path = '/classify') => {
    const answer = await ask(server.url + path, body);
    return { status: answer.status, body: answer.body as Classified };
  };
  return { server, classify };
}

const text = 'You are an idiot.';

describe('classify', () => {
  it.each(['/classify', '/v1/classify'])(
    'answers in the order of the labels at %s',
    async (path) => {
      const { classify } = await serve();
      const { body } = await classify({ model: 'toxic', input: [text, 'b'] }, path);
      expect(body).toMatchObject({
        object: 'list',
        model: 'toxic@0123456789abcdef',
        labels,
        thresholds_version: 3,
      });
      const scores = scoresOf(text);
      expect(body.data[0]).toEqual({
        index: 0,
        label: labels[scores.indexOf(Math.max(...scores))],
        probs: [...scores],
        num_classes: labels.length,
        decisions: [...scores].map((score, at) => score >= classifier.thresholds.values[at]),
        truncated: 0,
      });
      expect(body.data[1].index).toBe(1);
      const tokens = tokenizer.encode(text).ids.length + tokenizer.encode('b').ids.length;
      expect(body.usage).toMatchObject({
        prompt_tokens: tokens,
        total_tokens: tokens,
        completion_tokens: 0,
      });
    },
  );

  it('answers with logits without the activation', async () => {
    const { classify } = await serve();
    const { body } = await classify({ input: text, use_activation: false });
    expect(body.data[0].probs).toEqual([...logitsOf(text)]);
  });

  it('reads token ids as the text that they come from, or not at all', async () => {
    const { classify } = await serve();
    const words = 'unbelievably, an idiot!';
    const ids = [...tokenizer.encode(words).ids];
    const { body } = await classify({ input: ids });
    expect(body.data[0].probs).toEqual([...scoresOf(words)]);
    // No text is cut into the end of a word alone.
    const end = tokenizer.settings.vocabulary.get('##ly');
    expect((await classify({ input: [[end]] })).status).toBe(400);
    expect((await classify({ input: [10_000_000] })).status).toBe(400);
  });

  it('refuses what it has not', async () => {
    const { classify } = await serve();
    expect(await classify({ model: 'mini', input: 'a' })).toMatchObject({
      status: 404,
      body: { error: { type: 'NotFoundError', code: 404 } },
    });
    expect(await classify({ messages: [{ role: 'user', content: 'a' }] })).toMatchObject({
      status: 400,
      body: { error: { type: 'BadRequestError', code: 400, param: null } },
    });
    expect((await classify({ input: Array<string>(9).fill('a') })).status).toBe(400);
  });

  it('answers any body, or refuses it in the envelope', async () => {
    const { classify, server } = await serve();
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('a', 'toxic', true, [7592]),
    );
    const body = fc.record(
      { model: value, input: value, use_activation: value },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, fc.jsonValue()), async (sent) => {
        const answer = await classify(sent);
        if (answer.status === 200) return;
        expect([400, 404]).toContain(answer.status);
        expect(answer.body).toMatchObject({ error: { code: answer.status } });
      }),
      { numRuns: 100 },
    );
    expect(server.failures).toEqual([]);
  });
});
