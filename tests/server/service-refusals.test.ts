// What the service does not take: each is answered with a reason, or counted where nobody can be answered.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningService, startService } from './support/running-server.js';
import { WireClient } from './support/wire-client.js';

let service: RunningService;
let client: WireClient;

beforeAll(async () => {
  service = await startService({ maxMessageBytes: 100_000 });
  client = new WireClient(service.server);
});
afterAll(async () => {
  client.close();
  await service.end();
});

interface OwnStatus {
  readonly refused_requests: number;
  readonly dropped_messages: number;
  readonly truncated_texts: number;
  readonly last_errors: readonly { readonly client: string; readonly message: string }[];
}

async function ownStatus(): Promise<OwnStatus> {
  return (await client.record('SHOW_STATUS'))['polytag'] as OwnStatus;
}

it.each([
  ['no JSON', 'nonsense', 1, 'JSON'],
  ['an unknown command', 'SHOW_ALL', 0, 'JSON'],
  ['no list', '{"a":1}', 1, 'list'],
  ['no texts', '[]', 0, 'empty'],
  ['numbers', '[1]', 1, 'text 0'],
  ['a lying count', '["a"]', 2, '2'],
  ['deep JSON', '['.repeat(50_000), 1, ''],
  ['a message over the limit', JSON.stringify(['a'.repeat(100_000)]), 1, '100000'],
])('%s is refused with a reason', async (_, body, count, reason) => {
  const before = await ownStatus();
  const reply = await client.ask(body, count);
  if (reply.kind !== 'refusal') throw new Error(`not refused: ${reply.kind}`);
  expect(reply.refusal.code).toBe('REQUEST_INVALID');
  expect(reply.refusal.message).toContain(reason);
  const after = await ownStatus();
  expect(after.refused_requests).toBe(before.refused_requests + 1);
  expect(after.last_errors.at(-1)).toMatchObject({
    client: `${client.identity.slice(0, 8)}…`,
    message: reply.refusal.message,
  });
});

it.each([
  ['no identity', ['', '["a"]', '1', '1']],
  ['no request id', ['somebody', '["a"]', '', '1']],
  ['too few parts', ['somebody']],
  ['one empty part', ['']],
])('a message with %s is counted', async (_, frames) => {
  const before = await ownStatus();
  await client.push.send(frames);
  const after = await ownStatus();
  expect(after.dropped_messages).toBe(before.dropped_messages + 1);
});

it('disconnects who sends a frame of twice the limit, and serves the others', async () => {
  const huge = new WireClient(service.server);
  await huge.push.send([huge.identity, Buffer.alloc(250_000, '['), '1', '1']);
  expect((await client.encode(['hello'])).kind).toBe('vectors');
  // The client's library connects again.
  expect((await huge.encode(['hello'])).kind).toBe('vectors');
  huge.close();
});

it('counts texts that were longer than the limit', async () => {
  const before = await ownStatus();
  await client.vectors(['word '.repeat(100), 'short']);
  expect((await ownStatus()).truncated_texts).toBe(before.truncated_texts + 1);
});

it('refuses more vectors than one reply takes, and says how many it takes', async () => {
  const small = await startService(
    { maxSeqLen: 200_000, maxMessageBytes: 2 ** 20 },
    { pooling: 'none' },
  );
  const other = new WireClient(small.server);
  const reply = await other.encode(Array.from({ length: 30 }, () => 'a'));
  expect(reply).toMatchObject({
    kind: 'refusal',
    refusal: { message: expect.stringContaining('send at most 20 texts at a time') as string },
  });
  other.close();
  await small.end();
});

it('tells its owner of all of it', () => {
  const kinds = new Set(service.events.map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['request', 'failure', 'dropped', 'record']));
});
