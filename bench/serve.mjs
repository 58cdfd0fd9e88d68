// The classifier service: how soon it is ready, what of the offline rate its clients get, how long one of them waits
// when nobody else is there; transformers.js behind plain node:http beside it.
//   node bench/serve.mjs MODEL [texts]      MODEL: a folder that polytag train wrote, not a compact one
// The load runs in a process of its own, as clients do; it takes its share of the cores all the same.
import { fork, spawn } from 'node:child_process';
import { Agent, createServer, request } from 'node:http';
import { createInterface } from 'node:readline';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFeeds, parseBertConfig, WordPieceTokenizer } from '../dist/bert/index.js';
import { MultiLabelClassifier } from '../dist/classifier/index.js';
import { readLabelledTable } from '../dist/data/index.js';
import { WorkerPool } from '../dist/runtime/index.js';
import { readJsonFile } from '../dist/weights/index.js';
import { measureInTurn, median, printTable } from './side-by-side.mjs';

const clients = 64;
const batch = 1000;
const idleRequests = 300;
const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

if (process.send !== undefined) await answerParent();
else await measure();

async function measure() {
  const [folder, count = '2000'] = process.argv.slice(2);
  if (folder === undefined) throw new Error('name a model folder');
  const table = await readLabelledTable('examples/toxic-comments/test.csv.gz');
  const texts = table.texts.slice(0, Number(count));
  const load = fork(fileURLToPath(import.meta.url));
  const server = await startService(folder);
  const peer = await startPeer(folder);
  await measureIdle(folder, texts, server, load);
  await measureRates(folder, texts, server, peer, load);
  load.disconnect();
  peer.close();
  await server.stop();
  await measureStart(folder);
}

async function measureStart(folder) {
  const run = async () => {
    const server = await startService(folder);
    await server.stop();
    return server.seconds;
  };
  const rows = await measureInTurn([{ name: 'polytag serve', run }], 5);
  printTable('Ready to serve, from the command on', rows, 1, 'start');
}

async function measureRates(folder, texts, server, peer, load) {
  const ask = (kind, origin) => async () => (await askLoad(load, { kind, origin, texts })).seconds;
  const offline = async () => {
    const classifier = await MultiLabelClassifier.load(folder);
    const start = performance.now();
    await classifier.predictMatrix(texts);
    const seconds = (performance.now() - start) / 1000;
    await classifier.close();
    return seconds;
  };
  const rows = await measureInTurn(
    [
      { name: 'offline: predict', run: offline },
      { name: `served, ${clients} clients, a text each`, run: ask('singles', server.origin) },
      { name: `served, batches of ${batch}`, run: ask('batches', server.origin) },
      { name: 'transformers.js behind node:http, 64 clients', run: ask('peer', peer.origin) },
    ],
    3,
  );
  printTable(`${texts.length} comments`, rows, texts.length, 'text');
}

/** One text of about twenty words, again and again, on an idle server; beside the session alone. */
async function measureIdle(folder, texts, server, load) {
  const text = texts.find((one) => one.trim().split(/\s+/).length === 20) ?? texts[0];
  const tokenizer = await WordPieceTokenizer.load(folder);
  const configFile = join(folder, 'config.json');
  const config = parseBertConfig(await readJsonFile(configFile), configFile);
  const pool = await WorkerPool.open(join(folder, 'onnx/model.onnx'), { workers: 1 });
  const settings = { config, paddingId: tokenizer.paddingId, maskSpecialTokens: false };
  const bare = [];
  const served = [];
  // In turns, so that whatever else the machine does meets both alike.
  for (let round = 0; round < 6; round++) {
    for (let at = 0; at < idleRequests / 6; at++) {
      const start = performance.now();
      await pool.run(makeFeeds([tokenizer.encode(text)], settings));
      bare.push(performance.now() - start);
    }
    const answer = await askLoad(load, {
      kind: 'idle',
      origin: server.origin,
      texts: [text],
      count: idleRequests / 6,
    });
    served.push(...answer.milliseconds);
  }
  await pool.close();
  console.log('\nOne text of 20 words, nobody else there (milliseconds)');
  for (const [name, values] of [
    ['session alone, in its thread', bare],
    ['served', served],
  ]) {
    console.log(
      `${name.padEnd(32)} median ${median(values).toFixed(2)}  p99 ${quantile(values, 0.99).toFixed(2)}`,
    );
  }
  console.log(
    `ratio                            median ${(median(served) / median(bare)).toFixed(2)}  p99 ${(quantile(served, 0.99) / quantile(bare, 0.99)).toFixed(2)}`,
  );
}

function quantile(values, share) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

async function startService(folder) {
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [program, 'serve', folder, '--port', '0', '--log-level', 'off'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  process.once('exit', () => child.kill());
  const { value: line } = await createInterface({ input: child.stdout })
    [Symbol.asyncIterator]()
    .next();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    origin: JSON.parse(line).origin,
    seconds: (performance.now() - start) / 1000,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** transformers.js on the same ONNX file, one text a run, as its pipelines are served. */
async function startPeer(folder) {
  const { pipeline, env } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  const path = resolve(folder);
  env.localModelPath = dirname(path);
  const classify = await pipeline('text-classification', basename(path), { dtype: 'fp32' });
  let before = Promise.resolve();
  const server = createServer((incoming, outgoing) => {
    const pieces = [];
    incoming.on('data', (piece) => pieces.push(piece));
    incoming.on('end', () => {
      const { text } = JSON.parse(Buffer.concat(pieces).toString());
      // A session takes one run at a time.
      before = before.then(async () => {
        const scores = await classify(text, { top_k: null });
        outgoing.setHeader('content-type', 'application/json');
        outgoing.end(JSON.stringify(scores));
      });
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

function askLoad(load, question) {
  return new Promise((resolve) => {
    load.once('message', resolve);
    load.send(question);
  });
}

/** The process of the clients. */
async function answerParent() {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  process.on('message', async ({ kind, origin, texts, count }) => {
    const start = performance.now();
    const milliseconds = [];
    if (kind === 'idle') {
      for (let at = 0; at < count; at++) {
        const began = performance.now();
        await post(agent, `${origin}/v1/score`, { text: texts[0] });
        milliseconds.push(performance.now() - began);
      }
    } else if (kind === 'batches') {
      for (let at = 0; at < texts.length; at += batch) {
        await post(agent, `${origin}/v1/score`, { texts: texts.slice(at, at + batch) });
      }
    } else {
      const path = kind === 'peer' ? '/' : '/v1/score';
      let next = 0;
      const client = async () => {
        while (next < texts.length) await post(agent, origin + path, { text: texts[next++] });
      };
      await Promise.all(Array.from({ length: clients }, client));
    }
    process.send({ seconds: (performance.now() - start) / 1000, milliseconds });
  });
}

function post(agent, url, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`status ${answer.statusCode}`));
        answer.resume();
        answer.once('end', resolve);
      },
    );
    sent.once('error', reject);
    sent.end(JSON.stringify(body));
  });
}
