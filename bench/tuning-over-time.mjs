// What fine-tuning reaches after how long: polytag beside PyTorch (bfloat16), both head first and then the upper layers on kept states.
//   node bench/tuning-over-time.mjs [TABLE] [PLOT.svg]     default: the bundled training table, tuning-over-time.svg
// A tenth of the rows is kept apart: neither side learns from them or chooses by them, both are judged on them. Time runs from texts in
// memory to weights in memory; measuring does not count. The peer's recipe is the best that was found for it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { macroAveragePrecision, macroRocAuc } from '../dist/metrics/index.js';
import { probeMachine } from '../dist/runtime/index.js';
import { encodeTable } from '../dist/training/encoded-table.js';
import { trainHead } from '../dist/training/head-trainer.js';
import { defaultFeatures, defaultHeadSettings } from '../dist/training/index.js';
import { measureStandardization, standardizeRows } from '../dist/training/standardization.js';
import { readSplitTable } from '../dist/training/table-split.js';
import { gatherLabels } from '../dist/training/training-labels.js';
import { defaultTuningSettings } from '../dist/training/tuning/tuning-settings.js';
import { tuneTable } from '../dist/training/tuning/tuning-run.js';
import { resolveReference } from '../dist/weights/index.js';
import { drawCurves } from './curves.mjs';
import { runPeerForText } from './side-by-side.mjs';

const [path = 'examples/toxic-comments/train.csv.gz', plot = 'tuning-over-time.svg'] =
  process.argv.slice(2);
const encoder = 'all-MiniLM-L6-v2';
const maxLength = 128;
const layers = 3;
const peerRecipe = { epochs: 1.5, encoderRate: 4e-5, headRate: 3e-4 };
const ourSettings = {
  ...defaultTuningSettings({ kind: 'top', layers }),
  epochs: 1.2,
  validationsPerEpoch: 10,
  patience: 1000,
};
const threads = probeMachine().defaultWorkers;
const work = mkdtempSync(join(tmpdir(), 'polytag-bench-'));

const table = await readSplitTable({ table: path, validation: 0.1 }, 1);
const { texts, labels } = table;
const held = table.validation;
const heldLabels = gatherLabels(labels, held);
// The head stops by some rows of its own, which do not learn: the peer learns from them.
const chooses = table.train.filter((_, at) => at % 20 === 0);
const learns = table.train.filter((_, at) => at % 20 !== 0);

function measure(values, seconds) {
  const scores = { rows: held.length, columns: labels.columns, values };
  return {
    seconds,
    rocAuc: macroRocAuc(heldLabels, scores).value,
    averagePrecision: macroAveragePrecision(heldLabels, scores).value,
  };
}

/** Seconds of work: told when it rests. */
class Stopwatch {
  #spent = 0;
  #since = performance.now();
  get seconds() {
    return (this.#spent + performance.now() - this.#since) / 1000;
  }
  /** Takes the milliseconds of a rest off. */
  takeOff(milliseconds) {
    this.#spent -= milliseconds;
  }
}

async function runOurs() {
  const watch = new Stopwatch();
  const request = { table: path, encoder, maxLength, cache: false, workFolder: work };
  const encoded = await encodeTable(request, texts, {
    layer: layers,
    dataSha256: table.dataSha256,
  });
  const { features, width, made } = encoded;
  const encodingSeconds = watch.seconds;
  const standardization = measureStandardization(features, width, learns);
  standardizeRows(features, standardization);
  const split = { features, width, labels, train: learns, validation: chooses, held };
  const head = await trainHead(split, defaultHeadSettings, { threads });
  const points = [measure(head.heldLogits, watch.seconds)];
  const steps = await timeSteps(watch, made, { head, standardization });
  console.error(
    `polytag: encoding ${encodingSeconds.toFixed(0)} s, head ${(points[0].seconds - encodingSeconds).toFixed(0)} s`,
  );
  return [...points, ...steps];
}

/** Fine-tunes, the held rows standing where validation rows do: nothing is chosen by them, for only measurements are looked at. */
async function timeSteps(watch, { encoder: { folder, contentKey } }, { head, standardization }) {
  const points = [];
  let lastStep = -1;
  let lastTold = performance.now();
  const onProgress = ({ phase, done }) => {
    if (phase !== 'tuning') return;
    const now = performance.now();
    // Told of twice, a step was measured in between.
    if (done === lastStep) watch.takeOff(now - lastTold);
    lastTold = now;
    if (done === lastStep || done === 0) points.push({ step: done, seconds: watch.seconds });
    lastStep = done;
  };
  const tuned = await tuneTable({
    ...{ folder, features: defaultFeatures, maxLength, truncation: 'head', texts, labels },
    ...{
      train: learns,
      validation: held,
      held: new Int32Array(0),
      head: head.layers,
      trainLogits: head.trainLogits,
    },
    ...{
      headSettings: { ...defaultHeadSettings, metric: 'macro-average-precision' },
      standardization,
      settings: ourSettings,
    },
    ...{
      fingerprint: { data: table.dataSha256, encoder: contentKey },
      workFolder: work,
      statesFolder: work,
    },
    ...{ resume: false, threads, onProgress },
  });
  return tuned.history.slice(1).map(({ step, validationRocAuc, validationFigure }) => ({
    seconds: points.find((point) => point.step === step).seconds,
    rocAuc: validationRocAuc,
    averagePrecision: validationFigure,
  }));
}

async function runPeer() {
  const json = join(work, 'table.json');
  const rows = Array.from({ length: labels.rows }, (_, row) => [
    ...labels.values.subarray(row * labels.columns, (row + 1) * labels.columns),
  ]);
  const train = [...learns, ...chooses];
  writeFileSync(json, JSON.stringify({ texts, labels: rows, train, held: [...held] }));
  const { epochs, encoderRate, headRate } = peerRecipe;
  const folder = await resolveReference(encoder);
  const text = runPeerForText('tuning_over_time.py', [
    ...[folder, json, threads, epochs, layers, encoderRate, headRate, maxLength, 15, work],
  ]);
  if (text === undefined) return undefined;
  return JSON.parse(text).map(({ seconds, file }) => {
    const bytes = readFileSync(file);
    return measure(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), seconds);
  });
}

function print(name, points) {
  for (const { seconds, rocAuc, averagePrecision } of points) {
    console.log(
      `${name.padEnd(10)} ${seconds.toFixed(0).padStart(6)} s   AUC ${rocAuc.toFixed(4)}   AP ${averagePrecision.toFixed(4)}`,
    );
  }
}

try {
  const ours = await runOurs();
  print('polytag', ours);
  const theirs = await runPeer();
  if (theirs !== undefined) {
    print('PyTorch', theirs);
    const goal = theirs.at(-1);
    const reached = ours.find(({ rocAuc }) => rocAuc >= goal.rocAuc);
    const share = reached === undefined ? undefined : reached.seconds / goal.seconds;
    console.log(
      share === undefined
        ? `polytag does not reach PyTorch's last AUC, ${goal.rocAuc.toFixed(4)}`
        : `polytag reaches PyTorch's last AUC, ${goal.rocAuc.toFixed(4)}, in ${share.toFixed(2)} of its time`,
    );
  }
  writeFileSync(plot, drawCurves({ polytag: ours, 'PyTorch bfloat16': theirs ?? [] }));
  console.log(`the curves are in ${plot}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
