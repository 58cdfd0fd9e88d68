// The weights of a blend against a slow and obvious minimiser, and what they must be whatever the rows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomSource } from '../../../src/data/index.js';
import { type BlendRows, fitBlend } from '../../../src/training/blend/blend-fit.js';
import { blendLogits } from '../../../src/training/blend/blend-weights.js';
import {
  fitSharedSlopes,
  type LabelCells,
  type Pull,
} from '../../../src/training/blend/shared-slopes.js';

const half = { model: 0.5, baseline: 0.5 };

/** What is minimised, written down as it is defined; infinite where a slope is negative. */
function objective(
  labels: readonly LabelCells[],
  { centre, strength }: Pull,
  at: number[],
): number {
  const [model, baseline, ...offsets] = at;
  if (model < 0 || baseline < 0) return Infinity;
  let sum = (strength / 2) * ((model - centre.model) ** 2 + (baseline - centre.baseline) ** 2);
  labels.forEach((cells, label) => {
    cells.targets.forEach((target, row) => {
      const logit = model * cells.model[row] + baseline * cells.baseline[row] + offsets[label];
      const margin = target === 1 ? logit : -logit;
      sum += margin > -700 ? Math.log1p(Math.exp(-margin)) : -margin;
    });
  });
  return sum;
}

/** Looks along each axis in turn for the lowest point, by thirds, until nothing changes. */
function searchSlowly(labels: readonly LabelCells[], pull: Pull): number[] {
  const point = [0.5, 0.5, ...labels.map(() => 0)];
  for (let round = 0; round < 400; round++) {
    const before = objective(labels, pull, point);
    for (let axis = 0; axis < point.length; axis++) {
      let low = axis < 2 ? 0 : -60;
      let high = 60;
      const valueAt = (place: number): number => objective(labels, pull, point.with(axis, place));
      while (high - low > 1e-9) {
        const third = (high - low) / 3;
        if (valueAt(low + third) <= valueAt(high - third)) high -= third;
        else low += third;
      }
      point[axis] = (low + high) / 2;
    }
    if (before - objective(labels, pull, point) < 1e-13) break;
  }
  return point;
}

/** Labels whose logits say more or less about them: shares of the model's and the baseline's true slope. */
function makeCells(seed: number, rows: number, slopes: readonly [number, number]): LabelCells {
  const random = new RandomSource(seed);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.nextFloat())) * Math.cos(2 * Math.PI * random.nextFloat());
  const model = Float32Array.from({ length: rows }, () => 2 * normal() - 1);
  const baseline = model.map((logit) => 0.6 * logit + 1.5 * normal());
  const targets = Uint8Array.from(model, (logit, row) => {
    const truth = slopes[0] * logit + slopes[1] * baseline[row] - 1;
    return random.nextFloat() < 1 / (1 + Math.exp(-truth)) ? 1 : 0;
  });
  targets[0] = 0;
  targets[1] = 1;
  return { model, baseline, targets };
}

function rowsOf(columns: readonly LabelCells[]): BlendRows {
  const rows = columns[0].targets.length;
  const weave = (pick: (cells: LabelCells) => ArrayLike<number>): number[] =>
    Array.from({ length: rows * columns.length }, (_, cell) => {
      const cells = columns[cell % columns.length];
      return pick(cells)[Math.floor(cell / columns.length)];
    });
  return {
    labels: { rows, columns: columns.length, values: Int8Array.from(weave((c) => c.targets)) },
    model: Float32Array.from(weave((c) => c.model)),
    baseline: Float32Array.from(weave((c) => c.baseline)),
  };
}

