// The time of the linear baseline on the bundled training rows, and what it comes to on the test rows.
//   node bench/linear-baseline.mjs
import { readLabelledTable } from '../dist/data/index.js';
import { trainLinearBaseline } from '../dist/linear/index.js';
import { evaluate } from '../dist/metrics/index.js';
import { measureInTurn, printTable, timed } from './side-by-side.mjs';

const train = await readLabelledTable('examples/toxic-comments/train.csv.gz');
const test = await readLabelledTable('examples/toxic-comments/test.csv.gz');
let baseline;
const fit = (threads) => async () => {
  baseline = await trainLinearBaseline({
    texts: train.texts,
    labels: train.labels,
    seed: 1,
    threads,
  });
};
const measured = await measureInTurn(
  [
    { name: '2 threads', run: timed(fit(2)) },
    { name: '1 thread', run: timed(fit(1)) },
  ],
  3,
);
printTable(
  `The linear baseline on ${train.texts.length} comments`,
  measured,
  train.texts.length,
  'texts',
);
const scores = await baseline.score(test.texts);
const { macro } = await evaluate({
  labels: test.labels,
  scores,
  labelNames: test.labelNames,
  thresholds: test.labelNames.map(() => 0.5),
});
console.log(
  `on ${test.texts.length} test rows: macro ROC-AUC ${macro.rocAuc.value.toFixed(4)}, mean average precision ${macro.averagePrecision.value.toFixed(4)}`,
);
