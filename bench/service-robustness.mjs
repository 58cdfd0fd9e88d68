// The encoder service in bad company, at full size: one line a check, from a seed.
//
//   node bench/service-robustness.mjs [--seed 1] [--scale 1] [--only mutants,frames,vanishing,deaf,kills]
//
// The service runs in a process of its own over the tiny checkpoint of the tests, so that its memory is its own.
// --scale 0.01 makes everything a hundredth as large. Exit code 1 when a check fails.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Push, Subscriber } from 'zeromq';
import { mutant, randomNumbers } from '../tests/server/support/mutants.mjs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    scale: { type: 'string', default: '1' },
    only: { type: 'string', default: 'mutants,frames,vanishing,deaf,kills' },
    serve: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const scaled = (size) => Math.max(1, Math.round(size * Number(values.scale)));
const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;

/** The process of the service: counts its own events, and its memory. */
async function serve() {
  const workers = new Set();
  process.on('worker', (worker) => {
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  });
  const { Encoder } = await import('../dist/bert/index.js');
  const { startEncoderServer } = await import('../dist/server/index.js');
  const folder = fileURLToPath(new URL('../tests/fixtures/tf-bert-tiny', import.meta.url));
  const encoder = await Encoder.load(folder, { workers: 2, pooling: 'none' });
  const counts = {};
  let internal = 0;
  const server = await startEncoderServer({
    encoder,
    host: '127.0.0.1',
    port: 0,
    portOut: 0,
    httpPort: null,
    httpMaxConnect: 1,
    cors: '*',
    // Vectors for all 48 positions, six kilobytes a text: replies shall be large.
    maxSeqLen: null,
    fixedEmbedLength: true,
    showTokensToClient: false,
    priorityBatchSize: 16,
    allowRemoteTermination: false,
    flags: {},
    onEvent: (event) => {
      const kind = event.kind === 'dropped' ? `dropped ${event.dropped}` : event.kind;
      counts[kind] = (counts[kind] ?? 0) + 1;
      if (kind === 'dropped reply') counts[event.reason] = (counts[event.reason] ?? 0) + 1;
      if (event.kind === 'failure' && event.code === 'INTERNAL') internal += 1;
    },
  });
  let peak = 0;
  setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  process.on('message', async (message) => {
    if (message === 'kill') {
      const [victim] = workers;
      // A message that no thread expects: it dies of an exception. terminate() would abort the whole process
      // when it meets native code.
      victim?.postMessage(undefined);
      if (victim !== undefined) await new Promise((resolve) => victim.once('exit', resolve));
      process.send({ killed: victim !== undefined });
    } else if (message === 'end') {
      await server.close({ graceMilliseconds: 2_000 });
      await encoder.close();
      process.exit();
    } else {
      globalThis.gc?.();
      const rss = process.memoryUsage.rss();
      process.send({ counts, internal, peak: Math.max(peak, rss), rss });
      peak = 0;
    }
  });
  process.send({ port: server.port, portOut: server.portOut });
}

class Client {
  constructor({ port, portOut }, identity = `client-${Math.random()}`) {
    this.identity = identity;
    this.heard = new Map();
    this.waiting = new Map();
    this.lastId = 0;
    this.push = new Push({ linger: 0 });
    this.subscriber = new Subscriber({ linger: 0 });
    this.subscriber.subscribe(identity);
    this.push.connect(`tcp://127.0.0.1:${port}`);
    this.subscriber.connect(`tcp://127.0.0.1:${portOut}`);
    this.replies = 0;
    this.listening = this.#listen();
  }

  async #listen() {
    for await (const frames of this.subscriber) {
      const id = String(frames.at(-1));
      this.replies += 1;
      this.heard.set(id, (this.heard.get(id) ?? 0) + 1);
      this.waiting.get(id)?.(frames);
      this.waiting.delete(id);
    }
  }

  async ask(body, count) {
    const id = String(++this.lastId);
    const reply = new Promise((resolve) => this.waiting.set(id, resolve));
    await this.push.send([this.identity, body, id, String(count)]);
    return reply;
  }

  async status() {
    return JSON.parse(String((await this.ask('SHOW_STATUS', 0))[1]));
  }

  close() {
    this.push.close();
    this.subscriber.close();
  }
}

