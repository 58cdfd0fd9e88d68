import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kserve } from '../../../src/server/dialects/kserve.js';
import { ask, serveDialects, textsPerRequest } from './support/dialect-server.js';
import {
  classifier,
  dimensions,
  encoder,
  labels,
  scoresOf,
  serviceOf,
  vectorOf,
} from './support/fake-models.js';
import { infer, packStrings, sendBytes } from './support/open-inference-client.js';

const texts = ['Hello, my dog is cute', 'I am feeling sad'];
const input = { name: 'input-0', shape: [2], datatype: 'BYTES', data: texts };

function served() {
  return serveDialects([kserve], serviceOf(classifier, encoder));
}

function close(values: Iterable<number>) {
  return Array.from(values, (value) => expect.closeTo(value, 5) as number);
}

const allScores = texts.flatMap((text) => [...scoresOf(text)]);
const decisions = texts.flatMap((text) =>
  labels.map((_, label) => scoresOf(text)[label] >= classifier.thresholds.values[label]),
);

test('answers the five questions that are no inference', async () => {
  const { url } = await served();
  expect((await ask(`${url}/v2/health/live`)).body).toEqual({ live: true });
  expect((await ask(`${url}/v2/health/ready`)).body).toEqual({ live: true, ready: true });
  expect((await ask(`${url}/v2`)).body).toMatchObject({
    name: 'polytag',
    version: expect.any(String) as string,
    extensions: ['classification', 'binary_tensor_data'],
  });
  for (const path of ['/v2/models/toxic', `/v2/models/toxic/versions/${classifier.version}`]) {
    expect((await ask(`${url}${path}/ready`)).body).toEqual({ name: 'toxic', ready: true });
    expect((await ask(url + path)).body).toEqual({
      name: 'toxic',
      versions: [classifier.version],
      platform: 'polytag',
      inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
      outputs: [
        { name: 'scores', datatype: 'FP32', shape: [-1, 4] },
        { name: 'decisions', datatype: 'BOOL', shape: [-1, 4] },
        { name: 'labels', datatype: 'BYTES', shape: [4] },
      ],
    });
  }
});

test.each(['/v2/models/other', '/v2/models/toxic/versions/2', '/v2/models/other/ready'])(
  '%s is not found, in the envelope of the protocol',
  async (path) => {
    const { url } = await served();
    const { status, body } = await ask(url + path);
    expect(status).toBe(404);
    expect(body).toEqual({ error: expect.stringContaining('there is no ') as string });
  },
);

test('infer gives scores, decisions and labels, and the id back', async () => {
  const { url } = await served();
  const { status, inference } = await infer(`${url}/v2/models/toxic/infer`, {
    id: 'e4bc',
    inputs: [input],
  });
  expect(status).toBe(200);
  expect(inference).toEqual({
    model_name: 'toxic',
    model_version: classifier.version,
    id: 'e4bc',
    parameters: { truncated_texts: 0 },
    outputs: [
      {
        name: 'scores',
        datatype: 'FP32',
        shape: [2, 4],
        data: close(allScores),
        parameters: { labels: JSON.stringify(labels), thresholds_version: 3 },
      },
      expect.objectContaining({ name: 'decisions', datatype: 'BOOL', data: decisions }) as object,
      { name: 'labels', datatype: 'BYTES', shape: [4], data: labels },
    ],
  });
});

test('infer takes nested data, another shape of as many texts, and JSON that says what it is', async () => {
  const { url } = await served();
  const nested = { ...input, shape: [2, 1], data: texts.map((text) => [text]) };
  const path = `${url}/v2/models/toxic/versions/${classifier.version}/infer`;
  const { body, status } = await ask(path, { inputs: [nested], outputs: [{ name: 'scores' }] });
  expect(status).toBe(200);
  expect(body).toMatchObject({ outputs: [{ name: 'scores', data: close(allScores) }] });
  expect(body).not.toHaveProperty('id');
});

