// Connecting: greetings that get lost, services that come late, break and come back, and what is checked.
import { afterEach, describe, expect, test } from 'vitest';
import { BertClient, type BertClientOptions } from '../../src/client/index.js';
import { writeRecord, writeRefusal } from '../../src/wire/index.js';
import { goodConfig, type Script, ScriptedService, vectorsOf } from './support/scripted-service.js';

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) {
    one.close();
  }
});

async function serve(script?: Partial<Script>, at?: { port: number; portOut: number }) {
  const service = await ScriptedService.start(script, at);
  open.push(service);
  return service;
}

async function connect(service: ScriptedService, options: BertClientOptions = {}) {
  const { port, portOut } = service;
  const client = await BertClient.connect({ ip: '127.0.0.1', port, portOut, ...options });
  open.push(client);
  return client;
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error('nothing was wrong'),
    (error: unknown) => error,
  );
}

describe('greeting', () => {
  test('a first greeting that gets lost is sent again', async () => {
    const service = await serve({
      record: ({ identity, requestId }, seen) =>
        seen === 1 ? undefined : writeRecord(identity, requestId, goodConfig),
    });
    const client = await connect(service);
    expect(service.requests.length).toBeGreaterThanOrEqual(2);
    expect((await client.encode(['text'])).shape).toEqual([1, 2]);
  });

  test('answers that nobody hears, as the subscription is slow, do not make it hang', async () => {
    const service = await serve();
    const showReplies = await service.hideReplies();
    const connecting = connect(service);
    await expect.poll(() => service.requests.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    await showReplies();
    const client = await connecting;
    expect((await client.encode(['text'])).shape).toEqual([1, 2]);
  });

  test('a late answer to the first greeting is as good as one to the last', async () => {
    const service = await serve({
      record: ({ identity }, seen) => {
        const [first] = service.requests;
        return seen === 3 ? writeRecord(identity, first.requestId, goodConfig) : undefined;
      },
    });
    await connect(service);
    expect(new Set(service.requests.map(({ requestId }) => requestId)).size).toBe(3);
  });

  test('without a service it ends with the timeout', async () => {
    const service = await serve();
    service.close();
    const error = await errorOf(connect(service, { timeout: 100 }));
    expect(error).toMatchObject({ code: 'SERVICE_SILENT' });
  });

  test('without a service it can be given up', async () => {
    const service = await serve();
    service.close();
    const controller = new AbortController();
    const connecting = errorOf(connect(service, { signal: controller.signal }));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await connecting).toBe(reason);
  });
});

describe('without checks', () => {
  test('it connects before the service is there; requests wait for it', async () => {
    const gone = await serve();
    gone.close();
    const client = await connect(gone, { ignoreAllChecks: true });
    const waiting = client.encode(['early']);
    const { port, portOut } = gone;
    const service = await serve({}, { port, portOut });
    expect((await waiting).data[0]).toBe(5);
    expect(service.encodeRequests).toHaveLength(1);
  });

  test('greetings do not pile up for a service that is away', async () => {
    const gone = await serve();
    gone.close();
    const client = await connect(gone, { ignoreAllChecks: true });
    // Long enough for three greetings.
    await errorOf(client.encode(['early'], { timeout: 1000 }));
    const { port, portOut } = gone;
    const service = await serve({}, { port, portOut });
    await client.encode(['late']);
    expect(service.requests.filter(({ kind }) => kind === 'config').length).toBeLessThan(3);
  });

  test('what was given up while the service was away is never sent', async () => {
    const gone = await serve();
    gone.close();
    const client = await connect(gone, { ignoreAllChecks: true });
    expect(await errorOf(client.encode(['lost'], { timeout: 20 }))).toMatchObject({
      code: 'SERVICE_SILENT',
    });
    const { port, portOut } = gone;
    const service = await serve({}, { port, portOut });
    await client.encode(['found']);
    expect(service.encodeRequests.map(({ texts }) => texts)).toEqual([['found']]);
  });
});

