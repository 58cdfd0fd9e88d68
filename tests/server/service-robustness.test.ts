// The service in bad company, from a seed: bench/service-robustness.mjs does the same at full size.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { Push, Subscriber } from 'zeromq';
import { expect, it } from 'vitest';
import { mutant, randomNumbers } from './support/mutants.mjs';
import { type RunningService, startService } from './support/running-server.js';
import { WireClient } from './support/wire-client.js';

interface OwnStatus {
  readonly dropped_messages: number;
  readonly dropped_replies: number;
  readonly failed_requests: number;
  readonly waiting_reply_bytes: number;
}

async function ownStatus(client: WireClient): Promise<OwnStatus> {
  return (await client.record('SHOW_STATUS'))['polytag'] as OwnStatus;
}

function countEvents({ events }: RunningService): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of events) {
    const kind = event.kind === 'dropped' ? `dropped ${event.dropped}` : event.kind;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

it('answers or counts each of 5,000 mutated messages', async () => {
  const service = await startService();
  const client = new WireClient(service.server, 'mutant');
  await client.record('SHOW_CONFIG');
  const random = randomNumbers(22);
  const messages = 5_000;
  for (let message = 0; message < messages; message++) {
    await client.push.send(mutant(random, 'mutant', String(1_000 + message)));
  }
  const sum = (counts: Record<string, number>, kinds: readonly string[]): number =>
    kinds.reduce((total, kind) => total + (counts[kind] ?? 0), 0);
  const answered = ['request', 'failure', 'record'];
  // Every message is one event, and every answer is heard or counted as lost; the first was ours.
  let counts: Record<string, number>;
  do {
    await wait(50);
    counts = countEvents(service);
  } while (
    sum(counts, [...answered, 'dropped message']) < messages + 1 ||
    client.replies.length + sum(counts, ['dropped reply']) < sum(counts, answered)
  );
  await wait(100);
  counts = countEvents(service);
  expect(sum(counts, [...answered, 'dropped message'])).toBe(messages + 1);
  expect(client.replies.length + sum(counts, ['dropped reply'])).toBe(sum(counts, answered));
  for (const kind of [...answered, 'dropped message', 'dropped reply']) {
    expect(counts[kind]).toBeGreaterThan(50);
  }
  expect(
    service.events.filter((event) => event.kind === 'failure' && event.code === 'INTERNAL'),
  ).toEqual([]);
  expect((await client.encode(['hello'])).kind).toBe('vectors');
  client.close();
  await service.end();
});

/** ZMTP 3's greeting for the mechanism NULL, as every client sends it first. */
const greeting = Buffer.concat([
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]),
  Buffer.from('NULL'.padEnd(20, '\0')),
  Buffer.alloc(32),
]);

it('outlives 60 connections that speak no ZeroMQ, or bad', async () => {
  const service = await startService();
  const random = randomNumbers(7);
  const { port, portOut } = service.server;
  const connections = Array.from({ length: 60 }, async (_, index) => {
    const socket = connect(index % 2 === 0 ? port : portOut, '127.0.0.1');
    socket.on('error', () => undefined);
    const noise = Buffer.from(Array.from({ length: 300 }, () => Math.floor(random() * 256)));
    if (index % 3 > 0) socket.write(greeting);
    if (index % 3 > 1)
      socket.write('\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH', 'latin1');
    socket.write(noise);
    await Promise.race([once(socket, 'close'), wait(100 * random())]);
    socket.destroy();
  });
  await Promise.all(connections);
  const client = new WireClient(service.server);
  expect((await client.encode(['hello'])).kind).toBe('vectors');
  client.close();
  await service.end();
});

it('outlives 20 clients that vanish', async () => {
  const service = await startService();
  const vanishing = Array.from({ length: 20 }, async (_, index) => {
    const gone = new WireClient(service.server);
    for (let request = 0; request < 5; request++) {
      await gone.push.send([gone.identity, '["one","two"]', String(request + 101), '2']);
    }
    if (index % 2 === 0) await gone.record('SHOW_CONFIG');
    gone.close();
  });
  await Promise.all(vanishing);
  const client = new WireClient(service.server);
  expect((await client.encode(['hello'])).kind).toBe('vectors');
  while ((await ownStatus(client)).waiting_reply_bytes > 0) await wait(50);
  client.close();
  await service.end();
});