test("infer takes and gives binary tensors, as Triton's clients do by default", async () => {
  const { url } = await served();
  const bytes = packStrings(texts);
  const binaryInput = {
    name: 'text',
    shape: [2],
    datatype: 'BYTES',
    parameters: { binary_data_size: bytes.length },
  };
  const { inference } = await infer(
    `${url}/v2/models/toxic/infer`,
    { inputs: [binaryInput], parameters: { binary_data_output: true } },
    bytes,
  );
  const [scores, flags, names] = inference.outputs;
  expect(scores.data).toEqual(close(allScores));
  expect(flags.data).toEqual(decisions);
  expect(names.data).toEqual(labels);
  const mixed = await infer(
    `${url}/v2/models/toxic/infer`,
    {
      inputs: [binaryInput],
      outputs: [{ name: 'labels', parameters: { binary_data: true } }, { name: 'scores' }],
    },
    bytes,
  );
  expect(mixed.inference.outputs.map(({ data }) => data)).toEqual([labels, close(allScores)]);
});

test("infer answers Triton's classification extension with the highest labels", async () => {
  const { url } = await served();
  for (const binary of [true, false]) {
    const { inference } = await infer(`${url}/v2/models/toxic/infer`, {
      inputs: [input],
      outputs: [{ name: 'scores', parameters: { classification: 2, binary_data: binary } }],
    });
    const expected = texts.flatMap((text) =>
      labels
        .map((label, index) => ({ label, index, score: scoresOf(text)[index] }))
        .sort((first, second) => second.score - first.score)
        .slice(0, 2)
        .map(({ label, index, score }) => `${score.toFixed(6)}:${index}:${label}`),
    );
    expect(inference.outputs).toMatchObject([{ datatype: 'BYTES', shape: [2, 2], data: expected }]);
  }
});

test('an encoder is a model too', async () => {
  const { url } = await served();
  expect((await ask(`${url}/v2/models/mini`)).body).toMatchObject({
    outputs: [{ name: 'embeddings', datatype: 'FP32', shape: [-1, dimensions] }],
  });
  const { inference } = await infer(`${url}/v2/models/mini/infer`, { inputs: [input] });
  const expected = close(texts.flatMap((text) => [...vectorOf(text)]));
  expect(inference.outputs).toMatchObject([{ shape: [2, dimensions], data: expected }]);
});

const tooMany = Array.from({ length: textsPerRequest + 1 }, () => 'a');
test.each([
  ['no inputs', {}, 'inputs is missing'],
  ['two inputs', { inputs: [input, input] }, 'inputs has 2 entries'],
  ['numbers', { inputs: [{ ...input, datatype: 'INT64', data: [1, 2] }] }, 'expected BYTES'],
  ['numbers as BYTES', { inputs: [{ ...input, data: [1, 2] }] }, 'BYTES are strings'],
  ['another shape', { inputs: [{ ...input, shape: [3] }] }, 'its shape [3] has 3'],
  ['nothing', { inputs: [{ ...input, shape: [0], data: [] }] }, 'is empty'],
  ['no data', { inputs: [{ name: 'a', shape: [1], datatype: 'BYTES' }] }, 'has no data'],
  ['too many', { inputs: [{ ...input, shape: [9], data: tooMany }] }, 'more than 8 elements'],
  ['another output', { inputs: [input], outputs: [{ name: 'x' }] }, 'it has scores, decisions'],
  [
    'classes of flags',
    { inputs: [input], outputs: [{ name: 'decisions', parameters: { classification: 1 } }] },
    'holds no numbers',
  ],
  [
    'no classes',
    { inputs: [input], outputs: [{ name: 'scores', parameters: { classification: 0 } }] },
    'above 0',
  ],
  [
    'shared memory',
    { inputs: [{ ...input, parameters: { shared_memory_region: 'a' } }] },
    'in shared memory',
  ],
  [
    'bytes without the header',
    { inputs: [{ ...input, data: undefined, parameters: { binary_data_size: 4 } }] },
    '0 bytes follow the JSON',
  ],
])('infer refuses %s', async (_, request, reason) => {
  const { url } = await served();
  const { status, body } = await ask(`${url}/v2/models/toxic/infer`, request);
  expect(status).toBe(400);
  expect(body).toEqual({ error: expect.stringContaining(reason) as string });
});

