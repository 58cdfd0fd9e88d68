// What one client may take: bytes, depth, time, places. Each refusal comes early, and says when to come back.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { queueFull, until } from './fake-service.js';
import { encodeHead, listen, post, RawSocket } from './listening.js';

const good = JSON.stringify({ id: 1, texts: ['a'] });

describe('bodies', () => {
  it('refuses a body by what it promises, before any of it', async () => {
    const { listener } = await listen();
    const raw = await RawSocket.open(listener.port);
    raw.write(encodeHead('Content-Length: 100000000'));
    await until(() => raw.closed);
    expect(raw.status()).toBe(413);
    expect(raw.record().error.code).toBe('BODY_TOO_LARGE');
  });

  it('refuses 100 MB that come in chunks, having read little more than the limit', async () => {
    const { listener } = await listen({ bodyBytes: 1 << 20 });
    const raw = await RawSocket.open(listener.port);
    raw.write(encodeHead('Transfer-Encoding: chunked'));
    const chunk = `10000\r\n${'x'.repeat(65536)}\r\n`;
    let sent = 0;
    while (!raw.closed && Number.isNaN(raw.status()) && sent < 1600) {
      raw.write(chunk);
      sent += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => raw.closed || !Number.isNaN(raw.status()));
    expect(raw.status()).toBe(413);
    expect(sent).toBeLessThan(1600);
    raw.socket.end();
    await until(() => raw.closed);
  });

  it('takes a body of many small chunks up to the limit', async () => {
    const { listener, service } = await listen();
    const raw = await RawSocket.open(listener.port);
    const body = JSON.stringify({ id: 1, texts: ['y'.repeat(20_000)] });
    raw.write(encodeHead('Connection: close\r\nTransfer-Encoding: chunked'));
    raw.write(Array.from(body, (letter) => `1\r\n${letter}\r\n`).join('') + '0\r\n\r\n');
    await until(() => raw.closed);
    expect(raw.status()).toBe(200);
    expect(service.requests[0].texts).toEqual(['y'.repeat(20_000)]);
  });

  it('refuses a gzip bomb by its size, and by its ratio', async () => {
    const { url } = await listen({ bodyBytes: 4 << 20 });
    const bomb = gzipSync(Buffer.alloc(200 << 20, 'a'));
    const large = await post(url, bomb, { 'content-encoding': 'gzip' });
    expect(large.status).toBe(413);
    const dense = gzipSync(JSON.stringify({ id: 1, texts: ['a'.repeat(2 << 20)] }));
    const { status, body } = await post(url, dense, { 'content-encoding': 'gzip' });
    expect(status).toBe(413);
    expect(body.message).toMatch(/more than 100 times/);
  });

  it('bounds the bytes of all bodies together', async () => {
    const { url, service, listener } = await listen({ limits: { heldBytes: 100_000 } });
    const raw = await RawSocket.open(listener.port);
    raw.write(`${encodeHead('Content-Length: 80000')}${' '.repeat(70_000)}`);
    // 131,072 bytes of buffer for it: alone it may, but no other beside it.
    await until(() => raw.socket.bytesWritten > 70_000 && raw.socket.writableLength === 0);
    let refused = await post(url, good);
    while (refused.status === 200) refused = await post(url, good);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    raw.socket.destroy();
    let again = await post(url, good);
    while (again.status === 503) again = await post(url, good);
    expect(again.status).toBe(200);
    expect(service.requests.length).toBeGreaterThan(0);
  });
});

