// The service as clients see it: vectors, tokens and records over real sockets, against the outside reference.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EncoderOptions } from '../../src/bert/index.js';
import { BertClient } from '../../src/client/index.js';
import type { EncoderServerOptions } from '../../src/server/index.js';
import { type RunningService, startService, tinyModel } from './support/running-server.js';
import { WireClient } from './support/wire-client.js';

/** Numbers in lists of any depth. */
type Nested = readonly (number | Nested)[];

interface Reference {
  readonly texts: string[];
  readonly tokens: string[][];
  readonly pooling: Record<string, Record<string, Nested>>;
  readonly cls_pooled: number[][];
}

const reference = JSON.parse(
  readFileSync(`${tinyModel}/encode-reference.json`, 'utf8'),
) as Reference;

function numbersIn(nested: Nested): number[] {
  return nested.flatMap((item) => (typeof item === 'number' ? [item] : numbersIn(item)));
}

async function withClient<Result>(
  options: Partial<EncoderServerOptions>,
  encoderOptions: EncoderOptions,
  use: (client: WireClient, service: RunningService) => Promise<Result>,
): Promise<Result> {
  const service = await startService(options, { oddToFirst: true, ...encoderOptions });
  const client = new WireClient(service.server);
  try {
    return await use(client, service);
  } finally {
    client.close();
    await service.end();
  }
}

function expectClose(data: Float32Array, expected: readonly number[]): void {
  expect(data.length).toBe(expected.length);
  let largest = 0;
  expected.forEach((value, index) => {
    largest = Math.max(largest, Math.abs(value - data[index]));
  });
  expect(largest).toBeLessThan(1e-5);
}

describe('vectors', () => {
  it.each([
    ['REDUCE_MEAN', { pooling: 'mean', layers: [-2] }, '-2', 32],
    ['REDUCE_MEAN_MAX', { pooling: 'mean_max', layers: [-1, -2] }, '-1 -2', 128],
    ['LAST_TOKEN', { pooling: 'last', layers: [-1] }, '-1', 32],
  ] as const)('%s of layers %s', async (strategy, encoderOptions, layers, width) => {
    await withClient({}, encoderOptions, async (client) => {
      const { data, shape, tokens } = await client.vectors(reference.texts);
      expect(shape).toEqual([6, width]);
      expect(tokens).toBeUndefined();
      expectClose(data, numbersIn(reference.pooling[layers][strategy]));
    });
  });

  const none = { pooling: 'none', layers: [-2] } as const;

  it('NONE is as long as -max_seq_len', async () => {
    await withClient({}, none, async (client) => {
      const { data, shape } = await client.vectors(reference.texts);
      expect(shape).toEqual([6, 20, 32]);
      expectClose(data, numbersIn(reference.pooling['-2']['NONE']));
      const short = await client.vectors(['you are an idiot']);
      expect(short.shape).toEqual([1, 20, 32]);
      expect(short.data.subarray(10 * 32)).toEqual(new Float32Array(10 * 32));
    });
  });

  it('NONE is as long as the longest of the request without -max_seq_len', async () => {
    await withClient({ maxSeqLen: null }, none, async (client) => {
      const { data, shape } = await client.vectors(['you are an idiot', 'thank you']);
      expect(shape).toEqual([2, 10, 32]);
      expect(data.subarray((10 + 4) * 32)).toEqual(new Float32Array(6 * 32));
    });
  });

  it('NONE has all positions with -fixed_embed_length', async () => {
    await withClient({ maxSeqLen: null, fixedEmbedLength: true }, none, async (client) => {
      expect((await client.vectors(['thank you'])).shape).toEqual([1, 48, 32]);
    });
  });
});

