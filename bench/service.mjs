// The encoder service: how soon it is ready, what of the offline rate its clients get, how long one of them waits.
//   node bench/service.mjs [texts]      sentence-transformers and PyTorch beside it where Python has them
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Encoder, makeFeeds } from '../dist/bert/index.js';
import { BertClient } from '../dist/client/index.js';
import { readLabelledTable } from '../dist/data/index.js';
import { writeBertBase } from './bert-base-checkpoint.mjs';
import { startServer } from './served.mjs';
import {
  measureInTurn,
  median,
  printTable,
  runPeer,
  runPeerForText,
  timed,
} from './side-by-side.mjs';

const count = Number(process.argv[2] ?? 1024);
const maxLength = 128;
const settings = { pooling: 'mean', layers: [-2], maxLength };
const folder = await mkdtemp(join(tmpdir(), 'polytag-bench-'));
const table = await readLabelledTable('examples/toxic-comments/test.csv.gz');
// One line each, as the peer reads them; never empty, which the client refuses.
const texts = table.texts
  .map((text) => text.replace(/\s+/g, ' ').trim())
  .filter((text) => text !== '')
  .slice(0, count);
await writeFile(join(folder, 'texts.txt'), texts.join('\n'));

await measureStart();
await measureRates();
await checkBertBase();
await rm(folder, { recursive: true });

/** Seconds from the command to the line that says ready. */
async function measureStart() {
  const bertBase = join(folder, 'bert-base');
  await writeBertBase(bertBase, { raw: true });
  const cache = { POLYTAG_CACHE: join(folder, 'cache') };
  const start = async (model) => {
    const server = await startServer(['-model_dir', model, '-max_seq_len', 50], cache);
    await server.stop();
    return server.seconds;
  };
  const fresh = await start(bertBase);
  const rows = await measureInTurn(
    [
      { name: 'all-MiniLM-L6-v2', run: () => start('all-MiniLM-L6-v2') },
      { name: 'BERT-base, TensorFlow checkpoint, started before', run: () => start(bertBase) },
    ],
    5,
  );
  rows.push({ name: 'BERT-base, TensorFlow checkpoint, for the first time', seconds: [fresh] });
  printTable('Ready to serve, from the command on', rows, 1, 'start');
}

/** Texts a second. */
async function measureRates() {
  const encoder = await Encoder.load('all-MiniLM-L6-v2', settings);
  const server = await startServer(['-model_dir', 'all-MiniLM-L6-v2', '-max_seq_len', maxLength]);
  const connect = () =>
    BertClient.connect({ port: server.port, portOut: server.port_out, checkLength: false });
  const clients = await Promise.all(Array.from({ length: 64 }, connect));
  const [first] = clients;
  const inBatches = async () => {
    for (let at = 0; at < texts.length; at += 256) await first.encode(texts.slice(at, at + 256));
  };
  const oneByOne = async () => {
    let next = 0;
    const work = clients.map(async (client) => {
      while (next < texts.length) await client.encode([texts[next++]]);
    });
    await Promise.all(work);
  };
  const rows = await measureInTurn(
    [
      { name: 'offline: Encoder.encode', run: timed(() => encoder.encode(texts)) },
      { name: 'one client, batches of 256', run: timed(inBatches) },
      { name: '64 clients, one text at a time', run: timed(oneByOne) },
      {
        name: 'sentence-transformers (PyTorch)',
        run: () =>
          runPeer('sentence_encode.py', [encoder.folder, join(folder, 'texts.txt'), maxLength]),
      },
    ],
    3,
  );
  printTable(`Encoding ${texts.length} comments, all-MiniLM-L6-v2`, rows, texts.length, 'texts');
  await measureLatency(encoder, first);
  for (const client of clients) client.close();
  await server.stop();
  await encoder.close();
}

/** One request of 20 words to an idle server, beside the bare session. */
async function measureLatency(encoder, client) {
  const words = texts
    .join(' ')
    .split(' ')
    .filter((word) => /^[a-z]+$/.test(word));
  const text = words.slice(0, 20).join(' ');
  const bare = await Encoder.load(encoder.folder, { ...settings, workers: 1 });
  // The session alone, as a program would run it that has its ids already: no tokenizer, no batcher, no socket.
  const pool = Reflect.get(bare, 'pool');
  const feeds = makeFeeds([bare.tokenize(text)], {
    config: bare.config,
    paddingId: bare.tokenizer.paddingId,
    maskSpecialTokens: false,
  });
  const rows = await measureInTurn(
    [
      { name: 'the session alone, one thread', run: timed(() => pool.run(feeds)) },
      { name: 'a client of the idle server', run: timed(() => client.encode([text])) },
    ],
    200,
  );
  const [alone, served] = rows.map(({ seconds }) => 1000 * median(seconds));
  console.log(
    `\nOne text of 20 words, median of 200: the session alone ${alone.toFixed(2)} ms, a client of the idle server ` +
      `${served.toFixed(2)} ms (${(served / alone).toFixed(2)} x)`,
  );
  await bare.close();
}

/** A checkpoint of full size against PyTorch. */
async function checkBertBase() {
  const bertBase = join(folder, 'bert-base');
  const server = await startServer(['-model_dir', bertBase, '-max_seq_len', 50]);
  const encoder = await Encoder.load(bertBase, { maxLength: 50 });
  const sample = texts.slice(0, 4);
  const client = await BertClient.connect({
    port: server.port,
    portOut: server.port_out,
    checkLength: false,
  });
  const { data, shape } = await client.encode(sample);
  const idsFile = join(folder, 'ids.json');
  await writeFile(idsFile, JSON.stringify(sample.map((text) => [...encoder.tokenize(text).ids])));
  const answer = runPeerForText('bert_base_check.py', [bertBase, idsFile]);
  if (answer !== undefined) {
    const expected = JSON.parse(answer).flat();
    const largest = expected.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - data[at])),
      0,
    );
    console.log(
      `\nBERT-base over the wire, ${shape.join(' x ')}: largest difference from PyTorch (float64) ${largest.toExponential(1)}`,
    );
  }
  client.close();
  await encoder.close();
  await server.stop();
}