describe('a service that breaks', () => {
  test('and comes back gets what was under way once more', async () => {
    const first = await serve({ encode: () => undefined });
    const { port, portOut } = first;
    const client = await connect(first);
    const waiting = [client.encode(['one']), client.encode(['three'])];
    await expect.poll(() => first.encodeRequests.length).toBe(2);
    first.close();
    await serve({}, { port, portOut });
    const encoded = await Promise.all(waiting);
    expect(encoded.map(({ data }) => data[0])).toEqual([3, 5]);
    expect((await client.encode(['later'])).data[0]).toBe(5);
  });

  test('at the same request again and again is not asked for ever', async () => {
    const broken: ScriptedService[] = [];
    const poisoned = async (at?: { port: number; portOut: number }): Promise<ScriptedService> => {
      const service = await serve(
        {
          encode: (request) => {
            if (request.texts[0] !== 'poison') {
              return vectorsOf(request);
            }
            service.close();
            broken.push(service);
            void poisoned({ port: service.port, portOut: service.portOut });
            return undefined;
          },
        },
        at,
      );
      return service;
    };
    const client = await connect(await poisoned());
    const error = await errorOf(client.encode(['poison']));
    expect(error).toMatchObject({ code: 'SERVICE_LOST' });
    expect(broken).toHaveLength(4);
    expect((await client.encode(['fine'])).data[0]).toBe(4);
  });
});

describe('checks', () => {
  const configured = (config: object): Partial<Script> => ({
    record: ({ identity, requestId }) => writeRecord(identity, requestId, config),
  });

  test.each([
    ['another version', { ...goodConfig, server_version: '1.9.6' }, 'has version 1.9.6'],
    ['no version', {}, 'has version unknown'],
  ])('%s is refused, unless it is not checked', async (_, config, message) => {
    const service = await serve(configured(config));
    const error = await errorOf(connect(service));
    expect(error).toMatchObject({ code: 'SERVICE_VERSION' });
    expect(String(error)).toContain(message);
    const client = await connect(service, { checkVersion: false });
    expect(await client.serverConfig()).toEqual(config);
    expect(await client.serverStatus()).toEqual(config);
    expect(service.requests.at(-1)?.kind).toBe('status');
  });

  test('a refusal of the greeting, and an answer that cannot be read', async () => {
    const closing = { code: 'SERVICE_CLOSING', message: 'the service is closing' };
    const refusing = await serve({
      record: ({ identity, requestId }) => writeRefusal(identity, requestId, closing),
    });
    expect(await errorOf(connect(refusing))).toMatchObject({ code: 'SERVICE_REFUSED' });
    const babbling = await serve({
      record: ({ identity, requestId }) => [identity, 'hello', requestId],
    });
    expect(await errorOf(connect(babbling))).toMatchObject({ code: 'SERVICE_REPLY_INVALID' });
  });

  test('long texts and tokens that are not shown are warned of, once each', async () => {
    const service = await serve(
      configured({ ...goodConfig, max_seq_len: 3, show_tokens_to_client: false }),
    );
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const client = await connect(service, { onWarning });
    await client.encode(['one  two three']);
    await client.encode([['a', 'b', 'c']], { isTokenized: true });
    expect(warnings).toEqual([]);
    await client.encode(['one two three four'], { showTokens: true });
    await client.encode([['a', 'b', 'c', 'd']], { isTokenized: true, showTokens: true });
    expect(warnings).toEqual([
      expect.stringContaining('max_seq_len 3'),
      expect.stringContaining('-show_tokens_to_client'),
    ]);
    const silent = await connect(service, { onWarning, checkLength: false, checkTokenInfo: false });
    await silent.encode(['one two three four'], { showTokens: true });
    expect(warnings).toHaveLength(2);
  });

  test.each<[BertClientOptions, string]>([
    [{ ip: 'a b' }, 'ip is "a b"'],
    [{ ip: '' }, 'ip is ""'],
    [{ port: 0 }, 'port is "0"'],
    [{ portOut: 65_536 }, 'portOut is "65536"'],
    [{ identity: '' }, 'identity is ""'],
    [{ identity: 'a#b' }, 'identity is "a#b"'],
    [{ identity: 'a@b' }, 'identity is "a@b"'],
    [{ identity: 'é' }, 'identity is "é"'],
    [{ identity: 'x'.repeat(256) }, 'expected 1 to 255 printable ASCII'],
  ])('%j is refused', async (options, message) => {
    const error = await errorOf(BertClient.connect(options));
    expect(error).toMatchObject({ code: 'OPTION_INVALID' });
    expect(String(error)).toContain(message);
  });
});
