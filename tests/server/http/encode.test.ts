// POST /encode: what goes in, what comes out, and what is refused with which sentence.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { polytagError } from '../../../src/errors/index.js';
import { vectorsFor } from './fake-service.js';
import { ask, listen, post } from './listening.js';

describe('POST /encode', () => {
  it('answers with the vectors under both names', async () => {
    const { url, service } = await listen();
    const { status, body, headers } = await post(url, { id: 123, texts: ['hello', 'good day!'] });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(body.id).toBe(123);
    expect(body.status).toBe(200);
    expect(body.results).toEqual(body.result);
    const vectors = (body.result as number[][]).map((row) => row.map(Math.fround));
    const { data } = vectorsFor(['hello', 'good day!']);
    expect(vectors.flat()).toEqual([...data]);
    expect(vectors.map((row) => row.length)).toEqual([4, 4]);
    expect(service.requests[0].client).toBe('127.0.0.1');
    expect(body).not.toHaveProperty('tokens');
  });

  it.each([['a "text"\n'], [-1.5], [0], [true], [null], ['']])('echoes the id %j', async (id) => {
    const { url } = await listen();
    expect((await post(url, { id, texts: ['a'] })).body.id).toBe(id);
  });

  it('echoes an id of 64 bits to the last digit', async () => {
    const { url } = await listen();
    const response = await fetch(`${url}/encode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"texts": ["{\\"id\\": 1}"], "id": 12345678901234567890}',
    });
    expect(await response.text()).toMatch(/^\{"id":12345678901234567890,"result"/);
  });

  it('passes lists of tokens on, and answers with a vector for each token and with tokens', async () => {
    const { url, service } = await listen();
    service.answer = () =>
      Promise.resolve({
        data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
        shape: [2, 2, 2],
        tokens: [['[CLS]', '"'], ['é']],
        truncatedTexts: 0,
      });
    const texts = [['then', 'do'], ['it']];
    const { body } = await post(url, { id: 1, texts, is_tokenized: true });
    expect(service.requests[0].texts).toEqual(texts);
    expect(body.result).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(body.tokens).toEqual([['[CLS]', '"'], ['é']]);
  });

  it.each([
    ['[1]', 'the body is a list; expected an object with id and texts'],
    ['null', 'the body is null; expected an object with id and texts'],
    [{ texts: ['a'] }, 'id is missing; expected a string or a number'],
    [{ id: {}, texts: ['a'] }, 'id is an object; expected a string or a number'],
    [{ id: 1 }, 'texts is missing; expected a list of strings'],
    [{ id: 1, texts: 'a' }, 'texts is a string; expected a list of strings'],
    [{ id: 1, texts: [] }, 'texts is empty; expected one text at least'],
    [{ id: 1, texts: ['a', 2] }, 'texts[1] is a number; expected a string'],
    [{ id: 1, texts: ['a', ['b']] }, 'texts[1] is a list; expected a string'],
    [
      { id: 1, texts: [['a'], 'b'], is_tokenized: true },
      'texts[1] is a string; expected a list of strings, as the first is',
    ],
    [
      { id: 1, texts: [['a'], [1]], is_tokenized: true },
      'texts[1] is a list of other things; expected a list of strings, as the first is',
    ],
    [
      { id: 1, texts: ['a'], is_tokenized: true },
      'is_tokenized is true, but texts are strings; expected a list of tokens for each',
    ],
    [
      { id: 1, texts: [['a']] },
      'texts are lists of tokens; set is_tokenized to true, or send strings',
    ],
    [
      { id: 1, texts: ['a'], is_tokenized: 'yes' },
      'is_tokenized is a string; expected true or false',
    ],
  ])('refuses %j', async (sent, message) => {
    const { url, service } = await listen();
    const { status, body } = await post(url, sent);
    expect({ status, ...body }).toEqual({
      status: 400,
      error: { code: 'REQUEST_INVALID', message },
      message,
      description: message,
      type: 'REQUEST_INVALID',
    });
    expect(service.requests).toEqual([]);
  });

  it.each([
    ['{"id":1,', 'the request body is not JSON'],
    ['', 'the request body is not JSON'],
    [Buffer.from('{"id":1,"texts":["\xff"]}', 'latin1'), 'the request body is not UTF-8'],
    [
      `{"id":1,"texts":${'['.repeat(1_000_000)}`,
      'the JSON of the request is nested more than 64 deep',
    ],
  ])('refuses a body that cannot be read', async (sent, message) => {
    const { url } = await listen();
    const { status, body } = await post(url, sent);
    expect(status).toBe(400);
    expect(body.error).toEqual({ code: 'BODY_INVALID', message });
  });

  it('takes forms', async () => {
    const { url, service } = await listen();
    const send = (body: string) =>
      ask(url, '/encode', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
        body,
      });
    expect((await send('id=a+b&texts=one%20two&texts=%C3%A9')).body.id).toBe('a b');
    await send('id=1&texts=%5B%22x%22%2C%22y%22%5D');
    await send('id=1&texts=%5B%5B%22x%22%5D%5D&is_tokenized=true');
    await send('id=1&texts=%5BCLS%5D+alone');
    expect(service.requests.map(({ texts }) => texts)).toEqual([
      ['one two', 'é'],
      ['x', 'y'],
      [['x']],
      ['[CLS] alone'],
    ]);
    expect((await send('texts=a')).body.message).toMatch(/^id is missing/);
    expect((await send('id=1&texts=%FF')).body.message).toMatch(/not UTF-8/);
    expect((await send('id=1&texts=a&is_tokenized=maybe')).status).toBe(400);
    const json = await send('{"id":1,"texts":["a"]}');
    expect(json.status).toBe(415);
    expect(json.body.message).toMatch(/Content-Type: application\/json/);
  });

  it.each([
    'text/plain',
    'application/jsonx',
    'application/json, text/plain',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json\t/',
    'multipart/form-data; boundary=x',
    'json',
  ])('refuses the content type %s', async (type) => {
    const { url } = await listen();
    const { status, body } = await post(url, { id: 1, texts: ['a'] }, { 'content-type': type });
    expect(status).toBe(415);
    expect(body.message).toMatch(/expected application\/json/);
  });

  it('takes every spelling of JSON in UTF-8', async () => {
    const { url } = await listen();
    for (const type of [
      'Application/JSON',
      'application/json;charset="UTF-8"',
      'application/json ;',
    ]) {
      const { status } = await post(url, { id: 1, texts: ['a'] }, { 'content-type': type });
      expect(status).toBe(200);
    }
  });

  it('unpacks gzip, and only gzip', async () => {
    const { url, service } = await listen();
    const packed = gzipSync(JSON.stringify({ id: 1, texts: ['packed'] }));
    expect((await post(url, packed, { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(service.requests[0].texts).toEqual(['packed']);
    const broken = packed.subarray(0, packed.length - 9);
    const cut = await post(url, broken, { 'content-encoding': 'gzip' });
    expect(cut.status).toBe(400);
    expect(cut.body.message).toBe('the request body is not whole gzip data');
    expect((await post(url, '{}', { 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post(url, packed, { 'content-encoding': 'br' })).status).toBe(415);
  });

  it('tells the client its own faults and nothing of ours', async () => {
    const failures: unknown[] = [];
    const { url, service } = await listen({ onFailure: (error) => failures.push(error) });
    service.answer = () =>
      Promise.reject(polytagError('REQUEST_INVALID', { problem: 'texts[0] is too odd' }));
    const odd = await post(url, { id: 1, texts: ['a'] });
    expect(odd.status).toBe(400);
    expect(odd.body.message).toMatch(/texts\[0\] is too odd/);

    const ours = new Error('/secret/path exploded');
    service.answer = () => Promise.reject(ours);
    const failed = await post(url, { id: 1, texts: ['a'] });
    expect(failed.status).toBe(500);
    expect(JSON.stringify(failed.body)).not.toMatch(/secret|exploded/);
    expect(failures).toEqual([ours]);

    service.answer = () =>
      Promise.resolve({ ...vectorsFor(['a']), data: Float32Array.of(1, Number.NaN, 0, 0) });
    expect((await post(url, { id: 1, texts: ['a'] })).status).toBe(500);
  });
});
