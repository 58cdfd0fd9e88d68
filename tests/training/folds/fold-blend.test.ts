// Blending out of fold: no row's own label may have a say in its score.
import { describe, expect, it } from 'vitest';
import { RandomSource } from '../../../src/data/index.js';
import { macroRocAuc } from '../../../src/metrics/index.js';
import { type BlendedFold, blendFolds } from '../../../src/training/folds/fold-blend.js';

const random = new RandomSource(3);
const rows = 60;

/** Two noisy views of one label. */
function makeFold(): BlendedFold {
  const values = Int8Array.from({ length: rows }, () => Number(random.nextFloat() < 0.4));
  const view = (): Float32Array =>
    Float32Array.from(values, (value) => 0.1 + 0.3 * value + 0.5 * random.nextFloat());
  return { labels: { rows, columns: 1, values }, model: view(), baseline: view() };
}

const folds = [makeFold(), makeFold(), makeFold()];

describe('blended folds', () => {
  it('rank better than either view', async () => {
    const blended = (await blendFolds(folds)) ?? [];
    expect(blended).toHaveLength(3);
    const aucOf = (values: readonly Float32Array[]): number =>
      folds.reduce(
        (sum, { labels }, fold) =>
          sum + (macroRocAuc(labels, { rows, columns: 1, values: values[fold] }).value ?? 0) / 3,
        0,
      );
    const together = aucOf(blended.map(({ scores }) => scores));
    expect(together).toBeGreaterThan(aucOf(folds.map(({ model }) => model)));
    expect(together).toBeGreaterThan(aucOf(folds.map(({ baseline }) => baseline)));
  });

  it("are scored without a look at their own rows' labels", async () => {
    const before = (await blendFolds(folds))?.[1];
    const values = folds[1].labels.values.map((value) => 1 - value);
    const turned = folds.with(1, { ...folds[1], labels: { ...folds[1].labels, values } });
    const after = await blendFolds(turned);
    expect(after?.[1]).toEqual(before);
    expect(after?.[0].scores).not.toEqual((await blendFolds(folds))?.[0].scores);
  });

  it('are none where nothing can be fitted', async () => {
    const blank = (fold: BlendedFold): BlendedFold => ({
      ...fold,
      labels: { ...fold.labels, values: new Int8Array(rows) },
    });
    expect(await blendFolds(folds.map(blank))).toBeUndefined();
  });
});
