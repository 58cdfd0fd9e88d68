// Explanations: how far a score falls without the words that are said to weigh most, beside words at random, and what
// an explanation costs.
//   node bench/explanation.mjs [MODEL [TEXTS [TABLE]]]
import { existsSync } from 'node:fs';
import { readLabelledTable } from '../dist/data/index.js';
import { MultiLabelClassifier } from '../dist/index.js';
import { median } from './side-by-side.mjs';

const embedded = existsSync('models/toxic-comments') ? 'models/toxic-comments' : undefined;
const [model = embedded, count = '200', table = 'examples/toxic-comments/test.csv.gz'] =
  process.argv.slice(2);
if (model === undefined) throw new Error('give the folder of a trained model');

/** Words that are left out, from the heaviest on. */
const mostWords = 10;
const shown = [1, 2, 3, 5, 10];
const rankings = ['gradient', 'occlusion', 'random'];

const classifier = await MultiLabelClassifier.load(model);
const cases = await findCases();
const results = [];
const milliseconds = { gradient: [], occlusion: [] };
// The first gradient opens its workers.
for (const method of ['gradient', 'occlusion']) await explain(cases[0], method);
for (const one of cases) results.push(await measureCase(one));
await classifier.close();
print();

/** Texts whose highest score reaches its threshold, with enough words to leave out, as they come in the table. */
async function findCases() {
  const { texts } = await readLabelledTable(table);
  const { labels, thresholds } = classifier;
  const found = [];
  for (let start = 0; start < texts.length && found.length < Number(count); start += 1000) {
    const part = texts.slice(start, start + 1000);
    const rows = await classifier.predict(part);
    rows.forEach((scores, row) => {
      const predicted = labels.filter((label, at) => scores[label] >= thresholds[at]);
      const [label] = predicted.sort((left, right) => scores[right] - scores[left]);
      if (label === undefined || found.length === Number(count)) return;
      found.push({ text: part[row], label, threshold: thresholds[labels.indexOf(label)] });
    });
  }
  return found;
}

async function explain({ text, label }, method) {
  const start = performance.now();
  const explanation = await classifier.explain(text, {
    labels: [label],
    method,
    sentences: false,
  });
  return { explained: explanation.labels[0], milliseconds: performance.now() - start };
}

/** The score of the text, and its scores without the 1, 2, .. heaviest words by each ranking. */
async function measureCase(one) {
  const orders = {};
  let words = [];
  let score = 0;
  for (const method of ['gradient', 'occlusion']) {
    const { explained, milliseconds: taken } = await explain(one, method);
    milliseconds[method].push(taken);
    words = explained.tokens;
    score = explained.score;
    orders[method] = [...words].sort((left, right) => right.weight - left.weight);
  }
  orders.random = shuffle(words);
  const most = Math.min(mostWords, words.length);
  const texts = rankings.flatMap((name) =>
    Array.from({ length: most }, (_, at) => without(one.text, orders[name].slice(0, at + 1))),
  );
  const scores = (await classifier.predict(texts)).map((row) => row[one.label]);
  const curves = Object.fromEntries(
    rankings.map((name, at) => [name, scores.slice(at * most, (at + 1) * most)]),
  );
  return { score, threshold: one.threshold, words: words.length, curves };
}

function without(text, words) {
  const fromTheEnd = [...words].sort((left, right) => right.begin - left.begin);
  return fromTheEnd.reduce((rest, { begin, end }) => rest.slice(0, begin) + rest.slice(end), text);
}

function print() {
  const lengths = results.map(({ words }) => words);
  console.log(
    `${model}: ${results.length} texts predicted to carry a label, of ${median(lengths)} words (median), ${Math.max(...lengths)} at most; mean score ${mean(results.map(({ score }) => score)).toFixed(3)}\n`,
  );
  console.log(
    `How far the score falls without the k heaviest words: mean, with its standard error. Of shorter texts, without all.
"all k" is the mean over k = 1 to ${mostWords}. "decision" is the share of texts that are still predicted without ${shown[2]} words.\n`,
  );
  const header = ['', ...shown.map((k) => `k = ${k}`), 'all k', 'decision'];
  const rows = rankings.map((name) => {
    const falls = shown.map((k) => describe(results.map((one) => fall(one, name, k))));
    const all = results.map((one) => meanFall(one, name));
    const kept = results.map((one) =>
      one.score - fall(one, name, shown[2]) >= one.threshold ? 1 : 0,
    );
    return [name, ...falls, describe(all), `${(100 * mean(kept)).toFixed(0)} %`];
  });
  for (const row of [header, ...rows]) console.log(row.map((cell) => cell.padEnd(15)).join(''));
  const apart = results.map((one) => meanFall(one, 'occlusion') - meanFall(one, 'gradient'));
  console.log(`\nOcclusion less gradient, text by text, over all k: ${describe(apart)}`);
  console.log('\nMilliseconds a text, one at a time:');
  for (const [name, taken] of Object.entries(milliseconds)) {
    const sorted = [...taken].sort((left, right) => left - right);
    const high = sorted[Math.floor(0.95 * (sorted.length - 1))];
    console.log(
      `${name.padEnd(15)}median ${median(taken).toFixed(0)}, mean ${mean(taken).toFixed(0)}, 95th percentile ${high.toFixed(0)}`,
    );
  }
}

function fall({ score, curves, words }, name, k) {
  return score - (curves[name][Math.min(k, words) - 1] ?? score);
}

function meanFall(one, name) {
  return mean(Array.from({ length: mostWords }, (_, at) => fall(one, name, at + 1)));
}

function describe(values) {
  const centre = mean(values);
  const variance = mean(values.map((value) => (value - centre) ** 2));
  return `${centre.toFixed(3)} ± ${Math.sqrt(variance / values.length).toFixed(3)}`;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The same order for the same text, whatever came before. */
function shuffle(words) {
  const order = [...words];
  let state = 1 + order.length;
  for (let at = order.length - 1; at > 0; at -= 1) {
    // Park and Miller's generator.
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (at + 1);
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}
