// The classifier service in bad company, at full size: one line a check, from a seed.
//
//   node bench/serve-robustness.mjs [--seed 1] [--scale 1] [--only overload,slow,bodies,deep,names,types,fuzz,kills,keys,reloads,restarts]
//
// The service runs in a process of its own with a tiny model trained on the spot, so that its memory is its own.
// --scale 0.01 makes everything a hundredth as large. Exit code 1 when a check fails. Times are told, and held only
// against wide bounds: the machine may have other work.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { randomNumbers } from '../tests/server/support/mutants.mjs';

const all = 'overload,slow,bodies,deep,names,types,fuzz,kills,keys,reloads,restarts';
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    scale: { type: 'string', default: '1' },
    only: { type: 'string', default: all },
    serve: { type: 'string' },
  },
});
const seed = Number(values.seed);
const scale = Number(values.scale);
const scaled = (size, least = 1) => Math.max(least, Math.round(size * scale));
const mebibytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;

/** A model of two labels over the tests' tiny checkpoint, trained for a moment. */
async function trainTiny(folder) {
  const words = ['you', 'are', 'bad', 'good', 'fine', 'day', 'awful', 'nice'];
  const random = randomNumbers(1);
  const rows = Array.from({ length: 120 }, (_, index) => {
    const text = Array.from({ length: 6 }, () => words[Math.floor(random() * 8)]).join(' ');
    return `"${text} ${index}",${text.includes('bad') ? 1 : 0},${text.includes('awful') ? 1 : 0}`;
  });
  const table = join(folder, 'rows.csv');
  writeFileSync(table, `text,bad,awful\n${rows.join('\n')}\n`);
  const { MultiLabelClassifier } = await import('../dist/classifier/index.js');
  const encoder = fileURLToPath(new URL('../tests/fixtures/tf-bert-tiny', import.meta.url));
  const out = join(folder, 'model');
  const trained = await MultiLabelClassifier.train({
    table,
    encoder,
    out,
    maxLength: 16,
    epochs: 2,
    workers: 1,
    baseline: false,
    cache: false,
  });
  await trained.close();
  return out;
}

/** The process of the service: counts its own records, and its memory. */
async function serve(folder) {
  const workers = new Set();
  process.on('worker', (worker) => {
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  });
  const { startClassifierServer } = await import('../dist/server/index.js');
  const model = await trainTiny(folder);
  const counts = { finished: 0, gone: 0, serverErrors: 0, failures: 0, lastFailure: '' };
  const log = {
    request: ({ status, isGone }) => {
      counts.finished += 1;
      if (isGone) counts.gone += 1;
      if (status >= 500 && status !== 503) counts.serverErrors += 1;
    },
    event: () => undefined,
  };
  const start = (port) =>
    startClassifierServer({
      models: [{ name: 'tiny', reference: model }],
      host: '127.0.0.1',
      port,
      workers: 2,
      log,
      limits: { bodyBytes: 8 << 20, ...JSON.parse(process.env.LIMITS ?? '{}') },
      onFailure: (error) => {
        counts.failures += 1;
        counts.lastFailure = String(error?.stack ?? error);
      },
    });
  let server = await start(0);
  let peak = 0;
  setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const commands = {
    kill: async () => {
      const [victim] = workers;
      // A message that no thread expects: it dies of an exception.
      victim?.postMessage(undefined);
      if (victim !== undefined) await new Promise((resolve) => victim.once('exit', resolve));
      return { killed: victim !== undefined };
    },
    reload: async () => ({ outcomes: (await server.reload()).map(({ error }) => String(error)) }),
    restart: async () => {
      const { port } = server;
      await server.close({ graceMilliseconds: 30_000 });
      server = await start(port);
      return {};
    },
    facts: async () => {
      globalThis.gc?.();
      const rss = process.memoryUsage.rss();
      const facts = {
        ...counts,
        peak: Math.max(peak, rss),
        rss,
        polluted: Object.keys(Object.prototype),
      };
      peak = 0;
      return facts;
    },
  };
  process.on('message', async (command) => {
    if (command === 'end') {
      await server.close({ graceMilliseconds: 1_000 });
      process.exit();
    }
    process.send(await commands[command]());
  });
  process.send({ port: server.port });
}

