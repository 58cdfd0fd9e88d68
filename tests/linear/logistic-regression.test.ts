import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entropy, sigmoid, softplus, solveDualStep } from '../../src/linear/logistic.js';
import {
  fitLogisticRegression,
  LANES,
  type Regression,
} from '../../src/linear/logistic-regression.js';
import type { SparseRows } from '../../src/linear/sparse-rows.js';
import { bucketOfName, countVocabulary, encodeTexts, reference, rowValues } from './reference.js';

const vocabulary = countVocabulary(reference.texts);
const encoded = encodeTexts(reference.texts, vocabulary);

/** Rows of 0, 1 and -1 as targets, a lane of zeros where there is no label. */
function targetsOf(labels: readonly (readonly number[])[]): Int8Array {
  const signed = (value: number | undefined): number => (value === 1 ? 1 : value === 0 ? -1 : 0);
  return Int8Array.from(
    labels.flatMap((row) => Array.from({ length: LANES }, (_, lane) => signed(row.at(lane)))),
  );
}

function fit(labels: readonly (readonly number[])[], rows: SparseRows = encoded.rows): Regression {
  return fitLogisticRegression({
    rows,
    inverseDocumentFrequencies: encoded.frequencies,
    targets: targetsOf(labels),
    cost: 2,
    tolerance: 1e-13,
    maximalPasses: 2000,
    seed: 5,
  });
}

/** The margin of a row, summed the plain way. */
function margin(regression: Regression, values: Map<number, number>, lane: number): number {
  let sum = regression.intercepts[lane];
  for (const [feature, value] of values) {
    sum += value * regression.coefficients[feature * LANES + lane];
  }
  return sum;
}

describe.each([
  ['all labels known', reference.labels, reference.regressions],
  [
    'labels unknown here and there',
    reference.labelsWithUnknowns,
    reference.regressionsWithUnknowns,
  ],
] as const)('fitLogisticRegression, %s', (_, labels, expected) => {
  const regression = fit(labels);
  const newTexts = encodeTexts(reference.newTexts, vocabulary);

  it.each([0, 1, 2])('has the coefficients of scikit-learn for label %i', (label) => {
    expect(regression.intercepts[label]).toBeCloseTo(expected[label].intercept, 5);
    for (const [name, coefficient] of Object.entries(expected[label].coefficients)) {
      const feature = encoded.table[bucketOfName(name)];
      expect(regression.coefficients[feature * LANES + label], name).toBeCloseTo(coefficient, 5);
    }
  });

  it.each([0, 1, 2])('scores new texts as scikit-learn does for label %i', (label) => {
    const logits = reference.newTexts.map((__, row) =>
      margin(regression, rowValues(newTexts, row), label),
    );
    logits.forEach((logit, row) => {
      expect(logit).toBeCloseTo(expected[label].logits[row], 5);
    });
  });

  it('leaves the lane without a label alone', () => {
    expect(regression.intercepts[3]).toBe(0);
    expect(regression.coefficients.every((value, at) => at % LANES < 3 || value === 0)).toBe(true);
  });
});

describe('fitLogisticRegression', () => {
  it('takes unknown labels out as if their rows were not there', () => {
    const isKnown = reference.texts.map((_, row) => row % 3 !== 1);
    const masked = fit(reference.labels.map((row, at) => row.map((y) => (isKnown[at] ? y : -1))));
    const rest = encodeTexts(
      reference.texts.filter((_, row) => isKnown[row]),
      vocabulary,
    );
    const dropped = fit(
      reference.labels.filter((_, row) => isKnown[row]),
      rest.rows,
    );
    masked.coefficients.forEach((value, at) => {
      expect(value).toBeCloseTo(dropped.coefficients[at], 5);
    });
  });

  it('ends where the objective, differenced numerically, is flat', () => {
    const regression = fit(reference.labels);
    const rows = reference.texts.map((_, row) => rowValues(encoded, row));
    const objective = (): number => {
      let value = 0;
      regression.coefficients.forEach((w, at) => (value += at % LANES === 1 ? w ** 2 / 2 : 0));
      rows.forEach((values, row) => {
        const y = reference.labels[row][1] === 1 ? 1 : -1;
        value += 2 * Math.log1p(Math.exp(-y * margin(regression, values, 1)));
      });
      return value;
    };
    const slopeOf = (parameters: Float64Array, at: number): number => {
      const [before, step] = [parameters[at], 1e-4];
      parameters[at] = before + step;
      const above = objective();
      parameters[at] = before - step;
      const below = objective();
      parameters[at] = before;
      return (above - below) / (2 * step);
    };
    expect(slopeOf(regression.intercepts, 1)).toBeCloseTo(0, 4);
    for (let feature = 0; feature < encoded.frequencies.length; feature += 40) {
      expect(slopeOf(regression.coefficients, feature * LANES + 1)).toBeCloseTo(0, 4);
    }
    // The check can fail: away from the optimum there is a slope.
    regression.intercepts[1] += 0.1;
    expect(Math.abs(slopeOf(regression.intercepts, 1))).toBeGreaterThan(0.1);
  });

  it('fits a label the same to the last bit, whichever labels are beside it', () => {
    const together = fit(reference.labels);
    const alone = fit(reference.labels.map((row) => [row[2]]));
    expect(alone.intercepts[0]).toBe(together.intercepts[2]);
    const lane = (regression: Regression, wanted: number): Float64Array =>
      regression.coefficients.filter((_, at) => at % LANES === wanted);
    expect(lane(alone, 0)).toEqual(lane(together, 2));
  });

  it('stops at the tolerance, or at the last pass', () => {
    const request = {
      rows: encoded.rows,
      inverseDocumentFrequencies: encoded.frequencies,
      targets: targetsOf(reference.labels),
      cost: 2,
      seed: 5,
    };
    const loose = fitLogisticRegression({ ...request, tolerance: 1e-3, maximalPasses: 1000 });
    expect(loose.passes).toBeLessThan(50);
    expect(loose.gaps.every((gap) => gap <= 1e-3)).toBe(true);
    const passes: number[] = [];
    const onPass = (pass: number): number => passes.push(pass);
    fitLogisticRegression({ ...request, tolerance: 0, maximalPasses: 7, onPass });
    expect(passes).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('solveDualStep', () => {
  it('finds the root from anywhere', () => {
    const number = fc.double({ min: -700, max: 700, noNaN: true });
    fc.assert(
      fc.property(
        fc.oneof(number, fc.constant(-Infinity)),
        number,
        fc.double({ min: 0, max: 1000, noNaN: true }),
        (start, offset, scale) => {
          const root = solveDualStep(start, offset, scale);
          expect(root + scale * sigmoid(root) + offset).toBeCloseTo(0, 5);
        },
      ),
      // Found once by chance: Newton's steps alone jump to and fro here.
      { examples: [[-Infinity, -2.916768463054752, 29.037422180175774]], numRuns: 1000 },
    );
  });
});

describe('the logistic functions', () => {
  it('hold at both ends', () => {
    expect([sigmoid(-800), sigmoid(0), sigmoid(800)]).toEqual([0, 0.5, 1]);
    expect([softplus(-800), softplus(0), softplus(800)]).toEqual([0, Math.LN2, 800]);
    expect(entropy(0)).toBeCloseTo(Math.LN2, 15);
    expect([entropy(-Infinity), entropy(-800), entropy(800)]).toEqual([0, 0, 0]);
    expect(entropy(2)).toBeCloseTo(entropy(-2), 15);
  });
});