async function start() {
  const child = fork(fileURLToPath(import.meta.url), ['--serve'], { execArgv: ['--expose-gc'] });
  const [ports] = await once(child, 'message');
  let exit;
  child.once('exit', (code, signal) => {
    exit = signal ?? code;
  });
  const ask = async (message) => {
    child.send(message);
    const [answer] = await once(child, 'message');
    return answer;
  };
  return {
    ports,
    facts: () => ask('facts'),
    kill: () => ask('kill'),
    crashed: () => exit !== undefined,
    end: async () => {
      if (exit !== undefined) return;
      child.send('end');
      await once(child, 'exit');
    },
  };
}

const answeredKinds = ['request', 'failure', 'record'];
const sum = (counts, kinds) => kinds.reduce((total, kind) => total + (counts[kind] ?? 0), 0);

async function mutants(service) {
  const client = new Client(service.ports, 'mutant');
  await client.ask('SHOW_CONFIG', 0);
  const before = await service.facts();
  const messages = scaled(1_000_000);
  const random = randomNumbers(seed);
  for (let message = 0; message < messages; message++) {
    await client.push.send(mutant(random, 'mutant', String(1_000 + message)));
  }
  let facts;
  let handled = -1;
  for (let quiet = 0; quiet < 4; ) {
    await wait(1_000);
    facts = await service.facts();
    const now =
      sum(facts.counts, [...answeredKinds, 'dropped message', 'dropped reply']) + client.replies;
    quiet = now === handled ? quiet + 1 : 0;
    handled = now;
  }
  const { counts } = facts;
  const seen =
    sum(counts, [...answeredKinds, 'dropped message']) - sum(before.counts, answeredKinds);
  const answers = sum(counts, answeredKinds);
  const accounted = client.replies + sum(counts, ['dropped reply']);
  client.close();
  return {
    passed: seen === messages && accounted === answers && facts.internal === 0,
    line:
      `${messages} mutated messages: ${seen} answered or counted (${counts.request} vectors, ` +
      `${counts.failure} refusals, ${counts.record} records, ${counts['dropped message']} dropped); of ` +
      `${answers} replies ${client.replies} heard, ${counts['dropped reply'] ?? 0} given up ` +
      `(${counts['nobody listens at its identity'] ?? 0} to nobody); ` +
      `${facts.internal} faults; memory ${megabytes(before.rss)} -> ${megabytes(facts.rss)}`,
  };
}

async function frames(service) {
  const client = new Client(service.ports);
  await client.ask('SHOW_CONFIG', 0);
  const before = await service.facts();
  const times = scaled(20);
  const large = Buffer.alloc(100_000_000, '[');
  let refused = 0;
  for (let time = 0; time < times; time++) {
    const reply = await client.ask(large, 1);
    if (String(reply[1]).includes('at most')) refused += 1;
  }
  // Beyond the hard bound the connection ends; the client's library makes a new one.
  for (let time = 0; time < times; time++) {
    const huge = new Client(service.ports);
    await huge.push.send([huge.identity, Buffer.alloc(200_000_000, '['), '1', '1']);
    await wait(100);
    huge.close();
  }
  const alive = await client.ask('["hello"]', 1);
  const facts = await service.facts();
  client.close();
  return {
    passed: refused === times && alive[2].length > 0 && facts.peak < before.rss + 600 * 2 ** 20,
    line:
      `${times} frames of 100 MB refused: ${refused}; ${times} of 200 MB cut off; ` +
      `memory ${megabytes(before.rss)}, at most ${megabytes(facts.peak)}, then ${megabytes(facts.rss)}`,
  };
}

async function vanishing(service) {
  const before = await service.facts();
  const clients = scaled(200);
  const random = randomNumbers(seed);
  for (let index = 0; index < clients; index++) {
    const gone = new Client(service.ports);
    const requests = Math.floor(random() * 10);
    for (let request = 0; request < requests; request++) {
      await gone.push.send([gone.identity, '["one","two"]', String(1_000 + request), '2']);
    }
    if (random() < 0.5) await wait(random() * 20);
    gone.close();
  }
  const client = new Client(service.ports);
  const alive = await client.ask('["hello"]', 1);
  let waiting;
  for (let second = 0; second < 10; second++) {
    waiting = (await client.status()).polytag.waiting_reply_bytes;
    if (waiting === 0) break;
    await wait(1_000);
  }
  const facts = await service.facts();
  client.close();
  return {
    passed: alive[2].length > 0 && waiting === 0,
    line:
      `${clients} clients vanished: the next is served; ${waiting} bytes wait for them; ` +
      `${(facts.counts['dropped reply'] ?? 0) - (before.counts['dropped reply'] ?? 0)} replies to nobody; ` +
      `memory ${megabytes(before.rss)} -> ${megabytes(facts.rss)}`,
  };
}