async function start(folder, limits = {}) {
  const child = fork(fileURLToPath(import.meta.url), ['--serve', folder], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, LIMITS: JSON.stringify(limits) },
  });
  let exit;
  child.once('exit', (code, signal) => {
    exit = signal ?? code;
  });
  const [{ port }] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('the service did not start');
    }),
  ]);
  const ask = async (command) => {
    child.send(command);
    const [answer] = await once(child, 'message');
    return answer;
  };
  return {
    port,
    ask,
    crashed: () => exit !== undefined,
    end: async () => {
      if (exit !== undefined) return;
      child.send('end');
      await once(child, 'exit');
    },
  };
}

/** One request; resolves to its status, headers, text and milliseconds, or to the error's code. */
function ask(port, { method = 'POST', path = '/v1/score', headers = {}, body, agent }) {
  const begun = performance.now();
  return new Promise((resolve) => {
    const failed = (error) =>
      resolve({ error: error.code ?? error.message, milliseconds: performance.now() - begun });
    const outgoing = httpRequest(
      {
        port,
        host: '127.0.0.1',
        method,
        path,
        agent,
        headers: { 'content-type': 'application/json', ...headers },
      },
      (incoming) => {
        const pieces = [];
        incoming.on('data', (piece) => pieces.push(piece));
        incoming.on('error', failed);
        incoming.on('end', () => {
          if (!incoming.complete) return failed(new Error('cut off'));
          resolve({
            status: incoming.statusCode,
            headers: incoming.headers,
            text: Buffer.concat(pieces).toString(),
            milliseconds: performance.now() - begun,
          });
        });
      },
    );
    outgoing.on('error', failed);
    outgoing.setTimeout(120_000, () => outgoing.destroy(new Error('hang')));
    outgoing.end(body);
  });
}

const one = JSON.stringify({ text: 'you are good' });
function percentile(list, share) {
  const sorted = [...list].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
const ms = (value) => `${value.toFixed(1)} ms`;

/** So many clients, each with its next request as soon as it has its answer, for so long. */
async function closedLoop(port, clients, milliseconds, body = one) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers = [];
  const end = performance.now() + milliseconds;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < end) answers.push(await ask(port, { body, agent }));
    }),
  );
  agent.destroy();
  return answers;
}

async function overload(service) {
  const batch = JSON.stringify({
    texts: Array.from({ length: 64 }, (_, index) => `you are good ${index}`),
  });
  const seconds = scaled(300, 2);
  const calm = await closedLoop(service.port, 8, Math.min(seconds, 10) * 1000, batch);
  const peakRate = calm.length / Math.min(seconds, 10);
  const before = await service.ask('facts');
  const clients = scaled(1000, 128);
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers = [];
  const under = new Set();
  const begun = performance.now();
  let sent = 0;
  while (performance.now() - begun < seconds * 1000) {
    const due = ((performance.now() - begun) / 1000) * 4 * peakRate;
    for (; sent < due && under.size < clients; sent++) {
      const asked = ask(service.port, { body: batch, agent }).then((answer) => {
        answers.push(answer);
        under.delete(asked);
      });
      under.add(asked);
    }
    await wait(5);
  }
  const duration = (performance.now() - begun) / 1000;
  const good = answers.filter(({ status }) => status === 200).length / duration;
  await Promise.all(under);
  agent.destroy();
  const facts = await service.ask('facts');
  const admitted = answers
    .filter(({ status }) => status === 200)
    .map(({ milliseconds }) => milliseconds);
  const refused = answers.filter(({ status }) => status === 429 || status === 503);
  const others = answers.length - admitted.length - refused.length;
  const bare = refused.filter(({ headers }) => !(Number(headers['retry-after']) >= 1)).length;
  const slowest = percentile(admitted, 0.99);
  return {
    passed:
      others === 0 &&
      bare === 0 &&
      slowest <= 60_000 &&
      facts.serverErrors === 0 &&
      (scale < 1 || good >= 0.9 * peakRate),
    line:
      `${sent} requests of 64 texts in ${duration.toFixed(0)} s at up to 4 x the peak by ${clients} clients: goodput ${good.toFixed(1)}/s of ` +
      `${peakRate.toFixed(1)}/s (${((100 * good) / peakRate).toFixed(0)} %), ${refused.length} refused, ${bare} of them without Retry-After, ` +
      `${others} others, p99 admitted ${ms(slowest)}; memory ${mebibytes(before.peak)} -> ${mebibytes(facts.peak)}`,
  };
}

