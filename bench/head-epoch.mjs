// One epoch of a dense head: ours, an ONNX graph in a worker thread, beside PyTorch where Python has it.
//   node bench/head-epoch.mjs [rows]
import { initializeHead } from '../dist/training/head-initialization.js';
import { HeadSessions } from '../dist/training/head-sessions.js';
import { defaultHeadSettings } from '../dist/training/settings.js';
import { measureInTurn, printTable, runPeer, timed } from './side-by-side.mjs';

const rows = Number(process.argv[2] ?? 127_656);
const width = 768;
const labels = 6;
const batch = 128;

const features = new Float32Array(new SharedArrayBuffer(rows * width * 4));
for (let at = 0; at < features.length; at++) features[at] = Math.random() * 2 - 1;
const values = Int8Array.from({ length: rows * labels }, () => Number(Math.random() < 0.1));
const baseRates = Array.from({ length: labels }, () => 0.1);
const settings = {
  ...defaultHeadSettings,
  loss: { kind: 'bce' },
  weightDecay: 0,
  batchSize: batch,
};
const plans = Array.from({ length: Math.ceil(rows / batch) }, (_, step) => ({
  rows: Int32Array.from({ length: Math.min(batch, rows - step * batch) }, () =>
    Math.floor(Math.random() * rows),
  ),
  learningRate: 1e-3,
  step: step + 1,
}));

async function openHead(threads) {
  const initial = initializeHead(width, settings.hiddenUnits, baseRates, 1);
  const data = { features, width, labels: { rows, columns: labels, values } };
  return HeadSessions.open(data, initial, settings, baseRates, threads);
}

const heads = [await openHead(2), await openHead(1)];
const measured = await measureInTurn(
  [
    { name: 'polytag, 2 threads', run: timed(() => heads[0].takeSteps(plans)) },
    { name: 'polytag, 1 thread', run: timed(() => heads[1].takeSteps(plans)) },
    { name: 'PyTorch', run: () => runPeer('head_epoch.py', [rows, width, batch].map(String)) },
  ],
  3,
);
await Promise.all(heads.map((head) => head.close()));
printTable(
  `One epoch of a dense head, ${rows} x ${width} -> 128 -> ${labels}, batches of ${batch}`,
  measured,
  rows,
  'rows',
);
