import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsvTexts, readJsonLines } from '../../../src/server/dialects/delimited-texts.js';
import { sagemaker } from '../../../src/server/dialects/sagemaker.js';
import { ask, serveDialects, textsPerRequest } from './support/dialect-server.js';
import {
  classifier,
  encoder,
  labels,
  scoresOf,
  serviceOf,
  vectorOf,
} from './support/fake-models.js';

const texts = ['you are nice', 'you, "idiot"'];

function close(values: Iterable<number>) {
  return Array.from(values, (value) => expect.closeTo(value, 5) as number);
}

async function served() {
  const { url, failures } = await serveDialects([sagemaker], serviceOf(classifier, encoder));
  const invoke = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
    ask(`${url}/invocations`, undefined, { method: 'POST', body, headers });
  return { url, failures, invoke };
}

function byLabel(text: string) {
  return labels.map((label, index) => [label, expect.closeTo(scoresOf(text)[index], 5) as number]);
}

test('/ping answers 200 with an empty body', async () => {
  const { url } = await served();
  expect(await ask(`${url}/ping`)).toMatchObject({ status: 200, body: '' });
});

test('instances are answered with predictions, inputs with labels and scores', async () => {
  const { url } = await served();
  const first = await ask(`${url}/invocations`, { instances: [texts[0], { text: texts[1] }] });
  const { predictions } = first.body as { predictions: object[] };
  expect(predictions.map((one) => Object.entries(one))).toEqual(texts.map(byLabel));
  const second = await ask(`${url}/invocations`, { inputs: texts });
  const lists = second.body as { label: string; score: number }[][];
  expect(lists).toHaveLength(2);
  expect(lists[0].map(({ score }) => score)).toEqual(
    [...scoresOf(texts[0])].sort((one, other) => other - one),
  );
  const third = await ask(`${url}/invocations`, { inputs: texts[0] });
  expect(third.body).toEqual(lists[0]);
});

test('JSON lines and CSV are answered in kind, or as Accept asks', async () => {
  const { invoke } = await served();
  const lines = `${JSON.stringify(texts[0])}\n\n${JSON.stringify({ text: texts[1] })}\n`;
  const first = await invoke(lines, { 'content-type': 'application/jsonlines' });
  expect(first.headers.get('content-type')).toBe('application/jsonlines');
  const rows = String(first.body).trimEnd().split('\n');
  expect(rows.map((row) => Object.entries(JSON.parse(row) as object))).toEqual(texts.map(byLabel));
  const csv = `${texts[0]}\r\n"you, ""idiot"""\r\n`;
  const second = await invoke(csv, { 'content-type': 'text/csv' });
  expect(second.headers.get('content-type')).toBe('text/csv');
  const records = String(second.body).trimEnd().split('\n');
  expect(records.map((record) => record.split(',').map(Number))).toEqual(
    texts.map((text) => close(scoresOf(text))),
  );
  const third = await invoke(csv, {
    'content-type': 'text/csv',
    accept: 'image/png, application/json;q=0.5',
  });
  expect(third.body).toMatchObject({ predictions: [expect.anything(), expect.anything()] });
});

test('a multi-model endpoint names its model', async () => {
  const { invoke } = await served();
  const answer = await invoke('a', {
    'content-type': 'text/csv',
    'x-amzn-sagemaker-target-model': 'mini',
  });
  expect(String(answer.body).trimEnd().split(',').map(Number)).toEqual(close(vectorOf('a')));
  const unknown = await invoke('a', {
    'content-type': 'text/csv',
    'x-amzn-sagemaker-target-model': '../mini',
  });
  expect(unknown.status).toBe(404);
});

test.each([
  ['{}', 'application/json', 400, 'none or both'],
  ['{"inputs": "a", "instances": ["a"]}', 'application/json', 400, 'none or both'],
  ['{"instances": []}', 'application/json', 400, 'no text'],
  ['1', 'application/jsonlines', 400, 'line 1 is no text'],
  ['"a"\n{', 'application/jsonlines', 400, 'line 2 is not JSON'],
  ['"a', 'text/csv', 400, 'quotes of record 1'],
  ['a\n"b"c', 'text/csv', 400, 'quotes of record 2'],
  ['a,b', 'text/csv', 400, 'several fields'],
  ['\n\n', 'text/csv', 400, 'no text'],
  ['a\n'.repeat(textsPerRequest + 1), 'text/csv', 400, 'more than 8 texts'],
  ['a', 'text/plain', 415, 'Content-Type'],
])('refuses %j as %s', async (body, type, status, reason) => {
  const { invoke } = await served();
  const answer = await invoke(body, { 'content-type': type });
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({ error: expect.stringContaining(reason) as string });
});

test('Accept that names nothing offered is 406', async () => {
  const { invoke } = await served();
  const answer = await invoke('a', { 'content-type': 'text/csv', accept: 'image/png' });
  expect(answer.status).toBe(406);
});

test('texts survive CSV and JSON lines', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
  const piece = fc.oneof(text, fc.constantFrom('"', ',', '\n', '\r\n', '""', ' '));
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (sent) => {
      const csv = sent.map((one) => `"${one.replaceAll('"', '""')}"`).join('\n');
      expect(readCsvTexts(csv, 10)).toEqual(sent);
      const lines = sent.map((one) => JSON.stringify(one)).join('\n');
      expect(readJsonLines(lines, 10)).toEqual(sent);
    }),
    { numRuns: 200 },
  );
});

test('any body is answered, or refused in the envelope with a 4xx', async () => {
  const { invoke, failures } = await served();
  const body = fc.oneof(
    fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ minLength: 1, maxLength: 20 }),
    fc
      .string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a'), minLength: 1 })
      .map((text) => Buffer.from(text)),
  );
  const types = ['application/json', 'application/jsonlines', 'text/csv'];
  await fc.assert(
    fc.asyncProperty(body, fc.constantFrom(...types), async (bytes, type) => {
      const { status, body: answer } = await invoke(new Uint8Array(bytes), {
        'content-type': type,
      });
      if (status === 200) return;
      expect(status).toBe(400);
      expect(answer).toEqual({ error: expect.any(String) as string });
    }),
    { numRuns: 100 },
  );
  expect(failures).toEqual([]);
});