async function slow(service) {
  const calm = await closedLoop(service.port, 2, scaled(5_000, 500));
  const count = scaled(5_000, 60);
  const opened = performance.now();
  let longest = 0;
  let open = 0;
  const sockets = Array.from({ length: count }, (_, index) => {
    const socket = connect(service.port, '127.0.0.1');
    const start = [
      'POST /v1/score HTTP/1.1\r\nHost: localhost\r\n',
      `POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"text":`,
      '',
    ][index % 3];
    socket.on('connect', () => {
      open += 1;
      socket.write(start);
    });
    const drip = setInterval(
      () => socket.writable && start !== '' && socket.write(index % 3 === 0 ? 'x' : ' '),
      200,
    );
    socket.on('error', () => undefined);
    socket.resume();
    return new Promise((resolve) =>
      socket.once('close', () => {
        clearInterval(drip);
        longest = Math.max(longest, performance.now() - opened);
        resolve();
      }),
    );
  });
  const busy = await closedLoop(service.port, 2, scaled(5_000, 500));
  // A connection that never says anything is idle, not slow, and ends by its own limit.
  const closed = await Promise.race([
    Promise.all(sockets).then(() => true),
    wait(45_000).then(() => false),
  ]);
  const failed = busy.filter(({ status }) => status !== 200).length;
  const quiet = percentile(
    calm.map(({ milliseconds }) => milliseconds),
    0.99,
  );
  const loud = percentile(
    busy.map(({ milliseconds }) => milliseconds),
    0.99,
  );
  return {
    passed: closed && failed === 0,
    line: `${open} slow sockets: ${busy.length} requests beside them, ${failed} failed, p99 ${ms(quiet)} -> ${ms(loud)}; all closed: ${closed}, the last after ${(longest / 1000).toFixed(1)} s`,
  };
}

async function bodies(service) {
  const before = await service.ask('facts');
  const times = scaled(20, 2);
  const large = Buffer.alloc(100_000_000, ' ');
  const bomb = gzipSync(Buffer.alloc(100_000_000, ' '));
  const outcomes = {};
  const note = (name, { status, error }) => {
    const key = `${name} ${status ?? error}`;
    outcomes[key] = (outcomes[key] ?? 0) + 1;
  };
  for (let time = 0; time < times; time++) {
    note('declared', await ask(service.port, { body: large }));
    note(
      'chunked',
      await ask(service.port, { body: large, headers: { 'transfer-encoding': 'chunked' } }),
    );
    note('bomb', await ask(service.port, { body: bomb, headers: { 'content-encoding': 'gzip' } }));
    note(
      'not UTF-8',
      await ask(service.port, { body: Buffer.from('{"text":"\xff\xfe"}', 'latin1') }),
    );
  }
  const facts = await service.ask('facts');
  // A client that writes on after its refusal may be cut off before it reads it.
  const allowed = ['413', 'ECONNRESET', 'EPIPE'];
  const wrong = Object.keys(outcomes).filter(
    (key) =>
      !(key === 'not UTF-8 400' || (!key.startsWith('not') && allowed.includes(key.split(' ')[1]))),
  );
  return {
    passed:
      wrong.length === 0 &&
      facts.peak < before.peak + (64 << 20) &&
      (await ask(service.port, { body: one })).status === 200,
    line: `100 MB bodies and bombs: ${JSON.stringify(outcomes)}; memory ${mebibytes(before.peak)} -> at most ${mebibytes(facts.peak)}`,
  };
}

