// Seconds of a fine-tuning step (forward, gradients, clipping, AdamW): polytag beside PyTorch, where Python has it.
//   node bench/tuning-step.mjs [FOLDER rows tokens lowest-layer] ...    default: the bundled encoder in three settings
import { parseBertConfig, readEncoderWeights, resolveFeatures } from '../dist/bert/index.js';
import { probeMachine } from '../dist/runtime/index.js';
import { initializeHead } from '../dist/training/head-initialization.js';
import { defaultFeatures } from '../dist/training/index.js';
import { chooseParameters } from '../dist/training/tuning/tuning-parameters.js';
import { TuningSession } from '../dist/training/tuning/tuning-session.js';
import { defaultTuningSettings } from '../dist/training/tuning/tuning-settings.js';
import { openModelFolder, resolveReference } from '../dist/weights/index.js';
import { measureInTurn, printTable, runPeer, timed } from './side-by-side.mjs';

const labels = 6;
const threads = probeMachine().defaultWorkers;
const words = process.argv.slice(2);
const cases =
  words.length === 0
    ? [
        ['all-MiniLM-L6-v2', 32, 50, 0],
        ['all-MiniLM-L6-v2', 32, 128, 0],
        ['all-MiniLM-L6-v2', 32, 128, 3],
      ]
    : [[words[0], ...words.slice(1, 4).map(Number)]];

for (const [reference, rows, tokens, start] of cases) {
  const folder = await resolveReference(reference);
  const { session, config } = await openSession(folder, rows, tokens, start);
  let step = 0;
  const microBatches = [
    { rows: Int32Array.from({ length: rows }, (_, row) => row), length: tokens },
  ];
  const take = () => session.takeStep({ step: (step += 1), rate: 1, microBatches });
  const peer = (type) => () =>
    runPeer('tuning_step.py', [folder, rows, tokens, start, threads, type]);
  const measured = await measureInTurn(
    [
      { name: 'polytag, float32', run: timed(take) },
      { name: 'PyTorch, float32', run: peer('float32') },
      { name: 'PyTorch, bfloat16', run: peer('bfloat16') },
    ],
    5,
  );
  const what = start === 0 ? 'all layers' : `layers ${start + 1} to ${config.layers}`;
  printTable(`A step of ${rows} x ${tokens} tokens, ${what} of ${reference}`, measured, 1, 'steps');
  await session.close();
}

async function openSession(folder, rows, tokens, start) {
  const model = await openModelFolder(folder);
  const config = parseBertConfig(model.config, model.configFile);
  const features = resolveFeatures(config, defaultFeatures);
  const weights = await readEncoderWeights(model.tensors, features, folder);
  await model.close();
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
