import { Tokenizer } from 'tokenizers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textEmbeddingsInference } from '../../../src/server/dialects/text-embeddings-inference.js';
import { byteOffsets } from '../../../src/server/dialects/text-embeddings-inference/byte-offsets.js';
import { tokensOf } from '../../../src/server/dialects/text-embeddings-inference/tokenize.js';
import { decodeIds } from '../../../src/server/dialects/text-embeddings-inference/word-piece-decoder.js';
import { Refusal, refusalStatus } from '../../../src/server/http/refusal.js';
import { ask, serveDialects, textsPerRequest } from './support/dialect-server.js';
import {
  classifier,
  dimensions,
  encoder,
  idsOf,
  labels,
  logitsOf,
  maxLength,
  scoresOf,
  serviceOf,
  tokenizer,
  vectorOf,
} from './support/fake-models.js';

const both = serviceOf(classifier, encoder);

async function served(service = both) {
  const { url, failures } = await serveDialects([textEmbeddingsInference], service);
  return {
    failures,
    post: (path: string, body: unknown) => ask(url + path, body),
    get: (path: string) => ask(url + path),
  };
}

function ranked(values: ArrayLike<number>) {
  return labels
    .map((label, index) => ({ score: values[index], label }))
    .sort((first, second) => second.score - first.score);
}

function unit(vector: Float32Array): number[] {
  const length = Math.hypot(...vector);
  return Array.from(vector, (value) => value / length);
}

function closeTo(expected: readonly number[]) {
  return expected.map((value) => expect.closeTo(value, 5) as number);
}

const longText = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen';

test('/predict gives all labels with their sigmoids, the highest first', async () => {
  const { post } = await served();
  const { status, body } = await post('/predict', { inputs: 'I like you.' });
  expect(status).toBe(200);
  expect(body).toEqual(ranked(scoresOf('I like you.')));
});

test('/predict with raw_scores gives logits', async () => {
  const { post } = await served();
  const { body } = await post('/predict', { inputs: 'I like you.', raw_scores: true });
  expect(body).toEqual(ranked(logitsOf('I like you.')));
});

test('/predict takes a batch as a list of lists, and one text in one list', async () => {
  const { post } = await served();
  const batch = await post('/predict', { inputs: [['I like you.'], ['I hate pineapples']] });
  expect(batch.body).toEqual(
    ['I like you.', 'I hate pineapples'].map((text) => ranked(scoresOf(text))),
  );
  const single = await post('/predict', { inputs: ['I like you.'] });
  expect(single.body).toEqual(ranked(scoresOf('I like you.')));
});

test.each([[['a', 'b']], [[['a', 'b']]], [[['a'], ['b', 'c']]]])(
  '/predict says that %j holds a pair of texts',
  async (inputs) => {
    const { post } = await served();
    const { status, body } = await post('/predict', { inputs });
    expect(status).toBe(422);
    expect(body).toEqual({
      error: expect.stringContaining('pair of texts') as string,
      error_type: 'Validation',
    });
  },
);

test('/predict refuses three strings in a list, which is neither a pair nor a batch', async () => {
  const { post } = await served();
  const { status, body } = await post('/predict', { inputs: ['a', 'b', 'c'] });
  expect(status).toBe(422);
  expect(body).toMatchObject({ error_type: 'Validation' });
});

test('/predict cuts long texts where truncate is null or true, and refuses them where it is false', async () => {
  const { post } = await served();
  for (const truncate of [null, true]) {
    const { status, body } = await post('/predict', { inputs: longText, truncate });
    expect(status).toBe(200);
    expect(body).toEqual(ranked(scoresOf(longText)));
  }
  const refused = await post('/predict', { inputs: longText, truncate: false });
  const given = tokenizer.encode(longText).ids.length;
  expect(refused.status).toBe(422);
  expect(refused.body).toEqual({
    error: `Input validation error: \`inputs\` must have less than ${maxLength} tokens. Given: ${given}`,
    error_type: 'Validation',
  });
});

test('/predict with truncate false takes a text of just the maximal length', async () => {
  const { post } = await served();
  const words = 'one two three four five six seven eight nine ten';
  expect(tokenizer.encode(words).ids).toHaveLength(maxLength);
  expect((await post('/predict', { inputs: words, truncate: false })).status).toBe(200);
});

test('/predict keeps the end of a long text where the left is to be cut', async () => {
  const { post } = await served();
  const { body } = await post('/predict', { inputs: longText, truncation_direction: 'left' });
  expect(body).toEqual(
    ranked(scoresOf('five six seven eight nine ten eleven twelve thirteen fourteen')),
  );
});

test('refuses more texts than one request may have with the words of the original', async () => {
  const { post, get } = await served();
  const { max_client_batch_size: most } = (await get('/info')).body as Record<string, number>;
  expect(most).toBe(textsPerRequest);
  const inputs = Array.from({ length: most + 1 }, () => ['a']);
  const { status, body } = await post('/predict', { inputs });
  expect(status).toBe(422);
  expect(body).toEqual({
    error: `batch size ${most + 1} > maximum allowed batch size ${most}`,
    error_type: 'Validation',
  });
  expect((await post('/predict', { inputs: inputs.slice(1) })).status).toBe(200);
});