describe('time', () => {
  it('gives up on a slow body, and on slow headers', async () => {
    const { listener } = await listen({
      limits: { headersMilliseconds: 100, requestMilliseconds: 200, checkMilliseconds: 20 },
    });
    const [body, headers] = [
      await RawSocket.open(listener.port),
      await RawSocket.open(listener.port),
    ];
    body.write(`${encodeHead('Content-Length: 100')}{"id`);
    headers.write('POST /encode HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    await until(() => body.closed && headers.closed);
    for (const raw of [body, headers]) {
      expect(raw.status()).toBe(408);
      expect(raw.record().error.code).toBe('REQUEST_TIMEOUT');
    }
  });

  it('does not count the time that encoding takes', async () => {
    const { url, service } = await listen({
      limits: {
        requestMilliseconds: 60,
        headersMilliseconds: 60,
        checkMilliseconds: 10,
        writeMilliseconds: 60,
      },
    });
    const release = service.hold();
    setTimeout(release, 300);
    expect((await post(url, good)).status).toBe(200);
  });

  it('cuts off a client that does not take its answer', async () => {
    const { listener, service } = await listen({ limits: { writeMilliseconds: 150 } });
    service.answer = () =>
      Promise.resolve({
        data: new Float32Array(4_000_000).fill(1 / 3),
        shape: [1, 4_000_000],
        tokens: undefined,
        truncatedTexts: 0,
      });
    const raw = await RawSocket.open(listener.port);
    raw.socket.pause();
    raw.write(`${encodeHead(`Content-Length: ${good.length}`)}${good}`);
    // The work is told that its client is gone when the connection is cut off.
    await until(() => service.requests[0]?.signal?.aborted === true);
    raw.socket.resume();
    await until(() => raw.closed);
    expect(raw.status()).toBe(200);
    // Both lists whole would be 96 MB.
    expect(raw.received.length).toBeLessThan(90_000_000);
    expect(raw.received.endsWith('"status":200}')).toBe(false);
  });
});

describe('headers', () => {
  it('refuses more than 16 KiB of them, and what is not HTTP', async () => {
    const { listener } = await listen();
    const [flood, noise] = [
      await RawSocket.open(listener.port),
      await RawSocket.open(listener.port),
    ];
    flood.write(encodeHead(`X-Flood: ${'x'.repeat(20_000)}`));
    noise.write('\x16\x03\x01 hello\r\n\r\n');
    await until(() => flood.closed && noise.closed);
    expect(flood.status()).toBe(431);
    expect(flood.record().error.code).toBe('HEADERS_TOO_LARGE');
    expect(noise.status()).toBe(400);
    expect(noise.record().error.code).toBe('REQUEST_INVALID');
  });

  it('refuses a Host that is none', async () => {
    const { listener } = await listen();
    const raw = await RawSocket.open(listener.port);
    raw.write('GET /health HTTP/1.1\r\nHost: a b/c@\r\nConnection: close\r\n\r\n');
    await until(() => raw.closed);
    expect(raw.status()).toBe(400);
  });
});

describe('places', () => {
  it('works on so many requests, lets a few wait, and refuses the rest until a place is free', async () => {
    const { url, service } = await listen({ maxConnections: 2, limits: { waitingRequests: 1 } });
    const release = service.hold();
    const first = [post(url, good), post(url, good)];
    await until(() => service.requests.length === 2);
    const pair = [post(url, good), post(url, good)];
    const refused = await Promise.race(pair);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body.message).toBe(
      'the service is at work on 2 requests and 1 wait; try again later',
    );
    expect(service.requests).toHaveLength(2);
    release();
    const statuses = await Promise.all(
      [...first, ...pair].map(async (answer) => (await answer).status),
    );
    expect(statuses.sort()).toEqual([200, 200, 200, 503]);
    expect((await post(url, good)).status).toBe(200);
  });

  it('bounds the wait', async () => {
    const { url, service } = await listen({ maxConnections: 1, limits: { waitMilliseconds: 20 } });
    const release = service.hold();
    const first = post(url, good);
    await until(() => service.requests.length === 1);
    const { status, body } = await post(url, good);
    expect(status).toBe(503);
    expect(body.message).toMatch(/within 20 ms/);
    release();
    expect((await first).status).toBe(200);
  });

  it('passes overload of the service on', async () => {
    const { url, service } = await listen();
    service.answer = () => Promise.reject(queueFull);
    const { status, body, headers } = await post(url, good);
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(body.error).toMatchObject({ code: 'QUEUE_FULL' });
  });

  it('gives up the work, and the place, of a client that leaves', async () => {
    const { url, service } = await listen({ maxConnections: 1 });
    const release = service.hold();
    const [working, waiting] = [new AbortController(), new AbortController()];
    const send = (signal: AbortSignal) =>
      fetch(`${url}/encode`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: good,
        signal,
      }).catch((error: unknown) => (error as Error).name);
    const first = send(working.signal);
    await until(() => service.requests.length === 1);
    const second = send(waiting.signal);
    const third = post(url, good);
    waiting.abort();
    working.abort();
    expect(await Promise.all([first, second])).toEqual(['AbortError', 'AbortError']);
    await until(() => service.requests[0].signal?.aborted === true);
    release();
    expect((await third).status).toBe(200);
    expect(service.requests.length).toBeLessThanOrEqual(3);
  });

  it('lets the slowest of too many connections give way, never one at work', async () => {
    const { listener, service } = await listen({ limits: { sockets: 2 } });
    service.hold();
    const slow = await RawSocket.open(listener.port);
    slow.write(`${encodeHead('Content-Length: 100')}{"id`);
    const working = await RawSocket.open(listener.port);
    working.write(`${encodeHead(`Content-Length: ${good.length}`)}${good}`);
    await until(() => service.requests.length === 1);
    const next = await RawSocket.open(listener.port);
    await until(() => slow.closed);
    next.write(`${encodeHead(`Content-Length: ${good.length}`)}${good}`);
    await until(() => service.requests.length === 2);
    const last = await RawSocket.open(listener.port);
    await until(() => last.closed);
    expect([working.closed, next.closed]).toEqual([false, false]);
  });
});