async function deep(service) {
  const times = scaled(50, 4);
  const levels = 1_000_000;
  const shapes = [
    `{"text":${'['.repeat(levels)}${']'.repeat(levels)}}`,
    '['.repeat(levels),
    '{"a":'.repeat(levels),
    `{"texts":[${'{"a":['.repeat(levels / 2)}`,
  ];
  const durations = [];
  const statuses = {};
  for (let time = 0; time < times; time++) {
    const body = shapes[time % shapes.length];
    const { status, error, milliseconds } = await ask(service.port, { body });
    statuses[status ?? error] = (statuses[status ?? error] ?? 0) + 1;
    durations.push(milliseconds / (body.length / 2 ** 20));
  }
  return {
    passed: statuses[400] === times,
    line: `${times} bodies of depth 10^6: ${JSON.stringify(statuses)}; median ${ms(percentile(durations, 0.5))} a MiB, sending included`,
  };
}

const pieces = [
  '..',
  '%2e%2e',
  '%2E%2e%2f',
  '..%5c',
  '%00',
  'C:',
  '\\\\host\\share',
  '/',
  '%2f',
  '//',
  'etc',
  'passwd',
  'tiny',
  '%c0%ae',
  '~',
  'file:',
  '%25',
  'model',
  '.',
  'COM1',
  '%F0%9F%98%80',
  '%zz',
];
async function names(service) {
  const count = scaled(100_000, 200);
  const random = randomNumbers(seed);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const templates = [
    (name) => `/v1/classifiers/${name}`,
    (name) => `/v1/classifiers/${name}/card`,
    (name) => `/models/${name}`,
    (name) => `/v2/models/${name}/infer`,
    (name) => `/${name}`,
  ];
  const statuses = {};
  let leaks = 0;
  for (let index = 0; index < count; index++) {
    const name = Array.from(
      { length: 1 + Math.floor(random() * 6) },
      () => pieces[Math.floor(random() * pieces.length)],
    )
      .join('')
      .replaceAll(' ', '');
    const isPath = random() < 0.7;
    const path = isPath
      ? templates[Math.floor(random() * templates.length)](`..${name}`)
      : '/v1/score';
    const body = isPath ? undefined : JSON.stringify({ text: 'a', model: `..${name}` });
    const {
      status,
      error,
      text = '',
    } = await ask(service.port, { method: isPath ? 'GET' : 'POST', path, body, agent });
    statuses[status ?? error] = (statuses[status ?? error] ?? 0) + 1;
    if (/root:|\/work\/|\/tmp\/|node_modules|at .*\.js:/.test(text)) leaks += 1;
  }
  agent.destroy();
  const bad = Object.keys(statuses).filter(
    (status) => !['400', '404', '405', '414'].includes(status),
  );
  return {
    passed: bad.length === 0 && leaks === 0,
    line: `${count} strange names: ${JSON.stringify(statuses)}; ${leaks} answers that show paths or stacks`,
  };
}

async function types(service) {
  const count = scaled(10_000, 200);
  const random = randomNumbers(seed);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const parts = [
    'application/json',
    'APPLICATION/JSON',
    'application',
    '/',
    'json',
    ' ',
    '\t',
    ';',
    ',',
    'charset=utf-8',
    'charset="utf-16"',
    'text/plain',
    'multipart/form-data',
    'application/vnd.api+json',
    ';;',
    '=',
    '"',
    'a=b',
    '\u00a0',
    'application/jsonx',
    'application/json/',
  ];
  const statuses = {};
  let unvalidated = 0;
  for (let index = 0; index < count; index++) {
    const type = Array.from(
      { length: 1 + Math.floor(random() * 4) },
      () => parts[Math.floor(random() * parts.length)],
    ).join('');
    // Wrong in a way that only validation finds: whoever answers 200 has not validated.
    const { status, error } = await ask(service.port, {
      body: '{"texts":[1]}',
      headers: { 'content-type': type },
      agent,
    });
    statuses[status ?? error] = (statuses[status ?? error] ?? 0) + 1;
    if (status === 200) unvalidated += 1;
  }
  agent.destroy();
  const bad = Object.keys(statuses).filter((status) => !['400', '415', '422'].includes(status));
  return {
    passed: unvalidated === 0 && bad.length === 0,
    line: `${count} Content-Types: ${JSON.stringify(statuses)}; ${unvalidated} unvalidated`,
  };
}