/** A client that subscribes and then reads nothing at all. */
function openDeaf({ server }: RunningService, identity: string): { push: Push; deaf: Subscriber } {
  const push = new Push({ linger: 0 });
  const deaf = new Subscriber({ linger: 0, receiveHighWaterMark: 1, receiveBufferSize: 4_096 });
  deaf.subscribe(identity);
  push.connect(`tcp://127.0.0.1:${server.port}`);
  deaf.connect(`tcp://127.0.0.1:${server.portOut}`);
  return { push, deaf };
}

/** With vectors for all 48 positions, a reply to these is of two megabytes. */
const manyTexts = Array.from({ length: 340 }, () => 'a');
const bulky = { maxSeqLen: null, fixedEmbedLength: true };

it('bounds what waits for a client that never reads, and serves the others', async () => {
  const service = await startService(bulky, { pooling: 'none' });
  const { push, deaf } = openDeaf(service, 'deaf');
  const client = new WireClient(service.server);
  const requests = 72;
  for (let request = 1; request <= requests; request++) {
    await push.send(['deaf', JSON.stringify(manyTexts), String(request), '340']);
  }
  let most = 0;
  let own: OwnStatus;
  do {
    expect((await client.encode(['hello'])).kind).toBe('vectors');
    own = await ownStatus(client);
    most = Math.max(most, own.waiting_reply_bytes);
    await wait(20);
  } while (own.dropped_replies === 0);
  expect(most).toBeGreaterThan(2 ** 25);
  expect(most).toBeLessThanOrEqual(2 ** 26 + 2 ** 22);
  push.close();
  deaf.close();
  client.close();
  await service.end();
});

it('does not let one client of an identity hold up the others', async () => {
  const service = await startService(bulky, { pooling: 'none' });
  const { push, deaf } = openDeaf(service, 'shared');
  const reader = new WireClient(service.server, 'shared');
  await reader.record('SHOW_CONFIG');
  for (let request = 0; request < 12; request++) {
    const { shape } = await reader.vectors(manyTexts);
    expect(shape).toEqual([340, 48, 32]);
  }
  push.close();
  deaf.close();
  reader.close();
  await service.end();
});

it('loses nothing and doubles nothing when workers die', async () => {
  const workers = new Set<Worker>();
  const remember = (worker: Worker): void => {
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  };
  process.on('worker', remember);
  const service = await startService({}, { workers: 2 });
  const clients = Array.from({ length: 3 }, () => new WireClient(service.server));
  const expected = await clients[0].vectors(['hello 0', 'hello 1', 'hello 2']);
  const ask = async (client: WireClient): Promise<void> => {
    for (let request = 0; request < 60 || kills < 5; request++) {
      const { data } = await client.vectors([`hello ${request % 3}`]);
      const row = expected.data.subarray((request % 3) * 32, (request % 3) * 32 + 32);
      data.forEach((value, column) => {
        expect(Math.abs(value - row[column])).toBeLessThan(1e-5);
      });
      // So that the deaths fall among the requests.
      await wait(2);
    }
  };
  let kills = 0;
  const kill = async (): Promise<void> => {
    for (; kills < 5; kills++) {
      await wait(20);
      const [victim] = workers;
      const exited = new Promise((resolve) => victim.once('exit', resolve));
      // A message that no thread expects: it dies of an exception, with what was sent to it after. terminate()
      // would abort the whole process when it meets native code.
      victim.postMessage(undefined);
      await exited;
      // A batch that two workers die of is given up: each death has time for what it interrupted.
      const before = clients.map(({ replies }) => replies.length);
      while (clients.some(({ replies }, index) => replies.length < before[index] + 2))
        await wait(5);
    }
  };
  await Promise.all([...clients.map(ask), kill()]);
  process.off('worker', remember);
  expect(kills).toBe(5);
  for (const client of clients) {
    expect(client.replies.length).toBeGreaterThanOrEqual(60);
    expect(client.replies.map(({ requestId }) => Number(requestId))).toEqual(
      client.replies.map((_, request) => request + 1),
    );
    client.close();
  }
  await service.end();
});