describe('a service', () => {
  let service: RunningService;
  let client: WireClient;
  beforeAll(async () => {
    const flags = {
      max_seq_len: 20,
      show_tokens_to_client: true,
      do_lower_case: true,
      pooling_strategy: 2,
      port: 0,
      device_map: [],
    };
    service = await startService({ showTokensToClient: true, flags }, { oddToFirst: true });
    client = new WireClient(service.server);
  });
  afterAll(async () => {
    client.close();
    await service.end();
  });

  it('shows tokens where it was told to', async () => {
    expect((await client.vectors(reference.texts)).tokens).toEqual(reference.tokens);
  });

  it('takes tokens for texts, pairs among them', async () => {
    const tokenized = await client.vectors([
      ['please', 'stop', 'nonsense'],
      ['thank', 'you', '|||', 'you', 'are', 'welcome'],
    ]);
    expect(tokenized.tokens).toEqual([
      ['[CLS]', 'please', 'stop', '[UNK]', '[SEP]'],
      ['[CLS]', 'thank', 'you', '[SEP]', 'you', 'are', 'welcome', '[SEP]'],
    ]);
    const { data } = await client.vectors(['thank you ||| you are welcome']);
    expectClose(tokenized.data.subarray(32), [...data]);
  });

  it('gives an empty text a vector, and the same one alone and among others', async () => {
    const { data, shape } = await client.vectors(['', ' ', 'thank you']);
    expect(shape).toEqual([3, 32]);
    expectClose(data.subarray(32, 64), [...data.subarray(0, 32)]);
    expect(data.subarray(0, 32).some((value) => value !== 0)).toBe(true);
    const alone = await client.vectors(['thank you']);
    expectClose(alone.data, [...data.subarray(64)]);
  });

  it('answers all clients of one identity', async () => {
    const twins = [
      new WireClient(service.server, 'twins'),
      new WireClient(service.server, 'twins'),
    ];
    // Both listen once each has had an answer. Of the first one may hear nothing: the name was listened for, by the other.
    await askUntilAnswered(twins[0], '6');
    await askUntilAnswered(twins[1], '7');
    const heard = twins.map((twin) => twin.replyTo('9'));
    await twins[0].push.send(['twins', '["hello"]', '9', '1']);
    for (const reply of await Promise.all(heard)) {
      expect(reply).toMatchObject({ kind: 'vectors', vectors: { shape: [1, 32] } });
    }
    for (const twin of twins) twin.close();
  });

  it('waits with a reply until its client listens', async () => {
    const early = new WireClient(service.server, 'early');
    early.subscriber.unsubscribe('early');
    const reply = early.encode(['hello']);
    await new Promise((resolve) => setTimeout(resolve, 200));
    early.subscriber.subscribe('early');
    expect((await reply).kind).toBe('vectors');
    early.close();
  });

  it('serves our own client', async () => {
    const { port, portOut } = service.server;
    const bert = await BertClient.connect({ ip: '127.0.0.1', port, portOut });
    try {
      const { data, shape, tokens } = await bert.encode(reference.texts, { showTokens: true });
      expect(shape).toEqual([6, 32]);
      expect(tokens).toEqual(reference.tokens);
      expectClose(data, numbersIn(reference.pooling['-2']['REDUCE_MEAN']));
    } finally {
      bert.close();
    }
  });

  it('gives all of 300 requests in flight that are fetched later', async () => {
    const busy = new WireClient(service.server);
    const all = Array.from({ length: 300 }, (_, index) => busy.vectors(texts(1 + (index % 5))));
    const shapes = (await Promise.all(all)).map(({ shape }) => shape[0]);
    expect(shapes).toEqual(all.map((_, index) => 1 + (index % 5)));
    busy.close();
  });

  it('answers a request that is larger than what is encoded at a time', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => `hello ${index % 7}`);
    const { data, shape } = await client.vectors(many);
    expect(shape).toEqual([2_500, 32]);
    expectClose(
      data.subarray(2_499 * 32),
      [...data.subarray(0, 32)].map((_, i) => data[(2_499 % 7) * 32 + i]),
    );
  });

  it('answers small requests and questions while a large one is under way', async () => {
    const large = client.vectors(Array.from({ length: 8_000 }, (_, index) => `hello ${index}`));
    while (service.encoder.waitingTexts === 0) await client.record('SHOW_CONFIG');
    const other = new WireClient(service.server);
    const isFirst = async (reply: Promise<unknown>): Promise<boolean> =>
      Promise.race([reply.then(() => true), large.then(() => false)]);
    expect(await isFirst(other.record('SHOW_STATUS'))).toBe(true);
    expect(await isFirst(other.vectors(['small']))).toBe(true);
    expect(await isFirst(other.vectors(texts(100)))).toBe(true);
    expect((await large).shape).toEqual([8_000, 32]);
    other.close();
  });

  it('shows its configuration', async () => {
    const config = await client.record('SHOW_CONFIG');
    expect(Object.keys(config).sort()).toEqual(
      [
        ...configKeys,
        'max_seq_len',
        'show_tokens_to_client',
        'do_lower_case',
        'pooling_strategy',
      ].sort(),
    );
    expect(config).toMatchObject({
      client: client.identity,
      server_version: '1.10.0',
      max_seq_len: 20,
      port: service.server.port,
      port_out: service.server.portOut,
      http_port: null,
    });
    expect(config['server_start_time']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
  });

  it('shows its status', async () => {
    const status = await client.record('SHOW_STATUS');
    const config = await client.record('SHOW_CONFIG');
    expect(Object.keys(status).sort()).toEqual(
      [...Object.keys(config), 'statistic', 'polytag'].sort(),
    );
    expect(Object.keys(status['statistic'] as object)).toEqual(statisticKeys);
    expect(Object.keys(status['polytag'] as object)).toEqual(ownKeys);
    expect(status['polytag']).toMatchObject({ model: 'tf-bert-tiny', failed_requests: 0 });
  });
});

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `text ${index}`);
}

/** A client that does not know whether it is heard yet asks again. */
async function askUntilAnswered(client: WireClient, id: string): Promise<void> {
  while (!client.replies.some(({ requestId }) => requestId === id)) {
    await client.push.send([client.identity, 'SHOW_CONFIG', id, '0']);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const configKeys = [
  'client',
  'num_process',
  'ventilator -> worker',
  'worker -> sink',
  'ventilator <-> sink',
  'server_current_time',
  'device_map',
  'num_concurrent_socket',
  'port',
  'port_out',
  'http_port',
  'tensorflow_version',
  'python_version',
  'pyzmq_version',
  'zmq_version',
  'server_version',
  'server_start_time',
];

const statisticKeys = [
  'num_data_request',
  'num_total_seq',
  'num_sys_request',
  'num_total_request',
  'num_total_client',
  'num_active_client',
  ...['request_per_client', 'size_per_request', 'last_two_interval', 'request_per_second'].flatMap(
    (name) => ['avg', 'min', 'max', 'num_min', 'num_max'].map((figure) => `${figure}_${name}`),
  ),
];

const ownKeys = [
  'version',
  'node_version',
  'model',
  'model_key',
  'uptime_seconds',
  'workers',
  'worker_restarts',
  'waiting_texts',
  'truncated_texts',
  'failed_requests',
  'refused_requests',
  'dropped_messages',
  'dropped_replies',
  'waiting_reply_bytes',
  'latency_ms',
  'last_errors',
];
