// Explanations by a tiny model: exact where exactness can be checked, and of the right places of the text.
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WordPieceTokenizer } from '../../../src/bert/index.js';
import { GradientAttributor } from '../../../src/classifier/explanation/gradient-attributor.js';
import { splitSentences, splitWords } from '../../../src/classifier/explanation/text-parts.js';
import { groupWords, weightsOfRemovals } from '../../../src/classifier/explanation/word-removal.js';
import { writeModelFolder } from '../../../src/classifier/model-folder.js';
import { openTrainedFolder } from '../../../src/classifier/trained-folder.js';
import { MultiLabelClassifier } from '../../../src/index.js';
import { randomOutcome } from '../support/random-outcome.js';
import { expectRefusal } from '../support/refusal.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = temporaryFolder();
const tiny = resolve('tests/fixtures/tf-bert-tiny');
const folder = join(root, 'model');
const text = 'The dog ran. It was a big dog! Was it?';
const labels = ['a', 'b', 'c'];
let classifier: MultiLabelClassifier;

beforeAll(async () => {
  const outcome = await randomOutcome({ folder: tiny, hiddenSize: 32, labelNames: labels });
  await writeModelFolder(folder, outcome);
  classifier = await MultiLabelClassifier.load(folder, { workers: 1 });
});
afterAll(() => classifier.close());

const logit = (score: number): number => Math.log(score / (1 - score));
const sum = (values: Iterable<number>): number =>
  [...values].reduce((all, value) => all + value, 0);

describe('integrated gradients', () => {
  it('agree with finite differences, and sum to what the words change', async () => {
    const trained = await openTrainedFolder(folder);
    const tokenizer = await WordPieceTokenizer.load(folder);
    const attributor = await GradientAttributor.open(trained, tokenizer, 1);
    const tokens = tokenizer.encode(text, { maxLength: 40 });
    const short = tokenizer.encode('a dog', { maxLength: 40 });
    // Small, as the slope jumps where a unit of the head or a maximum over tokens changes sides.
    const h = 0.001;
    const [above, below, whole, none] = await Promise.all(
      [0.5 + h, 0.5 - h, 1, 0].map((share) => attributor.score([short, tokens], share)),
    );
    for (const label of [0, 1, 2]) {
      // Of different lengths in one batch, so that padding is there too.
      const requests = [short, tokens].map((one) => ({ tokens: one, label }));
      const middle = await attributor.attribute(requests, undefined, 1);
      const integrated = await attributor.attribute(requests, undefined, 256);
      for (const row of [0, 1]) {
        const slope = (above[row][label] - below[row][label]) / (2 * h);
        expect(sum(middle[row])).toBeCloseTo(slope, 2);
        expect(sum(integrated[row])).toBeCloseTo(whole[row][label] - none[row][label], 2);
      }
      // [CLS] and [SEP] are the same with and without words.
      expect(integrated[1][0]).toBe(0);
      expect(integrated[1].at(-1)).toBe(0);
    }
    await attributor.close();
  });
});

