// Seconds and peak memory of a fine-tuning step (forward, gradients, clipping, AdamW): polytag beside PyTorch, where Python has it.
//   node bench/tuning-step.mjs [FOLDER rows tokens lowest-layer [layers hidden]] ...
// default: the bundled encoder in four settings, and one of BERT-base's size; with layers and hidden size, weights of that
// size are made up.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseBertConfig, readEncoderWeights, resolveFeatures } from '../dist/bert/index.js';
import { probeMachine } from '../dist/runtime/index.js';
import { initializeHead } from '../dist/training/head-initialization.js';
import { defaultFeatures } from '../dist/training/index.js';
import { chooseParameters } from '../dist/training/tuning/tuning-parameters.js';
import { TuningSession } from '../dist/training/tuning/tuning-session.js';
import { defaultTuningSettings } from '../dist/training/tuning/tuning-settings.js';
import { openModelFolder, resolveReference } from '../dist/weights/index.js';
import { measureInTurn, printTable, runPeerForText, timed } from './side-by-side.mjs';

const labels = 6;
const threads = probeMachine().defaultWorkers;
const words = process.argv.slice(2);
const bundled = 'all-MiniLM-L6-v2';

if (words.length === 0) {
  const cases = [
    [bundled, 32, 50, 0],
    [bundled, 32, 128, 0],
    [bundled, 32, 64, 3],
    [bundled, 32, 128, 3],
    [bundled, 16, 128, 0, 12, 768],
  ];
  // A process each, for the peak of its memory.
  for (const numbers of cases) {
    const script = fileURLToPath(import.meta.url);
    spawnSync(process.execPath, [script, ...numbers.map(String)], { stdio: 'inherit' });
  }
} else {
  await measureCase(words[0], ...words.slice(1).map(Number));
}

async function measureCase(reference, rows, tokens, start, layers, hidden) {
  const folder = await resolveReference(reference);
  const { session, config } = await openSession(folder, rows, tokens, start, { layers, hidden });
  let step = 0;
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  const microBatches = [{ rows: all, pieces: all, length: tokens }];
  const take = () => session.takeStep({ step: (step += 1), rate: 1, microBatches });
  const megabytes = {};
  const peer = (name, type, first) => ({
    name,
    run: () => {
      const size = [config.layers, config.hiddenSize];
      const answer = runPeerForText('tuning_step.py', [
        folder,
        rows,
        tokens,
        first,
        threads,
        type,
        ...size,
      ]);
      if (answer === undefined) return undefined;
      const [seconds, peak] = answer.split(' ').map(Number);
      megabytes[name] = peak;
      return seconds;
    },
  });
  const measured = await measureInTurn(
    [
      { name: 'polytag, float32', run: timed(take) },
      peer('PyTorch, float32', 'float32', start),
      ...(start > 0 ? [peer('PyTorch, float32, all layers', 'float32', 0)] : []),
      peer('PyTorch, bfloat16', 'bfloat16', start),
    ],
    5,
  );
  megabytes['polytag, float32'] = process.resourceUsage().maxRSS / 1024;
  const what = start === 0 ? 'all layers' : `layers ${start + 1} to ${config.layers}`;
  const which = layers === undefined ? reference : `${layers} layers of ${hidden}`;
  printTable(`A step of ${rows} x ${tokens} tokens, ${what} of ${which}`, measured, 1, 'steps');
  const peaks = measured.map(({ name }) => `${name} ${Math.round(megabytes[name])} MB`);
  console.log(`peak memory of the process: ${peaks.join('; ')}`);
  await session.close();
}

/** Weights of an encoder of another size, made up: those that are there, repeated. */
function resize(config, weights, { layers, hidden }) {
  const scale = hidden / config.hiddenSize;
  const resized = new Map();
  for (const [name, { type, shape, data }] of weights) {
    const layer = /^encoder\.layer\.(\d+)\./.exec(name)?.[1];
    const sizes = shape.map((size) => (size % config.hiddenSize === 0 ? size * scale : size));
    const count = sizes.reduce((product, size) => product * size, 1);
    for (let copy = 0; copy < (layer === undefined ? 1 : layers / config.layers); copy += 1) {
      const own = name.replace(/layer\.\d+/, `layer.${Number(layer) + copy * config.layers}`);
      const values = Float32Array.from(
        { length: count },
        (_, at) => data[at % data.length] / scale,
      );
      resized.set(own, { type, shape: sizes, data: values });
    }
  }
  const intermediateSize = config.intermediateSize * scale;
  const changed = { ...config, layers, hiddenSize: hidden, intermediateSize };
  return { config: changed, weights: resized };
}

async function openSession(folder, rows, tokens, start, size) {
  const model = await openModelFolder(folder);
  const read = parseBertConfig(model.config, model.configFile);
  const given = await readEncoderWeights(
    model.tensors,
    resolveFeatures(read, defaultFeatures),
    folder,
  );
  await model.close();
  const { config, weights } =
    size.layers === undefined ? { config: read, weights: given } : resize(read, given, size);
  const features = resolveFeatures(config, defaultFeatures);
  const mode = start === 0 ? { kind: 'full' } : { kind: 'top', layers: config.layers - start };
  const settings = { ...defaultTuningSettings(mode), tokenBudget: rows * tokens };
  const baseRates = new Array(labels).fill(0.1);
  const task = {
    config,
    features,
    weights,
    parameters: chooseParameters(weights, settings, { layers: config.layers, seed: 1 }),
    startLayer: start === 0 ? undefined : start,
    head: initializeHead(features.width, 128, baseRates, 1),
    headDropout: 0.5,
    standardization: undefined,
    loss: { kind: 'bce' },
    baseRates,
    settings,
    seed: 1,
  };
  const lengths = new Int32Array(rows).fill(tokens);
  const values = Int8Array.from({ length: rows * labels }, (_, cell) => (cell % 7 === 0 ? 1 : 0));
  const shape = [rows, tokens];
  const ids = (value) => ({
    type: 'int64',
    shape,
    data: new BigInt64Array(rows * tokens).fill(value),
  });
  const states = { type: 'float16', shape: [...shape, config.hiddenSize] };
  states.data = Uint16Array.from(
    { length: rows * tokens * config.hiddenSize },
    (_, at) => 0x3000 + (at % 999),
  );
  const feeds =
    start === 0
      ? { input_ids: ids(2003n), attention_mask: ids(1n), token_type_ids: ids(0n) }
      : { states, attention_mask: ids(1n) };
  const data = {
    train: new Int32Array(0),
    lengths,
    positions: config.positions,
    labels: { rows, columns: labels, values },
    inputs: { read: () => Promise.resolve(feeds) },
  };
  return { session: await TuningSession.open(task, data, { gathers: false, threads }), config };
}