const keysOfBodies = [
  'text',
  'texts',
  'model',
  'labels',
  'explain',
  'input',
  'inputs',
  'parameters',
  'instances',
  'comment',
  'requestedAttributes',
  'languages',
  'attributeScores',
  'summaryScore',
  'value',
  'type',
  'data',
  'shape',
  'datatype',
  'name',
  'outputs',
  'id',
  'top_k',
  'truncate',
  'raw_scores',
  'is_tokenized',
  'encoding_format',
  'dimensions',
  'thresholds',
  'bad',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '',
];
function fuzzed(random, depth = 0) {
  const choice = Math.floor(random() * (depth > 4 ? 9 : 13));
  const texts = [
    'you are good',
    '',
    ' ',
    'x'.repeat(300),
    '\u0000',
    '\ud800',
    '😀',
    'TOXICITY',
    'tiny',
    '__proto__',
    'BYTES',
    'en',
    'float',
  ];
  const numbers = [0, 1, -1, 0.5, 1e308, -1e308, 2 ** 53, 2 ** 53 + 2, -0, 1e-320, 4294967296];
  if (choice < 4) return texts[Math.floor(random() * texts.length)];
  if (choice < 6) return numbers[Math.floor(random() * numbers.length)];
  if (choice < 7) return random() < 0.5;
  if (choice < 8) return null;
  if (choice < 9) return [];
  if (choice < 11)
    return Array.from({ length: Math.floor(random() * 4) }, () => fuzzed(random, depth + 1));
  return objectOf(random, depth);
}
function objectOf(random, depth) {
  return Object.fromEntries(
    Array.from({ length: Math.floor(random() * 5) }, () => [
      keysOfBodies[Math.floor(random() * keysOfBodies.length)],
      fuzzed(random, depth + 1),
    ]),
  );
}
/** Bodies that one route or another answers. */
const soundBodies = [
  { text: 'you are good' },
  { texts: ['you are good', 'bad day'], model: 'tiny', labels: ['bad'] },
  { inputs: 'you are good' },
  { inputs: ['you are good', 'bad day'], parameters: { top_k: 1 } },
  { input: ['you are good'], model: 'tiny' },
  { comment: { text: 'you are good' }, requestedAttributes: { BAD: {} }, languages: ['en'] },
  { instances: ['you are good'] },
  { inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: ['you are good'] }] },
];
/** A sound body, most often with one member changed or added. */
function nearlySound(random) {
  const body = soundBodies[Math.floor(random() * soundBodies.length)];
  if (random() < 0.3) return body;
  const known = Object.keys(body);
  const names = random() < 0.5 ? known : keysOfBodies;
  return Object.fromEntries([
    ...Object.entries(body),
    [names[Math.floor(random() * names.length)], fuzzed(random, 2)],
  ]);
}
async function fuzz(service) {
  const count = scaled(1_000_000, 1_000);
  const random = randomNumbers(seed);
  const document = JSON.parse(
    (await ask(service.port, { method: 'GET', path: '/openapi.json' })).text,
  );
  const paths = Object.entries(document.paths)
    .filter(
      ([path, operations]) =>
        'post' in operations && !path.endsWith('reload') && !path.endsWith('thresholds'),
    )
    .map(([path]) => path.replaceAll(/\{\w+\}/g, 'tiny'));
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const statuses = {};
  const failed = [];
  let sent = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (sent < count) {
        sent += 1;
        const path = paths[Math.floor(random() * paths.length)];
        const body = JSON.stringify(random() < 0.5 ? nearlySound(random) : objectOf(random, 0));
        const { status, error } = await ask(service.port, { path, body, agent });
        statuses[status ?? error] = (statuses[status ?? error] ?? 0) + 1;
        if (error !== undefined || (status >= 500 && status !== 503))
          failed.push(`${path} ${body}`);
      }
    }),
  );
  agent.destroy();
  const facts = await service.ask('facts');
  if (failed.length > 0)
    console.log(`     e.g. ${failed[0].slice(0, 500)}\n     ${facts.lastFailure.slice(0, 800)}`);
  return {
    passed: failed.length === 0 && facts.polluted.length === 0,
    line: `${count} fuzzed bodies to ${paths.length} routes: ${JSON.stringify(statuses)}; ${failed.length} server errors; Object.prototype has ${facts.polluted.length} new members`,
  };
}

