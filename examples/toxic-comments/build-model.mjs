// Makes models/toxic-comments, the classifier that comes with polytag: trains it on train.csv.gz, measures it on test.csv.gz, and
// saves it in its compact form with a card that says what was measured.
//   npm run build
//   node examples/toxic-comments/build-model.mjs [FOLDER]        default: models/toxic-comments; the work lies in FOLDER.work
// Interrupted, it goes on where it stopped when it is called again.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MultiLabelClassifier } from '../../dist/index.js';
import { readLabelledTable } from '../../dist/data/index.js';
import { writeNotes } from './model-notes.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = process.argv[2] ?? join(here, '..', '..', 'models', 'toxic-comments');
const whole = `${folder}.work`;

/** Settings: see docs/fine-tuning.md for what was tried. */
const settings = {
  table: join(here, 'train.csv.gz'),
  encoder: 'all-MiniLM-L6-v2',
  maxLength: 192,
  truncation: 'head+tail',
  tuning: {
    mode: { kind: 'full' },
    epochs: 2,
    learningRate: 1e-4,
    layerDecay: 0.85,
    tokenBudget: 6144,
  },
  blend: true,
  head: { seed: 1 },
};

let shown = 0;
function showProgress({ phase, done, total }) {
  if (performance.now() - shown < 30_000) return;
  shown = performance.now();
  console.error(`${phase}: ${done} of ${total}`);
}

async function train() {
  if (existsSync(whole)) return MultiLabelClassifier.load(whole);
  const resume = existsSync(`${whole}.training`);
  return MultiLabelClassifier.train({ ...settings, out: whole, resume, onProgress: showProgress });
}

async function evaluate(path, options) {
  const classifier = await MultiLabelClassifier.load(path, options);
  try {
    const { texts, labels } = await readLabelledTable(join(here, 'test.csv.gz'), {
      expectedLabels: classifier.labels,
    });
    const evaluation = await classifier.evaluate({ texts, labels });
    const scores = await classifier.predictMatrix(texts);
    return { ...evaluation, texts, truth: labels, scores, thresholds: classifier.thresholds };
  } finally {
    await classifier.close();
  }
}

const start = performance.now();
const classifier = await train();
const minutes = (performance.now() - start) / 60_000;
const draft = `${whole}.draft`;
await classifier.save(draft, { compact: true, overwrite: true });
console.error('measuring on the test rows: as trained, without the blend, in float16, in int8');
const measured = {
  trained: await evaluate(whole),
  alone: await evaluate(whole, { blend: false }),
  half: await evaluate(draft),
  rounded: await evaluate(draft, { precision: 'int8' }),
};
await classifier.save(folder, {
  compact: true,
  overwrite: true,
  notes: writeNotes(measured, classifier.info),
});
await classifier.close();
await rm(draft, { recursive: true });
console.error(
  `${folder} is made (training took ${minutes.toFixed(0)} minutes in this call); ${whole} can be removed`,
);