async function deaf(service) {
  const before = await service.facts();
  const push = new Push({ linger: 0 });
  const subscriber = new Subscriber({ linger: 0, receiveHighWaterMark: 1 });
  subscriber.subscribe('deaf');
  push.connect(`tcp://127.0.0.1:${service.ports.port}`);
  subscriber.connect(`tcp://127.0.0.1:${service.ports.portOut}`);
  const client = new Client(service.ports);
  await client.ask('SHOW_CONFIG', 0);
  const requests = scaled(300);
  const body = JSON.stringify(Array.from({ length: 340 }, () => 'a'));
  let isSent = false;
  const sending = (async () => {
    for (let request = 1; request <= requests; request++) {
      await push.send(['deaf', body, String(request), '340']);
    }
    isSent = true;
  })();
  let most = 0;
  let slowest = 0;
  let others = 0;
  for (let done = false; !done; ) {
    const start = performance.now();
    await client.ask('["hello"]', 1);
    slowest = Math.max(slowest, performance.now() - start);
    others += 1;
    const { polytag } = await client.status();
    most = Math.max(most, polytag.waiting_reply_bytes);
    done = isSent && polytag.waiting_texts === 0;
    await wait(10);
  }
  await sending;
  const facts = await service.facts();
  const dropped = (facts.counts['dropped reply'] ?? 0) - (before.counts['dropped reply'] ?? 0);
  push.close();
  subscriber.close();
  client.close();
  return {
    passed: most <= 2 ** 26 + 2 ** 22,
    line:
      `a client that never reads ${requests} replies of 2 MB: at most ${megabytes(most)} wait, ${dropped} given up; ` +
      `${others} requests of another meanwhile, the slowest ${Math.round(slowest)} ms; ` +
      `memory ${megabytes(before.rss)} -> ${megabytes(facts.rss)}`,
  };
}

async function kills(service) {
  const wanted = scaled(100);
  const clients = Array.from({ length: 4 }, () => new Client(service.ports));
  const expected = (await clients[0].ask('["hello 0","hello 1","hello 2"]', 3))[2];
  const row = expected.length / 3;
  let killed = 0;
  let wrong = 0;
  let isOver = false;
  const load = clients.map(async (client) => {
    for (let request = 0; !isOver; request++) {
      const [, , vectors] = await client.ask(`["hello ${request % 3}"]`, 1);
      const from = (request % 3) * row;
      const reference = expected.subarray(from, from + row);
      if (vectors.length !== row || difference(vectors, reference) > 1e-5) wrong += 1;
    }
  });
  while (killed < wanted) {
    await wait(60);
    if ((await service.kill()).killed) killed += 1;
    // A batch that two workers die of is given up: each death has time for what it interrupted.
    const before = clients.map(({ replies }) => replies);
    while (clients.some(({ replies }, index) => replies < before[index] + 2)) await wait(5);
  }
  isOver = true;
  await Promise.all(load);
  await wait(500);
  let requests = 0;
  let doubled = 0;
  let lost = 0;
  for (const client of clients) {
    requests += client.lastId;
    for (let id = 1; id <= client.lastId; id++) {
      const times = client.heard.get(String(id)) ?? 0;
      if (times === 0) lost += 1;
      if (times > 1) doubled += 1;
    }
    client.close();
  }
  return {
    passed: lost === 0 && doubled === 0 && wrong === 0,
    line: `${killed} workers killed under ${requests} requests: ${lost} lost, ${doubled} doubled, ${wrong} wrong`,
  };
}

function difference(left, right) {
  let most = 0;
  for (let at = 0; at < left.length; at += 4) {
    most = Math.max(most, Math.abs(left.readFloatLE(at) - right.readFloatLE(at)));
  }
  return most;
}

async function main() {
  const checks = { mutants, frames, vanishing, deaf, kills };
  console.log(`seed ${seed}, scale ${values.scale}`);
  for (const name of values.only.split(',')) {
    const service = await start();
    const begun = performance.now();
    const { passed, line } = await checks[name](service);
    const crashed = service.crashed();
    await service.end();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const isGood = passed && !crashed;
    console.log(
      `${isGood ? 'ok  ' : 'FAIL'} ${name}: ${line}; ${crashed ? 'CRASHED' : '0 crashes'}; ${seconds} s`,
    );
    if (!isGood) process.exitCode = 1;
  }
}

await (values.serve ? serve() : main());