describe('fitSharedSlopes', () => {
  it.each([
    ['one label', [makeCells(1, 80, [0.8, 0.4])], { centre: half, strength: 2 }],
    ['one drawn strongly', [makeCells(2, 60, [2, 0])], { centre: half, strength: 100 }],
    [
      'three labels',
      [makeCells(3, 60, [1, 1]), makeCells(4, 50, [0.2, 1]), makeCells(5, 40, [1, 0])],
      { centre: { model: 1, baseline: 0 }, strength: 5 },
    ],
    ['a baseline that misleads', [makeCells(6, 80, [1.5, -1.5])], { centre: half, strength: 0.5 }],
    ['a model that misleads', [makeCells(7, 80, [-1, 1.5])], { centre: half, strength: 0.5 }],
    ['both misleading', [makeCells(8, 80, [-1, -1])], { centre: half, strength: 0.1 }],
  ] satisfies [string, LabelCells[], Pull][])(
    'finds what a slow search finds: %s',
    (_, labels, pull) => {
      const { model, baseline, offsets, objective: lowest } = fitSharedSlopes(labels, pull);
      const slow = searchSlowly(labels, pull);
      const found = [model, baseline, ...offsets];
      expect(lowest).toBeCloseTo(objective(labels, pull, found), 9);
      expect(lowest).toBeLessThanOrEqual(objective(labels, pull, slow) + 1e-9);
      found.forEach((value, at) => {
        expect(value).toBeCloseTo(slow[at], 4);
      });
    },
  );

  it('is lower than anything near, even for separable classes, far logits and few rows', () => {
    const logit = fc.double({ min: -40, max: 40, noNaN: true }).map(Math.fround);
    const cell = fc.record({
      model: logit,
      baseline: logit,
      target: fc.integer({ min: 0, max: 1 }),
    });
    const label = fc.array(cell, { minLength: 1, maxLength: 12 }).map((cells): LabelCells => {
      const both = [
        ...cells,
        { model: 1, baseline: 2, target: 1 },
        { model: -1, baseline: -3, target: 0 },
      ];
      return {
        model: Float32Array.from(both, ({ model }) => model),
        baseline: Float32Array.from(both, ({ baseline }) => baseline),
        targets: Uint8Array.from(both, ({ target }) => target),
      };
    });
    const slope = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 3 }),
        fc.record({
          centre: fc.record({ model: slope, baseline: slope }),
          strength: fc.double({ min: 0.1, max: 50, noNaN: true }),
        }),
        (labels, pull) => {
          const { model, baseline, offsets } = fitSharedSlopes(labels, pull);
          expect(Math.min(model, baseline)).toBeGreaterThanOrEqual(0);
          const found = [model, baseline, ...offsets];
          const lowest = objective(labels, pull, found);
          for (const distance of [1e-3, 1e-2, 0.3]) {
            for (let axis = 0; axis < found.length; axis++) {
              for (const sign of [-1, 1]) {
                const beside = found.with(axis, found[axis] + sign * distance);
                expect(objective(labels, pull, beside)).toBeGreaterThanOrEqual(lowest - 1e-9);
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('fitBlend', () => {
  it('gives a label of many rows its own slopes, and one of few those of all', async () => {
    const common = makeCells(11, 4000, [0.2, 1.2]);
    const rare = makeCells(12, 4000, [1.5, 0]);
    rare.targets.forEach((target, row) => {
      if (target === 1 && row > 20) rare.targets[row] = 0;
    });
    const weights = await fitBlend(rowsOf([common, rare, makeCells(13, 4000, [0.3, 1.1])]));
    expect(weights?.[0].model).toBeCloseTo(0.2, 1);
    expect(weights?.[0].baseline).toBeGreaterThan(1);
    // The rare one's few positives say: the model only.
    expect(weights?.[1].baseline).toBeGreaterThan(0.1);
  });

  it('leaves unknown cells out', async () => {
    const columns = [makeCells(21, 300, [1, 0.5]), makeCells(22, 300, [0.5, 1])];
    const rows = rowsOf(columns);
    const known = rows.labels.values.map((value, cell) => (cell % 5 === 1 ? -1 : value));
    const partly = { ...rows, labels: { ...rows.labels, values: known } };
    const expected = await fitBlend(partly);
    const misled = {
      ...partly,
      model: rows.model.map((logit, cell) => (cell % 5 === 1 ? 99 : logit)),
      baseline: rows.baseline.map((logit, cell) => (cell % 5 === 1 ? -99 : logit)),
    };
    expect(await fitBlend(misled)).toEqual(expected);
    expect(expected).not.toEqual(await fitBlend(rows));
  });

  it('gives a label of one class the slopes of the others and no offset', async () => {
    const never = makeCells(31, 200, [1, 1]);
    never.targets.fill(0);
    const weights = await fitBlend(rowsOf([makeCells(32, 200, [1, 0.5]), never]));
    expect(weights?.[1].offset).toBe(0);
    expect(weights?.[1].model).toBeGreaterThan(0.3);
    expect(await fitBlend(rowsOf([never]))).toBeUndefined();
  });
});

describe('blendLogits', () => {
  it('adds the logits of each label by its own weights', () => {
    const weights = [
      { model: 0.5, baseline: 2, offset: -1 },
      { model: 0, baseline: 1, offset: 0 },
    ];
    const blended = blendLogits(weights, Float32Array.of(2, 3, -4, 5), Float32Array.of(1, 7, 0, 8));
    expect([...blended]).toEqual([2, 7, -3, 8]);
    expect(() => blendLogits(weights, new Float32Array(2), new Float32Array(4))).toThrow();
  });
});
