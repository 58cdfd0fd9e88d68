import { InferenceClient } from '@huggingface/inference';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { huggingFace } from '../../../src/server/dialects/hugging-face.js';
import { Refusal } from '../../../src/server/http/refusal.js';
import { ask, serveDialects, textsPerRequest } from './support/dialect-server.js';
import {
  classifier,
  encoder,
  labels,
  logitsOf,
  scoresOf,
  serviceOf,
  vectorOf,
} from './support/fake-models.js';

const text = 'What kind of idiot name is foo?';

function served(...models: Parameters<typeof serviceOf>) {
  return serveDialects([huggingFace], serviceOf(...models));
}

function ranked(values: ArrayLike<number>) {
  return labels
    .map((label, index) => ({
      label,
      score: expect.closeTo(values[index], 5) as number,
      at: values[index],
    }))
    .sort((first, second) => second.at - first.at)
    .map(({ label, score }) => ({ label, score }));
}

function unit(vector: Float32Array) {
  const length = Math.hypot(...vector);
  return Array.from(vector, (value) => expect.closeTo(value / length, 5) as number);
}

test("Hugging Face's client classifies a text at the root and at a model's address", async () => {
  const { url } = await served(classifier, encoder);
  const client = new InferenceClient('a-key');
  for (const endpointUrl of [url, `${url}/models/toxic`]) {
    const scores = await client.textClassification({ endpointUrl, inputs: text });
    expect(scores).toEqual(ranked(scoresOf(text)));
  }
});

test("Hugging Face's client gets other functions of the logits, and fewer labels", async () => {
  const { url } = await served(classifier);
  const client = new InferenceClient();
  const ask = (parameters: { function_to_apply?: 'none' | 'softmax'; top_k?: number }) =>
    client.textClassification({ endpointUrl: url, inputs: text, parameters });
  expect(await ask({ function_to_apply: 'none' })).toEqual(ranked(logitsOf(text)));
  expect(await ask({ top_k: 2 })).toEqual(ranked(scoresOf(text)).slice(0, 2));
  const powers = logitsOf(text).map(Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  expect(await ask({ function_to_apply: 'softmax' })).toEqual(
    ranked(powers.map((power) => power / sum)),
  );
});

test("Hugging Face's client gets vectors of an encoder, normalised unless told otherwise", async () => {
  const { url } = await served(classifier, encoder);
  const client = new InferenceClient();
  const alone = await served(encoder);
  for (const endpointUrl of [
    alone.url,
    `${url}/models/mini`,
    `${url}/models/mini/pipeline/feature-extraction`,
    `${url}/pipeline/feature-extraction/mini`,
    `${url}/pipeline/feature-extraction`,
  ]) {
    const vectors = await client.featureExtraction({ endpointUrl, inputs: text });
    expect(vectors).toEqual([unit(vectorOf(text))]);
  }
  const plain = await client.featureExtraction({
    endpointUrl: `${url}/models/mini`,
    inputs: [text, 'a'],
    normalize: false,
  });
  const [first, second] = [vectorOf(text), vectorOf('a')];
  expect(plain).toEqual(
    [first, second].map((vector) =>
      Array.from(vector, (value) => expect.closeTo(value, 5) as number),
    ),
  );
});

test("Hugging Face's client gets similarities of sentences", async () => {
  const { url } = await served(classifier, encoder);
  const similarities = await new InferenceClient().sentenceSimilarity({
    endpointUrl: `${url}/pipeline/sentence-similarity`,
    inputs: { source_sentence: 'a cat', sentences: ['a cat', 'a dog'] },
  });
  expect(similarities).toEqual([expect.closeTo(1, 5), expect.any(Number)]);
});

test("Hugging Face's client tells the sentence of a refusal", async () => {
  const { url } = await served(classifier);
  const parameters = { top_k: 0 };
  await expect(
    new InferenceClient().textClassification({ endpointUrl: url, inputs: text, parameters }),
  ).rejects.toThrow('parameters.top_k is 0; expected at least 1');
});

test('many texts are answered with a list for each, options in either place', async () => {
  const { url } = await served(classifier, encoder);
  const { body } = await ask(url, { inputs: [text, 'a'], parameters: null });
  expect(body).toEqual([ranked(scoresOf(text)), ranked(scoresOf('a'))]);
  const short = await ask(`${url}/models/mini`, { inputs: 'a', parameters: { dimensions: 2 } });
  expect(short.body).toEqual([unit(vectorOf('a').subarray(0, 2))]);
});

test('a model, a task or a batch that there is not is refused', async () => {
  const { url } = await served(classifier, encoder);
  const many = Array.from({ length: textsPerRequest + 1 }, () => 'a');
  for (const [path, inputs, status] of [
    ['/models/other', 'a', 404],
    ['/models/__proto__', 'a', 404],
    ['/models/mini/pipeline/translation', 'a', 404],
    ['/models/mini/pipeline/constructor', 'a', 404],
    ['/models/mini/pipeline/text-classification', 'a', 404],
    ['/', many, 400],
    ['/models/mini', many, 400],
    ['/', [], 400],
  ] as const) {
    const answer = await ask(url + path, { inputs });
    expect([path, answer.status]).toEqual([path, status]);
    expect(answer.body).toEqual({ error: expect.any(String) as string });
  }
});

test('overload is 429: at 503 the client would ask again at once and without end', () => {
  for (const code of ['QUEUE_FULL', 'TOO_BUSY', 'DEADLINE', 'RATE_LIMITED'] as const) {
    const refused = huggingFace.refuse(new Refusal(code, 'busy'), { requestId: '1' });
    expect(refused).toMatchObject({ status: 429, body: { error: 'busy' } });
  }
});

test('any body is answered, or refused in the envelope with a 4xx', async () => {
  const { url, failures } = await served(classifier, encoder);
  const parameters = fc.record(
    {
      top_k: fc.oneof(fc.integer(), fc.double(), fc.constant(null)),
      function_to_apply: fc.constantFrom('sigmoid', 'softmax', 'none', 'x', null, 1),
      normalize: fc.oneof(fc.boolean(), fc.constant(1)),
      dimensions: fc.integer({ min: -1, max: 9 }),
    },
    { requiredKeys: [] },
  );
  const request = fc.record(
    {
      inputs: fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }), fc.jsonValue()),
      parameters: fc.oneof(parameters, fc.jsonValue()),
      options: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const paths = ['/', '/models/mini', '/pipeline/sentence-similarity'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.oneof(request, fc.jsonValue()),
      async (path, sent) => {
        const { status, body } = await ask(url + path, sent);
        if (status === 200) return;
        expect(status).toBe(400);
        expect(body).toEqual({ error: expect.any(String) as string });
      },
    ),
    { numRuns: 100 },
  );
  expect(failures).toEqual([]);
});
