// The client against a scripted service over real sockets: what it sends, what it makes of the answers.
import { afterEach, describe, expect, test } from 'vitest';
import { BertClient, type BertClientOptions, PolytagError } from '../../src/client/index.js';
import { writeRecord, writeRefusal, writeVectors } from '../../src/wire/index.js';
import { goodConfig, type Script, ScriptedService, vectorsOf } from './support/scripted-service.js';

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) {
    one.close();
  }
});

async function serve(script?: Partial<Script>): Promise<ScriptedService> {
  const service = await ScriptedService.start(script);
  open.push(service);
  return service;
}

async function connect(service: ScriptedService, options: BertClientOptions = {}) {
  const { port, portOut } = service;
  const client = await BertClient.connect({ ip: '127.0.0.1', port, portOut, ...options });
  open.push(client);
  return client;
}

/** What a promise is rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error('nothing was wrong'),
    (error: unknown) => error,
  );
}

describe('encode', () => {
  test('gives the vectors of texts, in their order', async () => {
    const client = await connect(await serve());
    const encoded = await client.encode(['First do it', 'then']);
    expect(encoded.shape).toEqual([2, 2]);
    expect(encoded.data).toEqual(Float32Array.of(11, 0.5, 4, 0.5));
    expect(encoded.rows()).toEqual([Float32Array.of(11, 0.5), Float32Array.of(4, 0.5)]);
    expect(encoded.tokens).toBeUndefined();
  });

  test('sends texts, lists of tokens and pairs as they are, and gives tokens if asked', async () => {
    const service = await serve();
    const client = await connect(service);
    const texts = [['First', '|||', 'do'], ['it']];
    const encoded = await client.encode(texts, { isTokenized: true, showTokens: true });
    expect(encoded.tokens).toEqual(texts);
    await client.encode(['a ||| b "\n☃']);
    expect(service.encodeRequests.map((request) => request.texts)).toEqual([
      texts,
      ['a ||| b "\n☃'],
    ]);
  });

  test('overlapping calls get their own answers, in whatever order those come', async () => {
    const held: (() => void)[] = [];
    const service = await serve({
      encode: async (request) => {
        await new Promise<void>((resolve) => {
          held.push(resolve);
        });
        return vectorsOf(request);
      },
    });
    const client = await connect(service);
    const order: number[] = [];
    const lengths = [1, 2, 3, 4, 5];
    const calls = lengths.map(async (length) => {
      const encoded = await client.encode(['x'.repeat(length)]);
      order.push(length);
      return encoded.data[0];
    });
    await expect.poll(() => held.length).toBe(5);
    for (const answer of held.reverse()) {
      answer();
    }
    expect(await Promise.all(calls)).toEqual(lengths);
    expect(order).toEqual([5, 4, 3, 2, 1]);
  });

  test.each([
    ['no list', 'a text', 'texts is "a text"'],
    ['an empty list', [], 'texts is "[]"'],
    ['a number', ['a', 1], 'texts[1] is "number"'],
    ['a blank text', ['a', ' \n'], 'texts[1] is " \n"'],
    ['tokens, unannounced', [['a']], 'texts[0] is "a list"'],
  ])('refuses %s before it is sent', async (_, texts, message) => {
    const service = await serve();
    const client = await connect(service);
    const error = await errorOf(client.encode(texts as readonly string[]));
    expect(error).toMatchObject({ code: 'OPTION_INVALID' });
    expect(String(error)).toContain(message);
    expect(service.encodeRequests).toEqual([]);
  });

  test.each([
    ['texts, announced as tokens', ['a'], 'texts[0] is "a"'],
    ['a text without tokens', [['a'], []], 'texts[1] is "[]"'],
    ['a blank token', [['a', '']], 'texts[0][1] is ""'],
  ])('refuses %s before it is sent', async (_, texts, message) => {
    const client = await connect(await serve());
    const error = await errorOf(client.encode(texts, { isTokenized: true }));
    expect(error).toMatchObject({ code: 'OPTION_INVALID' });
    expect(String(error)).toContain(message);
  });

  test("a refusal is an error with the service's own words", async () => {
    const service = await serve({
      encode: ({ identity, requestId }) =>
        writeRefusal(identity, requestId, {
          code: 'QUEUE_FULL',
          message: 'too much waits, come later',
        }),
    });
    const client = await connect(service);
    const error = await errorOf(client.encode(['a']));
    expect(error).toBeInstanceOf(PolytagError);
    expect(error).toMatchObject({ code: 'SERVICE_REFUSED' });
    expect(String(error)).toContain('refused the request: too much waits, come later');
  });

  test('silence ends with the timeout; a late answer is dropped, the client goes on', async () => {
    const late: (() => Promise<void>)[] = [];
    const service = await serve({
      encode: (request) => {
        if (request.texts[0] !== 'slow') {
          return vectorsOf(request);
        }
        late.push(() => service.publish(vectorsOf(request)));
        return undefined;
      },
    });
    const client = await connect(service, { timeout: 30_000 });
    const error = await errorOf(client.encode(['slow'], { timeout: 50 }));
    expect(error).toMatchObject({ code: 'SERVICE_SILENT' });
    expect(String(error)).toContain(`127.0.0.1:${service.port}/${service.portOut} within 50 ms`);
    await expect.poll(() => late.length).toBe(1);
    await late[0]();
    expect((await client.encode(['after'])).data[0]).toBe(5);
  });

  test("a signal gives a request up with the signal's reason, before and after it is sent", async () => {
    const service = await serve({ encode: () => undefined });
    const client = await connect(service);
    const controller = new AbortController();
    const call = errorOf(client.encode(['a'], { signal: controller.signal }));
    await expect.poll(() => service.encodeRequests.length).toBe(1);
    const reason = new Error('no longer of interest');
    controller.abort(reason);
    expect(await call).toBe(reason);
    expect(await errorOf(client.encode(['b'], { signal: controller.signal }))).toBe(reason);
    expect(service.encodeRequests).toHaveLength(1);
  });

  test.each([0, -1, Number.NaN, 2 ** 31])('a timeout of %d is refused', async (timeout) => {
    const client = await connect(await serve());
    expect(await errorOf(client.encode(['a'], { timeout }))).toMatchObject({
      code: 'OPTION_INVALID',
    });
    expect(await errorOf(BertClient.connect({ timeout }))).toMatchObject({
      code: 'OPTION_INVALID',
    });
  });

  test('close rejects what is not answered, and whatever comes after', async () => {
    const service = await serve({ encode: () => undefined });
    const client = await connect(service);
    const calls = [errorOf(client.encode(['a'])), errorOf(client.encode(['b']))];
    await expect.poll(() => service.encodeRequests.length).toBe(2);
    client.close();
    client.close();
    for (const error of [...(await Promise.all(calls)), await errorOf(client.encode(['c']))]) {
      expect(error).toMatchObject({ code: 'CLIENT_CLOSED' });
    }
  });
});

describe('answers that are wrong', () => {
  test.each<[string, Script['encode'], string]>([
    ['are no JSON', ({ identity, requestId }) => [identity, '{', '', requestId], 'not JSON'],
    [
      'lie about their size',
      ({ identity, requestId }) => [
        identity,
        '{"dtype":"float32","shape":[1,768]}',
        new Uint8Array(8),
        requestId,
      ],
      'has 3072 bytes; the reply has 8',
    ],
    [
      'hold another number of texts',
      ({ identity, requestId }) =>
        writeVectors(identity, requestId, { data: new Float32Array(4), shape: [2, 2] }),
      'vectors of 2 texts, asked for were 1',
    ],
    [
      'hold a record',
      ({ identity, requestId }) => writeRecord(identity, requestId, goodConfig),
      'record was not asked for',
    ],
  ])('and %s reject the request', async (_, encode, problem) => {
    const client = await connect(await serve({ encode }));
    const error = await errorOf(client.encode(['a']));
    expect(error).toMatchObject({ code: 'SERVICE_REPLY_INVALID' });
    expect(String(error)).toContain(problem);
  });

  test('and answer nobody are ignored', async () => {
    const service = await serve({
      encode: async (request) => {
        const { identity, requestId } = request;
        const other = Buffer.concat([identity, Buffer.from('-2')]);
        await service.publish([identity]);
        await service.publish([identity, '{', '', 'x']);
        await service.publish([identity, '{}', '123456789']);
        // A subscription to a name takes all names that begin with it.
        await service.publish([other, '{}', '', requestId]);
        return vectorsOf(request);
      },
    });
    const client = await connect(service);
    expect((await client.encode(['right'])).data[0]).toBe(5);
  });
});

test('two clients of one name both get their own answers', async () => {
  const service = await serve();
  const identity = 'one-name';
  const clients = [await connect(service, { identity }), await connect(service, { identity })];
  const answers = await Promise.all(
    clients.flatMap((client, index) =>
      Array.from({ length: 20 }, async (_, text) => {
        const encoded = await client.encode(['x'.repeat(1 + index * 20 + text)]);
        return encoded.data[0];
      }),
    ),
  );
  expect(answers).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  const ids = new Set(service.encodeRequests.map((request) => request.requestId));
  expect(ids.size).toBe(40);
  expect(service.encodeRequests.every((request) => String(request.identity) === identity)).toBe(
    true,
  );
});

describe('send and fetch', () => {
  test('fetch gives what comes first; ids say what it is', async () => {
    const service = await serve({
      encode: async (request) => {
        if (request.texts.length === 1) {
          await expect.poll(() => service.encodeRequests.length).toBe(3);
        }
        return vectorsOf(request);
      },
    });
    const client = await connect(service);
    expect(client.send(['slow'])).toBe(1);
    expect(client.send(['a', 'b'])).toBe(2);
    expect(client.send(['a', 'b', 'c'])).toBe(3);
    expect(client.status).toMatchObject({ requests: 3, pendingRequests: [1, 2, 3] });
    const fetched: number[][] = [];
    for await (const { requestId, encoded } of client.fetch()) {
      fetched.push([requestId, encoded.shape[0]]);
    }
    expect(fetched.toSorted((one, other) => one[0] - other[0])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(client.status.pendingRequests).toEqual([]);
    expect(await client.fetchAll()).toEqual([]);
  });

  test('fetchAll gives all in the order of sending, alone or as one', async () => {
    let answered = 0;
    const service = await serve({
      encode: async (request) => {
        // The first of three is answered last.
        if (request.texts[0] === 'a') {
          await expect.poll(() => answered % 3).toBe(2);
        }
        answered++;
        return vectorsOf(request);
      },
    });
    const client = await connect(service);
    const send = () => [['a'], ['bb', 'ccc'], ['d']].map((texts) => client.send(texts));
    send();
    expect((await client.fetchAll()).map(({ shape }) => shape)).toEqual([
      [1, 2],
      [2, 2],
      [1, 2],
    ]);
    send();
    const all = await client.fetchAll({ concat: true });
    expect(all.shape).toEqual([4, 2]);
    expect(all.data).toEqual(Float32Array.of(1, 0.5, 2, 0.5, 3, 0.5, 1, 0.5));
    const nothing = await errorOf(client.fetchAll({ concat: true }));
    expect(nothing).toMatchObject({ code: 'OPTION_INVALID' });
  });

  test('a failed request is told, and takes no other with it', async () => {
    const client = await connect(
      await serve({
        encode: (request) =>
          request.texts[0] === 'bad'
            ? writeRefusal(request.identity, request.requestId, { code: 'X', message: 'bad' })
            : vectorsOf(request),
      }),
    );
    for (const text of ['good', 'bad', 'better']) {
      client.send([text]);
    }
    expect(() => client.send([])).toThrow(/texts is/);
    expect(await errorOf(client.fetchAll())).toMatchObject({ code: 'SERVICE_REFUSED' });
    expect((await client.fetchAll()).map(({ data }) => data[0])).toEqual([4, 6]);
  });
});

describe('encodeAsync', () => {
  /** A service that holds every answer back until `release`. */
  async function holdingService() {
    const held: (() => void)[] = [];
    const service = await serve({
      encode: async (request) => {
        await new Promise<void>((resolve) => {
          held.push(resolve);
        });
        return vectorsOf(request);
      },
    });
    return { service, held };
  }

  test('gives results in the order of the batches', async () => {
    let turn = 0;
    const service = await serve({
      encode: async (request) => {
        // Every second answer comes after the one behind it.
        if (turn++ % 2 === 0) {
          await expect.poll(() => service.encodeRequests.length).toBeGreaterThanOrEqual(turn + 1);
        }
        return vectorsOf(request);
      },
    });
    const client = await connect(service);
    const batches = Array.from({ length: 10 }, (_, index) => ['x'.repeat(index + 1)]);
    const lengths: number[] = [];
    for await (const { data } of client.encodeAsync(batches, { maxInFlight: 3 })) {
      lengths.push(data[0]);
    }
    expect(lengths).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('has no more requests under way than allowed, and takes no more batches', async () => {
    const { service, held } = await holdingService();
    const client = await connect(service);
    let taken = 0;
    function* batches() {
      for (; taken < 100; taken++) {
        yield ['text'];
      }
    }
    const stream = client.encodeAsync(batches(), { maxInFlight: 3 });
    const first = stream.next();
    await expect.poll(() => held.length).toBe(3);
    // A full round trip later there is still no fourth.
    await client.serverStatus();
    expect(held).toHaveLength(3);
    expect(taken).toBe(2);
    held[0]();
    expect((await first).done).toBe(false);
    await client.serverStatus();
    // Nobody asked for a second result: nothing more is taken.
    expect(held).toHaveLength(3);
    await stream.return();
    expect(client.status.pendingRequests).toEqual([]);
  });

  test('gives a result while the next batch is awaited, and leaves a stuck source when it ends', async () => {
    const client = await connect(await serve());
    async function* batches() {
      yield ['only'];
      await new Promise(() => undefined);
    }
    const seen: number[] = [];
    for await (const { data } of client.encodeAsync(batches())) {
      seen.push(data[0]);
      break;
    }
    expect(seen).toEqual([4]);
  });

  test('closes its source and ends with the error of a batch', async () => {
    const client = await connect(await serve());
    let closed = false;
    function* batches() {
      try {
        yield ['good'];
        yield [''];
        yield ['never'];
        yield* Array.from({ length: 10 }, () => ['never']);
      } finally {
        closed = true;
      }
    }
    const stream = client.encodeAsync(batches(), { maxInFlight: 2 });
    expect((await stream.next()).value).toMatchObject({ shape: [1, 2] });
    expect(await errorOf(stream.next())).toMatchObject({ code: 'OPTION_INVALID' });
    expect(closed).toBe(true);
  });

  test.each([0, 1.5, Number.NaN])('maxInFlight of %d is refused', async (maxInFlight) => {
    const client = await connect(await serve());
    const stream = client.encodeAsync([['a']], { maxInFlight });
    expect(await errorOf(stream.next())).toMatchObject({ code: 'OPTION_INVALID' });
  });
});