test.each([
  ['/predict', { inputs: '' }],
  ['/predict', { inputs: [] }],
  ['/embed', { inputs: '' }],
  ['/embed', { inputs: [] }],
  ['/embed', { inputs: ['a', ''] }],
  ['/similarity', { inputs: { source_sentence: 'a', sentences: [] } }],
  ['/tokenize', { inputs: '' }],
  ['/decode', { ids: [] }],
])('%s answers 400 and Empty where there is no text: %j', async (path, request) => {
  const { post } = await served();
  const { status, body } = await post(path, request);
  expect(status).toBe(400);
  expect(body).toMatchObject({ error_type: 'Empty' });
});

test('says 424 and Backend where no served model does what is asked', async () => {
  const onlyClassifier = await served(serviceOf(classifier));
  const embed = await onlyClassifier.post('/embed', { inputs: 'a' });
  expect(embed.status).toBe(424);
  expect(embed.body).toEqual({
    error: 'Backend error: Model is not an embedding model',
    error_type: 'Backend',
  });
  const onlyEncoder = await served(serviceOf(encoder));
  const predict = await onlyEncoder.post('/predict', { inputs: 'a' });
  expect(predict.status).toBe(424);
  expect(predict.body).toMatchObject({ error_type: 'Backend' });
});

test('/embed gives a list of vectors of length 1, also for one text', async () => {
  const { post } = await served();
  const { body, headers } = await post('/embed', { inputs: 'What is Deep Learning?' });
  expect(body).toEqual([closeTo(unit(vectorOf('What is Deep Learning?')))]);
  expect(headers.get('x-compute-tokens')).toBe(String(idsOf('What is Deep Learning?').length));
});

test('/embed leaves vectors as they are, or shortens them, where it is asked to', async () => {
  const { post } = await served();
  const plain = await post('/embed', { inputs: ['a', 'b'], normalize: false });
  expect(plain.body).toEqual([closeTo([...vectorOf('a')]), closeTo([...vectorOf('b')])]);
  const short = await post('/embed', { inputs: 'a', dimensions: 2 });
  expect(short.body).toEqual([closeTo(unit(vectorOf('a').subarray(0, 2)))]);
  for (const wrong of [0, dimensions + 1]) {
    const { status, body } = await post('/embed', { inputs: 'a', dimensions: wrong });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      error: expect.stringContaining('`dimensions` should be') as string,
    });
  }
});

test('/embed takes token ids in the place of texts, alone and among them', async () => {
  const { post } = await served();
  const ids = [...idsOf('hello world')];
  const expected = closeTo(unit(vectorOf('hello world')));
  expect((await post('/embed', { inputs: ids })).body).toEqual([expected]);
  expect((await post('/embed', { inputs: ids.slice(1, -1) })).body).toEqual([expected]);
  const mixed = await post('/embed', { inputs: ['hello world', ids] });
  expect(mixed.body).toEqual([expected, expected]);
  expect((await post('/embed', { inputs: [1_000_000] })).status).toBe(422);
});

test('/embed keeps the end of a long text where the left is to be cut', async () => {
  const { post } = await served();
  const { body } = await post('/embed', { inputs: longText, truncation_direction: 'Left' });
  const end = 'five six seven eight nine ten eleven twelve thirteen fourteen';
  expect(body).toEqual([closeTo(unit(vectorOf(end)))]);
  const refused = await post('/embed', { inputs: longText, truncate: false });
  expect(refused.status).toBe(422);
});

test('/embed_all gives a vector for each token', async () => {
  const { post } = await served();
  const { body } = await post('/embed_all', { inputs: ['hello world', 'a'] });
  const lists = body as number[][][];
  expect(lists.map((list) => list.length)).toEqual([4, 3]);
  expect(lists.flat().every((vector) => vector.length === dimensions)).toBe(true);
});

test('/similarity gives the cosine of each sentence and the source', async () => {
  const { post } = await served();
  const { body } = await post('/similarity', {
    inputs: { source_sentence: 'a cat', sentences: ['a dog', 'a cat'] },
  });
  const [first, second] = [vectorOf('a cat'), vectorOf('a dog')];
  const product = first.reduce((sum, value, index) => sum + value * second[index], 0);
  const cosine = product / Math.hypot(...first) / Math.hypot(...second);
  expect(body).toEqual(closeTo([cosine, 1]));
});

test('/info tells classifier and encoder apart as the original does', async () => {
  const { get } = await served();
  const first = (await get('/info')).body as Record<string, unknown>;
  expect(first).toMatchObject({ model_id: 'toxic', max_input_length: maxLength });
  expect(first.model_type).toMatchObject({
    classifier: { id2label: { 0: 'toxic', 3: '__proto__' } },
  });
  const other = (await get('/info?model=mini')).body;
  expect(other).toMatchObject({ model_type: { embedding: { pooling: 'mean' } } });
});

