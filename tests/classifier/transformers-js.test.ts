// A model folder opened by npm @huggingface/transformers: the same labels, and the same scores.
import { join, resolve } from 'node:path';
import { env, pipeline } from '@huggingface/transformers';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeModelFolder } from '../../src/classifier/model-folder.js';
import { MultiLabelClassifier } from '../../src/classifier/multi-label-classifier.js';
import { randomOutcome } from './support/random-outcome.js';
import { temporaryFolder } from './support/temporary-folder.js';

const root = temporaryFolder();
const tiny = resolve('tests/fixtures/tf-bert-tiny');
// Below the length limit: above it the peer cuts off [SEP].
const texts = [
  'You are a dick, and everybody knows it!',
  'current general school issues',
  '',
  'Neutral: warning about related topics...',
  'ÀÉÎ naïve 日本 text 𠀀',
  'a',
  '[MASK] [unused0] date2',
];

env.localModelPath = root;
env.allowRemoteModels = false;

describe('the model folder in transformers.js', () => {
  beforeAll(async () => {
    const labelNames = ['toxic', 'threat', 'insult'];
    const outcome = await randomOutcome({ folder: tiny, hiddenSize: 32, labelNames });
    await writeModelFolder(join(root, 'model'), outcome);
  });

  it.each([
    ['fp32', 1e-5],
    // Activations are rounded by the range of a whole batch, and the two batch otherwise; processors differ too.
    ['q8', 0.1],
  ] as const)('gives our scores in %s', async (dtype, tolerance) => {
    const precision = dtype === 'fp32' ? 'fp32' : 'int8';
    const classifier = await MultiLabelClassifier.load(join(root, 'model'), {
      workers: 1,
      precision,
    });
    const ours = await classifier.predict(texts);
    await classifier.close();
    const classify = await pipeline('text-classification', 'model', { dtype });
    for (const [row, text] of texts.entries()) {
      // All labels, sorted by score.
      const theirs = await classify(text, { top_k: classifier.labels.length });
      const entries = theirs.flat().map(({ label, score }) => [label, score] as const);
      expect(entries.map(([label]) => label).sort()).toEqual(Object.keys(ours[row]).sort());
      for (const [label, score] of entries) {
        expect(Math.abs(score - ours[row][label])).toBeLessThan(tolerance);
      }
    }
    await classify.dispose();
  });
});