async function kills(service) {
  const first = await service.ask('facts');
  const wanted = scaled(100, 3);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  // Texts and scores; what tells this request from another is left out.
  const scoresOf = (text) =>
    text.match(/"score":[0-9.e-]+/g)?.map((part) => Number(part.slice(8))) ?? [];
  const expected = scoresOf((await ask(service.port, { body: one })).text);
  let wrong = expected.length === 0 ? 1 : 0;
  const statuses = {};
  let answered = 0;
  let isOver = false;
  let slowest = 0;
  const load = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const {
        status,
        error,
        text = '',
        milliseconds,
      } = await ask(service.port, { body: one, agent });
      statuses[status ?? error] = (statuses[status ?? error] ?? 0) + 1;
      const found = scoresOf(text);
      if (status === 200 && expected.some((score, at) => !(Math.abs(score - found[at]) < 1e-5)))
        wrong += 1;
      slowest = Math.max(slowest, milliseconds);
      answered += 1;
    }
  });
  let killed = 0;
  while (killed < wanted) {
    await wait(60);
    if ((await service.ask('kill')).killed) killed += 1;
    // A batch that two workers die of is given up: each death has time for what it interrupted.
    const before = answered;
    while (answered < before + 8) await wait(5);
  }
  isOver = true;
  await Promise.all(load);
  agent.destroy();
  const facts = await service.ask('facts');
  const others = Object.keys(statuses).filter((status) => status !== '200');
  return {
    passed: wrong === 0 && others.length === 0 && facts.gone === first.gone,
    line: `${killed} workers killed under ${answered} requests: ${JSON.stringify(statuses)}, ${wrong} with wrong scores; the slowest ${ms(slowest)}`,
  };
}

/** Welch's t between two samples, the slowest hundredth of both left out: those are other programs. */
function welch(left, right) {
  const limit = percentile([...left, ...right], 0.99);
  const moments = (list) => {
    const kept = list.filter((value) => value <= limit);
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
    const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1);
    return { mean, error: variance / kept.length };
  };
  const [a, b] = [moments(left), moments(right)];
  return (a.mean - b.mean) / Math.sqrt(a.error + b.error);
}

async function keys() {
  const { ApiKeys } = await import('../dist/server/operations/access/api-keys.js');
  const { newApiKey, parseKeyLines } = await import(
    '../dist/server/operations/access/key-lines.js'
  );
  const made = Array.from({ length: 100 }, (_, index) => newApiKey(`client${index}`));
  const known = new ApiKeys(parseKeyLines(made.map(({ line }) => line).join('\n'), 'keys'));
  const attempt = (key) => {
    const begun = process.hrtime.bigint();
    try {
      known.enter(key);
    } catch {
      // Refused, as it should be.
    }
    return Number(process.hrtime.bigint() - begun);
  };
  const random = randomNumbers(seed);
  const close = `${made[0].key.slice(0, -1)}!`;
  const far = `pt_${'z'.repeat(made[0].key.length - 4)}!`;
  const pairs = {
    'all but the last letter right': [close, far],
    'first key of the file and last': [made[0].key, made[99].key],
  };
  const found = Object.entries(pairs).map(([name, pair]) => {
    const times = [[], []];
    for (let warm = 0; warm < 5_000; warm++) attempt(pair[warm % 2]);
    const count = scaled(200_000, 4_000);
    for (let time = 0; time < count; time++) {
      const which = random() < 0.5 ? 0 : 1;
      times[which].push(attempt(pair[which]));
    }
    return { name, t: welch(...times), median: percentile(times[0], 0.5) };
  });
  return {
    // A shrunk run only shows that it runs.
    passed: scale < 1 || found.every(({ t }) => Math.abs(t) < 4.5),
    line: `100 keys: ${found.map(({ name, t, median }) => `${name}: t = ${t.toFixed(2)}, ${(median / 1000).toFixed(1)} µs`).join('; ')}`,
  };
}

