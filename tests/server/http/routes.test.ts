// The other routes, and what every answer carries.
import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { until } from './fake-service.js';
import { ask, listen, post, RawSocket } from './listening.js';

/** An answer as it came, not unpacked. */
function askRaw(
  url: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ headers: Record<string, unknown>; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: body === undefined ? 'GET' : 'POST', headers },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          resolve({ headers: answer.headers, bytes: Buffer.concat(chunks) });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('status', () => {
  it('shows the status of the service', async () => {
    const { url, service } = await listen();
    service.statusRecord = { num_worker: 2, statistic: { num_data_request: 7 } };
    const { status, body, headers } = await ask(url, '/status/server');
    expect(status).toBe(200);
    expect(body).toEqual({ num_worker: 2, statistic: { num_data_request: 7 }, status: 200 });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('shows what came by HTTP, as the original showed its proxy', async () => {
    const { url, service } = await listen();
    const release = service.hold();
    const first = post(url, { id: 1, texts: ['a'] });
    await until(() => service.requests.length === 1);
    expect((await ask(url, '/status/client')).body).toEqual({
      identity: 'http',
      num_request: 1,
      num_pending_request: 1,
      pending_request: [1],
      output_fmt: 'list',
      port: 5555,
      port_out: 5556,
      server_ip: '127.0.0.1',
      client_version: '1.10.0',
      timeout: -1,
      status: 200,
    });
    release();
    await first;
    expect((await ask(url, '/status/client')).body.pending_request).toEqual([]);
  });

  it('is healthy, and says 500 when the status cannot be had', async () => {
    const { url, service } = await listen();
    expect((await ask(url, '/health')).body).toEqual({ status: 200, health: 'serving' });
    const fail = (): never => {
      throw new Error('inside');
    };
    service.status = fail;
    service.config = fail;
    for (const path of ['/status/server', '/status/client']) {
      const { status, body } = await ask(url, path);
      expect(status).toBe(500);
      expect(JSON.stringify(body)).not.toMatch(/inside/);
    }
  });
});

describe('paths and methods', () => {
  it('says that there is nothing, or which method there is', async () => {
    const { url } = await listen();
    const nothing = await ask(url, '/encodes');
    expect(nothing.status).toBe(404);
    expect(nothing.body.message).toMatch(/there is \/encode, /);
    for (const [path, method, allow] of [
      ['/encode', 'GET', 'POST, OPTIONS'],
      ['/status/server', 'POST', 'GET, HEAD, OPTIONS'],
      ['/', 'DELETE', 'GET, HEAD, OPTIONS'],
    ]) {
      const { status, headers } = await ask(url, path, { method });
      expect(status).toBe(405);
      expect(headers.get('allow')).toBe(allow);
    }
  });

  it.each([
    '/../package.json',
    '/%2e%2e/package.json',
    '/assets/..%2f..%2findex.js',
    '//etc/passwd',
    '/%00',
  ])('opens no file for %s', async (path) => {
    const { listener } = await listen();
    const raw = await RawSocket.open(listener.port);
    raw.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    await until(() => raw.closed);
    expect([400, 404]).toContain(raw.status());
  });
});

describe('CORS', () => {
  it.each([
    ['*', 'https://a.example', '*'],
    ['https://a.example', 'https://a.example', 'https://a.example'],
    ['https://b.example, https://a.example', 'https://a.example', 'https://a.example'],
    ['https://b.example', 'https://a.example', null],
    ['', 'https://a.example', null],
  ])('with -cors %j, %s is answered %j', async (cors, origin, allowed) => {
    const { url } = await listen({ cors });
    const good = await ask(url, '/health', { headers: { origin } });
    expect(good.headers.get('access-control-allow-origin')).toBe(allowed);
    // A browser shows a refusal only to those who may read it.
    const refused = await post(url, {}, { origin });
    expect(refused.status).toBe(400);
    expect(refused.headers.get('access-control-allow-origin')).toBe(allowed);
  });

  it('answers the question that browsers ask first', async () => {
    const { url } = await listen();
    const { status, headers } = await fetch(`${url}/encode`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://a.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-methods')).toContain('POST');
    expect(headers.get('access-control-allow-headers')).toBe('content-type');
  });
});

describe('packing', () => {
  const texts = Array.from({ length: 3000 }, (_, index) => `text ${index}`);
  const body = JSON.stringify({ id: 1, texts });
  const type = { 'content-type': 'application/json' };

  it('packs large answers for those who take it, and the content is the same', async () => {
    const { url } = await listen();
    const plain = await askRaw(`${url}/encode`, type, body);
    expect(plain.headers['content-encoding']).toBeUndefined();
    const packed = await askRaw(`${url}/encode`, { ...type, 'accept-encoding': 'br, gzip' }, body);
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.headers.vary).toMatch(/accept-encoding/i);
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
    expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
    const answer = JSON.parse(plain.bytes.toString()) as { result: number[][] };
    expect(answer.result).toHaveLength(3000);
  });

  it('leaves small answers, and those who refuse it, alone', async () => {
    const { url } = await listen();
    const small = await askRaw(`${url}/health`, { 'accept-encoding': 'gzip' });
    expect(small.headers['content-encoding']).toBeUndefined();
    for (const accepted of ['gzip;q=0', 'identity', '*;q=0', 'gzip;q=0, *']) {
      const { headers } = await askRaw(`${url}/openapi.json`, { 'accept-encoding': accepted });
      expect(headers['content-encoding']).toBeUndefined();
    }
    const any = await askRaw(`${url}/openapi.json`, { 'accept-encoding': '*' });
    expect(any.headers['content-encoding']).toBe('gzip');
  });
});

describe('the page', () => {
  it('comes with its files, under a policy that lets nothing else in', async () => {
    const { url } = await listen();
    const page = await fetch(`${url}/`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self'/);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const html = await page.text();
    const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
    const { headers } = await fetch(`${url}/${script}`);
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toMatch(/immutable/);
    const tag = page.headers.get('etag') ?? '';
    const again = await fetch(`${url}/`, { headers: { 'if-none-match': tag } });
    expect(again.status).toBe(304);
    const head = await fetch(`${url}/`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });
});
