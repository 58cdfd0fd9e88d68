// The HTTP side of the classifier service over real sockets: what is let in, what is refused, and how either is written.
import { connect } from 'node:net';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ask,
  type RunningClassifiers,
  startClassifiers,
  temporaryFolder,
  writeTinyModel,
} from '../support/served-models.js';

const folder = join(temporaryFolder(), 'model');
const json = { 'content-type': 'application/json' };
let running: RunningClassifiers;
let origin: string;

beforeAll(async () => {
  await writeTinyModel(folder);
  running = await startClassifiers(
    { toxic: folder },
    { cors: 'https://a.example', limits: { bodyBytes: 1 << 20 } },
  );
  origin = running.origin;
});
afterAll(async () => {
  await running.end();
  expect(running.failures).toEqual([]);
});

function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = json) {
  return ask(`${origin}/v1/score`, undefined, { method: 'POST', headers, body });
}

/** Sends bytes and reads until the other end closes. `rest` is sent once it resolves. */
function sendRaw(text: string, { port } = running.server, rest?: Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    rest?.then((more) => socket.write(more)).catch(reject);
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('error', reject).on('close', () => {
      resolve(answer);
    });
    socket.write(text);
  });
}

describe('bodies', () => {
  it.each([
    ['{"text":"a","text":"b"}', 'a name twice'],
    ['{"text":', 'not JSON'],
    ['', 'not JSON'],
    ['['.repeat(200), 'more than 64 deep'],
    ['NaN', 'not JSON'],
  ])('refuses %s', async (body, sentence) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(sentence);
  });

  it('refuses what is not UTF-8', async () => {
    const bytes = Uint8Array.from([...Buffer.from('{"text":"'), 0xc3, 0x28, ...Buffer.from('"}')]);
    expect((await post(bytes)).status).toBe(400);
  });

  it('refuses a million levels, and goes on', async () => {
    expect((await post('['.repeat(1_000_000))).status).toBe(400);
    expect((await post('{"text":"a"}')).status).toBe(200);
  });

  it.each([
    ['text/plain'],
    ['application/jsonp'],
    ['application/json; charset=latin1'],
    ['application/json;a=1;a=2'],
    ['application/json garbage'],
    ['multipart/form-data; boundary=x'],
  ])('takes no %s', async (type) => {
    expect((await post('{"text":"a"}', { 'content-type': type })).status).toBe(415);
  });

  it.each([['application/json'], ['Application/JSON ; charset="utf-8"']])(
    'takes %s',
    async (type) => {
      expect((await post('{"text":"a"}', { 'content-type': type })).status).toBe(200);
    },
  );

  it('takes packed bodies, and no bombs', async () => {
    const packed = new Uint8Array(gzipSync('{"text":"a"}'));
    const headers = { ...json, 'content-encoding': 'gzip' };
    expect((await post(packed, headers)).status).toBe(200);
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(50 << 20, ' ')));
    expect((await post(bomb, headers)).status).toBe(413);
    expect((await post(packed, { ...json, 'content-encoding': 'br' })).status).toBe(415);
  });

  it('refuses a body that says it is too large before it comes', async () => {
    const answer = await sendRaw(
      'POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain('BODY_TOO_LARGE');
  });

  it('answers any JSON without a fault of its own', async () => {
    const member = fc.constantFrom('text', 'texts', 'model', 'labels', 'explain', 'x', '__proto__');
    const body = fc.oneof(fc.dictionary(member, fc.jsonValue({ maxDepth: 3 })), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const { status } = await post(JSON.stringify(sent));
        expect([200, 400, 404, 413]).toContain(status);
      }),
      { numRuns: 100, seed: 6 },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('paths and methods', () => {
  it.each([
    ['GET', '/v1/score', 405, 'POST, OPTIONS'],
    ['DELETE', '/v1/classifiers', 405, 'GET, HEAD, OPTIONS'],
    ['GET', '/v1/nothing', 404, null],
    ['GET', '/../../etc/passwd', 404, null],
    ['GET', '/%2e%2e/%2e%2e/etc/passwd', 404, null],
  ])('%s %s is answered with %i', async (method, path, status, allow) => {
    const answer = await ask(`${origin}${path}`, undefined, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.body.error).toBeDefined();
  });

  it('answers HEAD without a body', async () => {
    const answer = await fetch(`${origin}/v1/classifiers`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(10);
    expect(await answer.text()).toBe('');
  });

  it('describes all that it serves', async () => {
    const { body } = await ask(`${origin}/openapi.json`);
    expect(body.openapi).toMatch(/^3\.1/);
    const paths = body.paths as Record<string, Record<string, { parameters?: unknown[] }>>;
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/score', '/v1/embeddings', '/predict', '/health/ready']),
    );
    expect(paths['/v1/classifiers/{name}'].get.parameters).toHaveLength(1);
  });

  it('is alive and ready', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      expect((await ask(`${origin}${path}`)).status).toBe(200);
    }
  });
});