async function underLoad(service, times, command) {
  const first = await service.ask('facts');
  const statuses = {};
  let isOver = false;
  const load = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const { status, error } = await ask(service.port, { body: one, agent: new Agent() });
      statuses[status ?? error] = (statuses[status ?? error] ?? 0) + 1;
      if (error !== undefined) await wait(10);
    }
  });
  const outcomes = [];
  for (let time = 0; time < times; time++) {
    outcomes.push(await service.ask(command));
    await wait(30);
  }
  isOver = true;
  await Promise.all(load);
  const facts = await service.ask('facts');
  const since = (name) => facts[name] - first[name];
  return {
    statuses,
    outcomes,
    rss: facts.rss,
    finished: since('finished'),
    gone: since('gone'),
    serverErrors: since('serverErrors'),
  };
}

async function reloads(service) {
  const times = scaled(100, 3);
  const { statuses, outcomes, gone, rss } = await underLoad(service, times, 'reload');
  const failed = outcomes.filter(({ outcomes: each }) =>
    each.some((error) => error !== 'undefined'),
  ).length;
  const isClean = Object.keys(statuses).every((status) => status === '200');
  return {
    passed: isClean && failed === 0 && gone === 0,
    line: `${times} reloads under load: ${JSON.stringify(statuses)}; ${failed} failed; memory ${mebibytes(rss)}`,
  };
}

async function restarts(service) {
  const times = scaled(100, 2);
  const { statuses, finished, gone, serverErrors } = await underLoad(service, times, 'restart');
  // What was never accepted was never admitted; what was is finished, and its client still there.
  const allowed = ['200', '503', 'ECONNREFUSED', 'ECONNRESET'];
  const isClean = Object.keys(statuses).every((status) => allowed.includes(status));
  return {
    passed: isClean && gone === 0 && serverErrors === 0,
    line: `${times} restarts under load: ${JSON.stringify(statuses)}; ${finished} admitted, ${gone} of them lost`,
  };
}

async function main() {
  const checks = {
    overload,
    slow,
    bodies,
    deep,
    names,
    types,
    fuzz,
    kills,
    keys,
    reloads,
    restarts,
  };
  console.log(`seed ${seed}, scale ${values.scale}`);
  const folder = mkdtempSync(join(tmpdir(), 'polytag-robustness-'));
  const quick = { headersMilliseconds: 1_000, requestMilliseconds: 2_000, checkMilliseconds: 100 };
  let service;
  try {
    for (const name of values.only.split(',')) {
      const begun = performance.now();
      // At full size each check has a service of its own, so that its memory is its own as well.
      if (scale >= 1 && name !== 'keys') await service?.end();
      if (scale >= 1 || service === undefined)
        service = await start(folder, scale < 1 ? quick : {});
      const { passed, line } = await checks[name](service);
      const crashed = service?.crashed() === true;
      const isGood = passed && !crashed;
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      console.log(
        `${isGood ? 'ok  ' : 'FAIL'} ${name}: ${line}; ${crashed ? 'CRASHED' : '0 crashes'}; ${seconds} s`,
      );
      if (!isGood) process.exitCode = 1;
    }
    await service?.end();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await (values.serve === undefined ? main() : serve(values.serve));