test('/health answers 200 with an empty body', async () => {
  const { get } = await served();
  expect(await get('/health')).toMatchObject({ status: 200, body: '' });
});

test('/tokenize gives ids, parts of the text and byte offsets', async () => {
  const { post } = await served();
  const { body } = await post('/tokenize', { inputs: 'Ça va, 😀!' });
  expect(body).toEqual([
    [
      { id: 101, text: '[CLS]', special: true, start: null, stop: null },
      { id: 6187, text: 'Ça', special: false, start: 0, stop: 3 },
      { id: 12436, text: 'va', special: false, start: 4, stop: 6 },
      { id: 1010, text: ',', special: false, start: 6, stop: 7 },
      { id: 100, text: '😀', special: false, start: 8, stop: 12 },
      { id: 999, text: '!', special: false, start: 12, stop: 13 },
      { id: 102, text: '[SEP]', special: true, start: null, stop: null },
    ],
  ]);
  const without = await post('/tokenize', { inputs: ['a'], add_special_tokens: false });
  expect(without.body).toMatchObject([[{ id: 1037, special: false }]]);
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(' ', 'É', 'e\u0301', '中', '😀', 'ß', 'İ', '-', '##'),
    maxLength: 20,
  }),
);

test('offsets of tokens cut their text out of the bytes', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const bytes = Buffer.from(text);
      expect(byteOffsets(text).at(-1)).toBe(bytes.length);
      for (const token of tokensOf(text, tokenizer, true)) {
        if (token.special) continue;
        const { start, stop } = token;
        expect(bytes.subarray(start ?? 0, stop ?? 0).toString()).toBe(
          Buffer.from(token.text).toString(),
        );
      }
    }),
    { numRuns: 300 },
  );
});

const oracle = Tokenizer.fromFile(
  new URL('../../../models/all-MiniLM-L6-v2/tokenizer.json', import.meta.url).pathname,
);

test.each([true, false])(
  '/decode does what the tokenizers library does, special tokens skipped: %s',
  async (skipSpecialTokens) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 30_600 }), { maxLength: 12 }),
        async (ids) => {
          const expected = await oracle.decode(ids, skipSpecialTokens);
          expect(decodeIds(ids, tokenizer, { skipSpecialTokens })).toBe(expected);
        },
      ),
      { numRuns: 300, examples: [[[101, 2123, 1005, 1056, 2079, 2008, 1012, 102]]] },
    );
  },
);

test('/decode gives texts back', async () => {
  const { post } = await served();
  const { body } = await post('/decode', { ids: [101, 7592, 2088, 999, 102] });
  expect(body).toEqual(['hello world!']);
  const batch = await post('/decode', { ids: [[7592], [2088]], skip_special_tokens: false });
  expect(batch.body).toEqual(['hello', 'world']);
});

test('every kind of refusal has a status and an error type', () => {
  const overloaded = ['QUEUE_FULL', 'TOO_BUSY', 'RATE_LIMITED', 'DEADLINE'];
  for (const code of Object.keys(refusalStatus) as (keyof typeof refusalStatus)[]) {
    const { status, body } = textEmbeddingsInference.refuse(new Refusal(code, 'why'), {
      requestId: '1',
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toEqual({ error: 'why', error_type: expect.stringMatching(/^[A-Z]/) as string });
    if (overloaded.includes(code))
      expect([status, body]).toMatchObject([429, { error_type: 'Overloaded' }]);
  }
});

const anyValue = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }),
  fc.array(fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }), { maxLength: 3 }),
  fc.array(fc.integer({ min: -1, max: 40_000 }), { maxLength: 4 }),
  fc.jsonValue({ maxDepth: 3 }),
);
const anyBody = fc.oneof(
  fc.record(
    {
      inputs: fc.oneof(
        anyValue,
        fc.record({ source_sentence: fc.string(), sentences: fc.array(fc.string()) }),
      ),
      ids: anyValue,
      truncate: fc.oneof(fc.boolean(), fc.constant(null), fc.jsonValue()),
      truncation_direction: fc.constantFrom('left', 'Right', 'up', null),
      raw_scores: fc.oneof(fc.boolean(), fc.jsonValue()),
      normalize: fc.boolean(),
      dimensions: fc.oneof(fc.integer({ min: -2, max: 9 }), fc.double(), fc.constant(null)),
      prompt_name: fc.constantFrom(null, 'query'),
      parameters: fc.oneof(fc.constant(null), fc.jsonValue()),
      skip_special_tokens: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
);

test('any body is answered, or refused in the envelope with a 4xx', async () => {
  const { post, failures } = await served();
  const paths = ['/predict', '/embed', '/embed_all', '/similarity', '/tokenize', '/decode'];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), anyBody, async (path, request) => {
      const { status, body } = await post(path, request);
      if (status === 200) return;
      expect([400, 422]).toContain(status);
      expect(body).toEqual({
        error: expect.any(String) as string,
        error_type: expect.stringMatching(/^(Validation|Empty)$/) as string,
      });
    }),
    { numRuns: 100 },
  );
  expect(failures).toEqual([]);
});
