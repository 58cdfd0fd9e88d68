// How a service begins and ends: ports, TERMINATION, draining.
import { networkInterfaces } from 'node:os';
import { Push } from 'zeromq';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Encoder } from '../../src/bert/index.js';
import { loadTiny, startService } from './support/running-server.js';
import { WireClient } from './support/wire-client.js';

let encoder: Encoder;
beforeAll(async () => {
  encoder = await loadTiny();
});
afterAll(() => encoder.close());

const longTexts = Array.from({ length: 2_000 }, () => 'word '.repeat(18));

async function sendTermination(address: string, port: number): Promise<void> {
  const push = new Push({ linger: 1_000 });
  push.connect(`tcp://${address}:${port}`);
  await push.send(['0', 'TERMINATION', '0', '0']);
  push.close();
}

it('ends when a client on this machine asks for it', async () => {
  const { server, events } = await startService({ encoder });
  await sendTermination('127.0.0.1', server.port);
  expect(await server.ended).toBe('terminated');
  expect(events.at(-1)).toEqual({ kind: 'termination', client: '0', isHonoured: true });
});

const outside = Object.values(networkInterfaces())
  .flatMap((addresses = []) => addresses)
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

it.runIf(outside !== undefined)(
  'does not end for a client from elsewhere, unless told to',
  async () => {
    const address = outside ?? '';
    const guarded = await startService({ encoder, host: '*' });
    const { server } = guarded;
    const client = new WireClient(server);
    await sendTermination(address, server.port);
    let dropped = 0;
    while (dropped === 0) {
      const own = (await client.record('SHOW_STATUS'))['polytag'] as { dropped_messages: number };
      dropped = own.dropped_messages;
    }
    expect(guarded.events).toContainEqual({ kind: 'termination', client: '0', isHonoured: false });
    expect((await client.encode(['still there'])).kind).toBe('vectors');
    client.close();
    await sendTermination('127.0.0.1', server.port);
    expect(await server.ended).toBe('terminated');

    const open = await startService({ encoder, host: '*', allowRemoteTermination: true });
    await sendTermination(address, open.server.port);
    expect(await open.server.ended).toBe('terminated');
  },
);

it.each(['port', 'portOut', 'httpPort'] as const)('says that its %s is in use', async (which) => {
  const first = await startService({ encoder, httpPort: 0 });
  const taken = first.server[which] ?? 0;
  await expect(startService({ encoder, [which]: taken })).rejects.toMatchObject({
    code: 'PORT_UNAVAILABLE',
    message: expect.stringMatching(
      `cannot listen at 127\\.0\\.0\\.1, port ${taken}: .*in use`,
    ) as string,
  });
  await first.server.close();
  expect(await first.server.ended).toBe('closed');
  // Nothing is left of the one that failed: all of the first one's ports are free.
  const { port, portOut, httpPort } = first.server;
  const again = await startService({ encoder, port, portOut, httpPort });
  await again.server.close();
});

it('says that it has not got an address', async () => {
  await expect(startService({ encoder, host: '192.0.2.1' })).rejects.toMatchObject({
    code: 'PORT_UNAVAILABLE',
  });
});

it('answers what came before its end and refuses what comes after', async () => {
  const { server } = await startService({ encoder });
  const client = new WireClient(server);
  const before = Array.from({ length: 4 }, () => client.encode(longTexts));
  while (encoder.waitingTexts === 0) await client.record('SHOW_CONFIG');
  await client.record('SHOW_CONFIG');
  const closing = server.close();
  const after = await client.encode(['too late']);
  expect(after).toMatchObject({ kind: 'refusal', refusal: { code: 'SERVICE_CLOSING' } });
  for (const reply of await Promise.all(before)) {
    expect(reply).toMatchObject({ kind: 'vectors', vectors: { shape: [2_000, 32] } });
  }
  await closing;
  expect(await server.ended).toBe('closed');
  client.close();
});

it('ends in time when it cannot answer in time, and says what is lost', async () => {
  const { server, events } = await startService({ encoder });
  const client = new WireClient(server);
  void client.encode(longTexts);
  while (encoder.waitingTexts === 0) await client.record('SHOW_CONFIG');
  await server.close({ graceMilliseconds: 0 });
  client.close();
  while (encoder.waitingTexts > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(events.at(-1)).toMatchObject({ kind: 'dropped', dropped: 'reply' });
});