describe('headers', () => {
  it("returns the request's id, and makes one where it is none", async () => {
    const given = await ask(`${origin}/health/live`, undefined, {
      headers: { 'x-request-id': 'a-1:b' },
    });
    expect(given.headers.get('x-request-id')).toBe('a-1:b');
    for (const id of ['', 'x'.repeat(129), 'a b', 'a"b']) {
      const { headers } = await ask(`${origin}/health/live`, undefined, {
        headers: { 'x-request-id': id },
      });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('lets no browser guess', async () => {
    const { headers } = await post('{"text":"a"}');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-type')).toBe('application/json');
  });

  it('packs large answers for those who take it', async () => {
    const path = '/openapi.json';
    const answer = await sendRaw(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).not.toContain('content-encoding');
    const packed = await fetch(`${origin}${path}`, { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(await packed.json()).toHaveProperty('openapi');
    expect(gunzipSync(gzipSync('x')).toString()).toBe('x');
  });

  it('lets pages of named origins read answers, and no others', async () => {
    const asked = (from: string): Promise<Response> =>
      fetch(`${origin}/health/live`, { headers: { origin: from } });
    const allowed = await asked('https://a.example');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://a.example');
    expect(allowed.headers.get('vary')).toContain('Origin');
    expect((await asked('https://b.example')).headers.get('access-control-allow-origin')).toBe(
      null,
    );
    const preflight = await fetch(`${origin}/v1/score`, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  });

  it('refuses pages of other hosts where no key is needed', async () => {
    const answer = await sendRaw(
      'GET /v1/classifiers HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
  });
});

it('refuses new requests while it closes, answers those before, and then is gone', async () => {
  const other = await startClassifiers({ toxic: folder });
  const texts = Array.from({ length: 300 }, (_, at) => `text number ${at} of many`);
  const before = Promise.all(
    Array.from({ length: 4 }, () => ask(`${other.origin}/v1/score`, { texts })),
  );
  await expect
    .poll(
      async () =>
        (await (await fetch(`${other.origin}/metrics`)).text()).match(
          /polytag_http_requests_in_progress (\d+)/,
        )?.[1],
      { timeout: 30_000 },
    )
    .not.toBe('1');
  let finishHead: (text: string) => void = () => undefined;
  const rest = new Promise<string>((resolve) => (finishHead = resolve));
  // Half a request keeps its connection through the closing.
  const checked = sendRaw(
    'GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\n',
    other.server,
    rest,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  const ended = other.end();
  finishHead('\r\n');
  const refused = await checked;
  expect(refused).toMatch(/^HTTP\/1\.1 503 /);
  expect(refused).toContain('{"error":"the service is closing');
  expect(refused.toLowerCase()).toContain('retry-after: 1');
  await ended;
  expect((await before).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  await expect(fetch(other.origin)).rejects.toThrow();
});
