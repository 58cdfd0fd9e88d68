// Opening and closing: a port in use is a sentence, and what was accepted is answered.
import { describe, expect, it } from 'vitest';
import { polytagError } from '../../../src/errors/index.js';
import { listenHttp } from '../../../src/server/http/index.js';
import { FakeService, until } from './fake-service.js';
import { encodeHead, listen, post, RawSocket } from './listening.js';

const good = JSON.stringify({ id: 1, texts: ['a'] });

describe('listenHttp', () => {
  it('says that the port is in use, or the address not here', async () => {
    const { listener } = await listen();
    const options = { host: '127.0.0.1', port: listener.port, cors: '*', maxConnections: 1 };
    await expect(listenHttp(new FakeService(), options)).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: `cannot listen at 127.0.0.1, port ${listener.port}: the port is in use`,
    });
    await expect(
      listenHttp(new FakeService(), { ...options, host: '192.0.2.1', port: 0 }),
    ).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' });
  });
});

describe('close', () => {
  it('answers what is at work and in line, and refuses what comes after', async () => {
    const { url, service, listener } = await listen({ maxConnections: 1 });
    const release = service.hold();
    const late = [await RawSocket.open(listener.port), await RawSocket.open(listener.port)];
    // Half a request keeps the connection through the closing.
    late[0].write(encodeHead(`Content-Length: ${good.length}`).slice(0, -2));
    late[1].write('GET /health HTTP/1.1\r\nHost: localhost\r\n');
    const running = [post(url, good), post(url, good)];
    await until(() => service.requests.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = listener.close({ graceMilliseconds: 20_000 });
    late[0].write(`\r\n${good}`);
    late[1].write('\r\n');
    await until(() => late.every((raw) => raw.closed));
    for (const raw of late) {
      expect(raw.status()).toBe(503);
      expect(raw.record().error.code).toBe('SERVICE_CLOSING');
      expect(raw.received.toLowerCase()).toContain('retry-after: 1');
    }
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    release();
    for (const answer of await Promise.all(running)) expect(answer.status).toBe(200);
    await closed;
  });

  it('cuts off what does not finish in time, and tells its work', async () => {
    const { url, service, listener } = await listen();
    service.hold();
    const hanging = post(url, good).catch(() => 'cut off');
    await until(() => service.requests.length === 1);
    await listener.close({ graceMilliseconds: 30 });
    expect(await hanging).toBe('cut off');
    await until(() => service.requests[0].signal?.aborted === true);
    await listener.close({ graceMilliseconds: 0 });
  });

  it('passes on that the service itself is closing', async () => {
    const { url, service } = await listen();
    service.answer = () => Promise.reject(polytagError('SERVICE_CLOSING', {}));
    const { status, headers } = await post(url, good);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  });
});
