// /openapi.json against the service: each status that a route is documented with is produced by it, and said in the
// documented shape.
import { describe, expect, it } from 'vitest';
import { until } from './fake-service.js';
import { ask, listen, type Listening, post, RawSocket } from './listening.js';

const good = { id: 1, texts: ['a'] };

interface Produced {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

function produceRaw(text: string): (listening: Listening) => Promise<Produced> {
  return async ({ listener }) => {
    const raw = await RawSocket.open(listener.port);
    raw.write(text);
    await until(() => raw.closed);
    return { status: raw.status(), body: raw.record() };
  };
}

function failing(path: string): (listening: Listening) => Promise<Produced> {
  return ({ url, service }) => {
    const fail = (): never => {
      throw new Error('inside');
    };
    Object.assign(service, { answer: fail, status: fail, config: fail });
    return path === '/encode' ? post(url, good) : ask(url, path);
  };
}

/** /health in the moment of closing, on a connection that was there before. */
async function askWhileClosing({ listener }: Listening): Promise<Produced> {
  const raw = await RawSocket.open(listener.port);
  raw.write('GET /health HTTP/1.1\r\nHost: localhost\r\n');
  await new Promise((resolve) => setTimeout(resolve, 50));
  void listener.close({ graceMilliseconds: 10_000 });
  raw.write('\r\n');
  await until(() => raw.closed);
  return { status: raw.status(), body: raw.record() };
}

function producer(path: string, status: string): (listening: Listening) => Promise<Produced> {
  const start = `${path === '/encode' ? 'POST' : 'GET'} ${path} HTTP/1.1\r\nHost: localhost\r\n`;
  if (status === '431') return produceRaw(`${start}X-Flood: ${'x'.repeat(20_000)}\r\n\r\n`);
  if (status === '408') return produceRaw(`${start}X-Slow: `);
  if (status === '500') return failing(path);
  if (path !== '/encode') {
    if (status === '503') return askWhileClosing;
    return status === '400' ? produceRaw(`${start}\0\r\n\r\n`) : ({ url }) => ask(url, path);
  }
  const bodies: Record<string, (listening: Listening) => Promise<Produced>> = {
    200: ({ url }) => post(url, good),
    400: ({ url }) => post(url, {}),
    413: ({ url }) => post(url, ' '.repeat(2000)),
    415: ({ url }) => post(url, good, { 'content-type': 'text/plain' }),
    503: ({ url, service }) => {
      service.hold();
      void post(url, good).catch(() => undefined);
      return until(() => service.requests.length === 1).then(() => post(url, good));
    },
  };
  return bodies[status];
}

/** A type, not an interface: only a type is a record of unknowns that can be narrowed. */
type Documented = {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<
      string,
      {
        responses: Record<
          string,
          { content?: { 'application/json': { schema: { required?: string[] } } } }
        >;
        requestBody?: { content: Record<string, { schema: { required: string[] } }> };
      }
    >
  >;
};

async function readDescription(): Promise<Documented> {
  const { url } = await listen();
  return (await ask(url, '/openapi.json')).body as Documented;
}

describe('/openapi.json', () => {
  it('describes the routes and the schema that bodies are held against', async () => {
    const { openapi, paths } = await readDescription();
    expect(openapi).toBe('3.1.1');
    expect(Object.keys(paths)).toEqual([
      '/encode',
      '/status/server',
      '/status/client',
      '/health',
      '/openapi.json',
    ]);
    const body = paths['/encode'].post.requestBody?.content ?? {};
    expect(Object.keys(body)).toEqual(['application/json', 'application/x-www-form-urlencoded']);
    expect(body['application/json'].schema.required).toEqual(['id', 'texts']);
  });

  it('documents no status that its route does not give, in that shape', async () => {
    const { paths } = await readDescription();
    for (const [path, methods] of Object.entries(paths)) {
      const [{ responses }] = Object.values(methods);
      for (const [status, { content }] of Object.entries(responses)) {
        const listening = await listen({
          bodyBytes: 1000,
          maxConnections: 1,
          limits: {
            waitingRequests: 0,
            headersMilliseconds: 60,
            requestMilliseconds: 400,
            checkMilliseconds: 20,
          },
        });
        const produced = await producer(path, status)(listening);
        expect([path, String(produced.status)]).toEqual([path, status]);
        const required = content?.['application/json'].schema.required ?? [];
        for (const key of required) expect(produced.body, `${path} ${status}`).toHaveProperty(key);
      }
    }
  });
});
