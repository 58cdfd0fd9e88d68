// Texts a second to mean-pooled vectors: polytag beside transformers.js (fp32, the same model, the same texts) and
// sentence-transformers where Python has it.
//   node bench/encode.mjs [texts]
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { env, pipeline } from '@huggingface/transformers';
import {
  buildEncoder,
  declareInputs,
  Encoder,
  initializersOf,
  parseBertConfig,
  readEncoderWeights,
  resolveFeatures,
} from '../dist/bert/index.js';
import { readLabelledTable } from '../dist/data/index.js';
import { GraphBuilder, writeModel } from '../dist/graph/index.js';
import { openModelFolder, resolveReference } from '../dist/weights/index.js';
import { measureInTurn, printTable, runPeer, timed } from './side-by-side.mjs';

const count = Number(process.argv[2] ?? 1000);
const maxLength = 128;
const batch = 32;
const folder = await mkdtemp(join(tmpdir(), 'polytag-bench-'));

const table = await readLabelledTable('examples/toxic-comments/test.csv.gz');
const texts = table.texts.slice(0, count).map((text) => text.replace(/\s+/g, ' '));
await writeFile(join(folder, 'texts.txt'), texts.join('\n'));
const modelFolder = await writePeerModel(join(folder, 'model'));

const encoder = await Encoder.load('all-MiniLM-L6-v2', {
  pooling: 'mean',
  layers: [-1],
  maxLength,
});
env.allowRemoteModels = false;
env.localModelPath = dirname(modelFolder);
const extractor = await pipeline('feature-extraction', basename(modelFolder), { dtype: 'fp32' });

async function extractInBatches(inOrder) {
  for (let at = 0; at < inOrder.length; at += batch) {
    await extractor(inOrder.slice(at, at + batch), { pooling: 'mean' });
  }
}

await checkAgreement();
const byLength = [...texts].sort((left, right) => left.length - right.length);
const measured = await measureInTurn(
  [
    { name: 'polytag', run: timed(() => encoder.encode(texts)) },
    { name: `transformers.js, batches of ${batch}`, run: timed(() => extractInBatches(texts)) },
    { name: 'transformers.js, sorted by hand', run: timed(() => extractInBatches(byLength)) },
    {
      name: 'sentence-transformers (PyTorch)',
      run: () =>
        runPeer('sentence_encode.py', [modelFolder, join(folder, 'texts.txt'), String(maxLength)]),
    },
  ],
  3,
);
printTable(
  `Encoding ${texts.length} comments, all-MiniLM-L6-v2, fp32, at most ${maxLength} tokens`,
  measured,
  texts.length,
  'texts',
);
await encoder.close();
await rm(folder, { recursive: true });

/** What transformers.js opens: the model's folder with an ONNX file whose output is the last layer. */
async function writePeerModel(target) {
  const source = await resolveReference('all-MiniLM-L6-v2');
  await cp(source, target, { recursive: true });
  // What transformers.js cuts texts to.
  const settingsFile = join(target, 'tokenizer_config.json');
  const settings = JSON.parse(await readFile(settingsFile, 'utf8'));
  await writeFile(settingsFile, JSON.stringify({ ...settings, model_max_length: maxLength }));
  await mkdir(join(target, 'onnx'));
  const model = await openModelFolder(source);
  const config = parseBertConfig(model.config, model.configFile);
  const features = resolveFeatures(config, [{ pooling: 'none', layers: [-1] }]);
  const weights = await readEncoderWeights(model.tensors, features, source);
  const graph = new GraphBuilder();
  const parts = { config, ...declareInputs(graph, config), weight: initializersOf(graph, weights) };
  graph.output('last_hidden_state', buildEncoder(parts, config.layers).get(config.layers));
  await writeModel(graph, join(target, 'onnx', 'model.onnx'));
  await model.close();
  return target;
}

/** The race is only fair among runners on the same course: vectors must agree. */
async function checkAgreement() {
  const sample = texts.filter((text) => text.length < 300).slice(0, 8);
  const ours = await encoder.encode(sample);
  const theirs = await extractor(sample, { pooling: 'mean' });
  const difference = ours.data.reduce(
    (most, value, at) => Math.max(most, Math.abs(value - theirs.data[at])),
    0,
  );
  if (!(difference < 1e-4)) throw new Error(`vectors differ by ${difference}`);
  console.log(
    `largest difference of a vector from transformers.js: ${difference.toExponential(1)}`,
  );
}
