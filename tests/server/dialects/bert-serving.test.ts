import { expect, test } from 'vitest';
import { createBertServing } from '../../../src/server/dialects/bert-serving.js';
import { ask, serveDialects, textsPerRequest } from './support/dialect-server.js';
import { classifier, dimensions, encoder, serviceOf, vectorOf } from './support/fake-models.js';

function served(...models: Parameters<typeof serviceOf>) {
  return serveDialects([createBertServing()], serviceOf(...models));
}

function close(values: Iterable<number>) {
  return Array.from(values, (value) => expect.closeTo(value, 5) as number);
}

test('/encode gives vectors under both names, with the id as it was sent', async () => {
  const { url } = await served(classifier, encoder);
  const response = await fetch(`${url}/encode`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"id": 12345678901234567890, "texts": ["hello world", "a ||| pair"], "is_tokenized": false}',
  });
  const text = await response.text();
  expect(text).toMatch(/^\{"id":12345678901234567890,/);
  const vectors = [vectorOf('hello world'), vectorOf(['a', 'pair'])].map(close);
  expect(JSON.parse(text)).toMatchObject({ result: vectors, results: vectors, status: 200 });
});

test('/encode takes lists of tokens, and forms', async () => {
  const { url } = await served(encoder);
  const tokenized = await ask(`${url}/encode`, {
    id: 1,
    texts: [['hello', 'world']],
    is_tokenized: true,
  });
  expect(tokenized.body).toMatchObject({ id: 1, result: [close(vectorOf('hello world'))] });
  const form = await ask(`${url}/encode`, undefined, {
    method: 'POST',
    body: new URLSearchParams([
      ['id', 'x'],
      ['texts', 'a'],
      ['texts', 'b'],
    ]),
  });
  expect(form.body).toMatchObject({
    id: 'x',
    result: [close(vectorOf('a')), close(vectorOf('b'))],
  });
});

test('/encode refuses in the envelope of the encoder service', async () => {
  const { url } = await served(encoder);
  const many = Array.from({ length: textsPerRequest + 1 }, () => 'a');
  for (const body of [
    {},
    { id: 1 },
    { id: 1, texts: [] },
    { id: 1, texts: [1] },
    { id: 1, texts: many },
  ]) {
    const answer = await ask(`${url}/encode`, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ status: 400, error: { code: 'REQUEST_INVALID' } });
  }
  const none = await served(classifier);
  const answer = await ask(`${none.url}/encode`, { id: 1, texts: ['a'] });
  expect(answer).toMatchObject({ status: 404, body: { error: { code: 'MODEL_UNKNOWN' } } });
});

test("the status has what bert-as-service's dashboard reads", async () => {
  const { url } = await served(encoder);
  await ask(`${url}/encode`, { id: 1, texts: ['a', 'b'] });
  await ask(`${url}/encode`, { id: 2, texts: ['c'] });
  const { body } = await ask(`${url}/status/server`);
  expect(body).toMatchObject({
    status: 200,
    server_version: '1.10.0',
    cpu: true,
    max_seq_len: encoder.maxLength,
    server_start_time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/) as string,
    statistic: {
      num_data_request: 2,
      num_total_seq: 3,
      num_sys_request: 1,
      num_total_client: 1,
      min_request_per_client: 3,
      avg_size_per_request: 1.5,
      min_last_two_interval: expect.any(Number) as number,
    },
  });
  const client = await ask(`${url}/status/client`);
  expect(client.body).toMatchObject({ num_request: 2, num_pending_request: 0, status: 200 });
});

test('vectors are as wide as the encoder says', async () => {
  const { url } = await served(encoder);
  const { body } = await ask(`${url}/encode`, { id: 1, texts: ['a'] });
  expect((body as { result: number[][] }).result[0]).toHaveLength(dimensions);
});