test.each([
  ['an element that ends too late', Buffer.from([9, 0, 0, 0, 97]), 'ends within its element 0'],
  ['a cut length', Buffer.from([1, 0]), 'ends within its element 0'],
  ['bytes that are no UTF-8', packStrings([Uint8Array.of(0xff, 0xfe)]), 'is not UTF-8'],
])('infer refuses %s', async (_, binary, reason) => {
  const { url } = await served();
  const json = JSON.stringify({
    inputs: [
      { name: 'a', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: binary.length } },
    ],
  });
  const { status, body } = await sendBytes(
    `${url}/v2/models/toxic/infer`,
    Buffer.concat([Buffer.from(json), binary]),
    { 'inference-header-content-length': String(json.length) },
  );
  expect(status).toBe(400);
  expect(body).toEqual({ error: expect.stringContaining(reason) as string });
});

test('infer refuses a length of the JSON beyond the body', async () => {
  const { url } = await served();
  for (const length of ['3', '-1', '1e9', 'x']) {
    const { status } = await sendBytes(`${url}/v2/models/toxic/infer`, '{}', {
      'inference-header-content-length': length,
    });
    expect(status).toBe(400);
  }
});

test('v1 predicts scores by label, of texts alone or as members, and vectors', async () => {
  const { url } = await served();
  const { status, body } = await ask(`${url}/v1/models/toxic:predict`, {
    instances: [texts[0], { text: texts[1] }],
  });
  expect(status).toBe(200);
  const { predictions } = body as { predictions: Record<string, number>[] };
  expect(predictions.map((scores) => Object.keys(scores))).toEqual([labels, labels]);
  expect(predictions.flatMap((scores) => Object.values(scores))).toEqual(close(allScores));
  const vectors = await ask(`${url}/v1/models/mini:predict`, { instances: texts });
  expect(vectors.body).toEqual({ predictions: texts.map((text) => close(vectorOf(text))) });
  const refused = await ask(`${url}/v1/models/toxic:predict`, { instances: [1] });
  expect(refused.status).toBe(400);
  expect(refused.body).toEqual({
    error: expect.stringContaining('instances[0] is a number') as string,
  });
});

const anyTensor = fc.record(
  {
    name: fc.constantFrom('a', '', 'text'),
    shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }), fc.jsonValue()),
    datatype: fc.constantFrom('BYTES', 'FP32', 'x'),
    data: fc.oneof(fc.array(fc.string({ maxLength: 5 }), { maxLength: 4 }), fc.jsonValue()),
    parameters: fc.oneof(
      fc.record({ binary_data_size: fc.integer({ min: -1, max: 12 }) }),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: ['name', 'shape', 'datatype'] },
);
const anyRequest = fc.record(
  {
    id: fc.oneof(fc.string(), fc.jsonValue()),
    inputs: fc.array(anyTensor, { minLength: 1, maxLength: 2 }),
    outputs: fc.array(
      fc.record(
        {
          name: fc.constantFrom('scores', 'decisions', 'labels', 'x'),
          parameters: fc.record(
            {
              classification: fc.oneof(fc.integer({ min: -1, max: 9 }), fc.double()),
              binary_data: fc.oneof(fc.boolean(), fc.string()),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: ['name'] },
      ),
      { maxLength: 3 },
    ),
    parameters: fc.oneof(fc.record({ binary_data_output: fc.boolean() }), fc.jsonValue()),
  },
  { requiredKeys: ['inputs'] },
);

test('any body is answered, or refused in the envelope with a 400', async () => {
  const { url, failures } = await served();
  await fc.assert(
    fc.asyncProperty(
      anyRequest,
      fc.uint8Array({ maxLength: 12 }),
      fc.option(fc.integer({ min: -3, max: 3 })),
      async (request, tail, slip) => {
        const json = Buffer.from(JSON.stringify(request));
        const header = String(json.length + (slip ?? 0));
        const { status, body } = await sendBytes(
          `${url}/v2/models/toxic/infer`,
          Buffer.concat([json, tail]),
          slip === null ? {} : { 'inference-header-content-length': header },
        );
        if (status === 200) return;
        expect(status).toBe(400);
        expect(body).toEqual({ error: expect.any(String) as string });
      },
    ),
    { numRuns: 100 },
  );
  expect(failures).toEqual([]);
});