describe('explain', () => {
  it('weighs the words of the text by gradients, in log-odds', async () => {
    const { labels: explained, ...about } = await classifier.explain(text, {
      labels,
      method: 'gradient',
    });
    expect(about).toEqual({
      method: 'gradient',
      tokens: expect.any(Number) as number,
      truncated: 0,
      windows: 1,
    });
    const [scores] = await classifier.predict([text]);
    for (const { label, score, baseScore, tokens } of explained) {
      expect(score).toBeCloseTo(scores[label], 5);
      for (const { begin, end, text: word } of tokens) expect(text.slice(begin, end)).toBe(word);
      expect(tokens.map(({ text: word }) => word)).toEqual(
        splitWords(text).map(({ begin, end }) => text.slice(begin, end)),
      );
      expect(sum(tokens.map(({ weight }) => weight))).toBeCloseTo(
        logit(score) - logit(baseScore),
        1,
      );
    }
  });

  it('weighs words by leaving them out', async () => {
    const { labels: explained } = await classifier.explain(text, {
      labels: ['b'],
      method: 'occlusion',
    });
    const [{ tokens, score, baseScore }] = explained;
    const without = tokens.map(({ begin, end }) => text.slice(0, begin) + text.slice(end));
    const rest = await classifier.predict([...without, '']);
    tokens.forEach(({ weight }, at) => {
      expect(weight).toBeCloseTo(logit(score) - logit(rest[at].b), 3);
    });
    expect(baseScore).toBeCloseTo(rest[tokens.length].b, 5);
  });

  it('scores each sentence as if it stood alone', async () => {
    const { labels: explained } = await classifier.explain(text, { labels: ['a'], tokens: false });
    const [{ tokens, sentences }] = explained;
    expect(tokens).toEqual([]);
    const said = sentences.map(({ begin, end }) => text.slice(begin, end));
    expect(said).toEqual(['The dog ran. ', 'It was a big dog! ', 'Was it?']);
    const alone = await classifier.predict(said);
    sentences.forEach(({ score }, at) => {
      expect(score).toBeCloseTo(alone[at].a, 5);
    });
  });

  it('explains what is predicted, or the highest score, and says what was left out', async () => {
    const long = `${text} `.repeat(20);
    const explanation = await classifier.explain(long, { sentences: false });
    expect(explanation.truncated).toBeGreaterThan(0);
    const [{ tokens, sentences }] = explanation.labels;
    expect(sentences).toEqual([]);
    expect(tokens.length).toBeLessThan(splitWords(long).length);
    await classifier.storeThresholds({ a: 1, b: 1, c: 0 }, 'test');
    expect((await classifier.explain(text)).labels.map(({ label }) => label)).toEqual(['c']);
  });

  it('explains long texts by windows', async () => {
    const windowed = await MultiLabelClassifier.load(folder, {
      workers: 1,
      requestWindows: { combine: 'max' },
    });
    const long = `${text} `.repeat(12);
    const explanation = await windowed.explain(long, { labels, sentences: false });
    expect(explanation.windows).toBeGreaterThan(1);
    expect(explanation.truncated).toBe(0);
    for (const { tokens } of explanation.labels) {
      expect(tokens).toHaveLength(splitWords(long).length);
      expect(tokens.some(({ weight }) => weight !== 0)).toBe(true);
    }
    await windowed.close();
  });

  it('leaves words out of short texts by default, and takes gradients of long ones', async () => {
    const windowed = await MultiLabelClassifier.load(folder, {
      workers: 1,
      requestWindows: { combine: 'max' },
    });
    const methodOf = async (of: string) => (await windowed.explain(of, { labels: ['a'] })).method;
    expect(await methodOf(text)).toBe('occlusion');
    expect(await methodOf('dog '.repeat(100))).toBe('gradient');
    await windowed.close();
  });

  it('refuses labels and methods that there are not', async () => {
    await expectRefusal(classifier.explain(text, { labels: ['d'] }), 'OPTION_INVALID', '"d"');
    const options = JSON.parse('{"method": "magic"}') as { method: 'gradient' };
    await expectRefusal(classifier.explain(text, options), 'OPTION_INVALID', 'magic');
  });

  it('takes an empty text', async () => {
    const { labels: explained } = await classifier.explain('', { labels });
    for (const { tokens, sentences, score, baseScore } of explained) {
      expect([tokens, sentences]).toEqual([[], []]);
      expect(score).toBeCloseTo(baseScore, 5);
    }
  });
});

describe('parts of a text', () => {
  it('lie within it, in order, and sentences cover it', () => {
    const property = (any: string): void => {
      expect(
        splitSentences(any)
          .map(({ begin, end }) => any.slice(begin, end))
          .join(''),
      ).toBe(any);
      let last = 0;
      for (const { begin, end } of splitWords(any)) {
        expect(begin).toBeGreaterThanOrEqual(last);
        expect(any.slice(begin, end).trim()).not.toBe('');
        last = end;
      }
      expect(last).toBeLessThanOrEqual(any.length);
    };
    fc.assert(fc.property(fc.string({ unit: 'binary' }), property), { numRuns: 60 });
  });

  it('are left out in groups where there are many', () => {
    const words = splitWords('word '.repeat(1000));
    const groups = groupWords(words);
    expect(groups).toHaveLength(250);
    const weights = weightsOfRemovals(
      groups,
      4,
      groups.map(() => 0),
    );
    expect(weights).toHaveLength(1000);
    expect(sum(weights)).toBeCloseTo(1000, 6);
    expect(groupWords([])).toEqual([]);
    expect(weightsOfRemovals([], 1, [])).toHaveLength(0);
  });
});
