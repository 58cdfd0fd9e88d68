// A model in which one word decides: explanations must find it, and leaving out what they name must move the score.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explanationMethods } from '../../../src/classifier/index.js';
import { RandomSource } from '../../../src/data/index.js';
import { MultiLabelClassifier } from '../../../src/index.js';
import { loadLinearBaseline } from '../../../src/linear/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = temporaryFolder();
const others =
  'the article and page edit source history for with from about talk user name time'.split(' ');
const random = new RandomSource(5);
const draw = (): string => others[Math.floor(random.nextFloat() * others.length)];

/** A text of such words, in which the one that decides stands or not. */
function makeText(words: number, planted: string | undefined): string {
  const text = Array.from({ length: words }, draw);
  if (planted !== undefined) text[Math.floor(random.nextFloat() * words)] = planted;
  return text.join(' ');
}

const table = join(root, 'rows.csv');
const rows = Array.from({ length: 600 }, (_, at) => {
  const isRude = at % 2;
  return `${makeText(4 + (at % 6), isRude === 1 ? 'shit' : undefined)},${isRude}`;
});
writeFileSync(table, `text,rude\n${rows.join('\n')}\n`);
const texts = Array.from({ length: 12 }, (_, at) => makeText(5 + (at % 5), 'shit'));

describe.each([false, true])('a model in which one word decides (blended: %s)', (blend) => {
  let classifier: MultiLabelClassifier;
  beforeAll(async () => {
    classifier = await MultiLabelClassifier.train({
      table,
      out: join(root, `model-${blend}`),
      encoder: resolve('tests/fixtures/tf-bert-tiny'),
      maxLength: 24,
      head: { epochs: 40, hiddenUnits: 32, learningRate: 0.02 },
      cache: false,
      workers: 1,
      blend,
    });
  });
  afterAll(() => classifier.close());

  it.each(explanationMethods)('gives it the greatest weight by %s', async (method) => {
    for (const text of texts) {
      const { labels } = await classifier.explain(text, { labels: ['rude'], method });
      const [{ score, tokens }] = labels;
      expect(score).toBeGreaterThan(0.5);
      const [heaviest] = [...tokens].sort((left, right) => right.weight - left.weight);
      expect(heaviest.text).toBe('shit');
      expect(heaviest.weight).toBeGreaterThan(0);
    }
  });

  it.each(explanationMethods)('falls most without the heaviest words by %s', async (method) => {
    for (const text of texts) {
      const { labels } = await classifier.explain(text, { labels: ['rude'], method });
      const [{ score, tokens }] = labels;
      const falls = await Promise.all(
        tokens.map(async ({ begin, end, weight }) => {
          const [{ rude }] = await classifier.predict([text.slice(0, begin) + text.slice(end)]);
          return { weight, fall: score - rude };
        }),
      );
      const [heaviest] = [...falls].sort((left, right) => right.weight - left.weight);
      const mean = falls.reduce((sum, { fall }) => sum + fall, 0) / falls.length;
      expect(heaviest.fall).toBeGreaterThan(2 * mean);
      expect(heaviest.fall).toBeGreaterThan(0.2);
    }
  });
});

describe('explanations of a blended model', () => {
  it.each(explanationMethods)('sum the shares of both by %s', async (method) => {
    const folder = join(root, 'model-true');
    const [blended, alone] = await Promise.all([
      MultiLabelClassifier.load(folder, { workers: 1 }),
      MultiLabelClassifier.load(folder, { workers: 1, blend: false }),
    ]);
    const options = { labels: ['rude'], method, sentences: false } as const;
    const { blend } = blended.info;
    if (blend === undefined) throw new Error('the model is not blended');
    const [{ model, baseline: share }] = blend.weights;
    const baseline = await loadLinearBaseline(join(folder, 'baseline/linear.safetensors'));
    const logit = (text: string): number => baseline.scoreLogits([text])[0];
    for (const text of texts.slice(0, 4)) {
      const [whole, part] = await Promise.all([
        blended.explain(text, options),
        alone.explain(text, options),
      ]);
      whole.labels[0].tokens.forEach(({ begin, end, weight }, at) => {
        const lost = logit(text) - logit(text.slice(0, begin) + text.slice(end));
        const sum = model * part.labels[0].tokens[at].weight + share * lost;
        expect(weight).toBeCloseTo(sum, 3);
      });
    }
    await Promise.all([blended.close(), alone.close()]);
  });
});
