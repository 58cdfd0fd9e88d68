// Cross-validation and a search, as they are printed.
import { describe, expect, it } from 'vitest';
import type { ModelRecord } from '../../../src/classifier/index.js';
import { formatFolds, formatSearch } from '../../../src/cli/terminal/selection.js';
import { defaultHeadSettings } from '../../../src/training/index.js';

type Folds = NonNullable<ModelRecord['folds']>;

function figures(mean: number | null, deviation: number | null): Folds['model']['macro'] {
  const spread = { mean, deviation, folds: 3 };
  return { rocAuc: spread, averagePrecision: spread, f1: spread };
}

/** Of the report only the rows are printed. */
const pooled = { rows: 1200 } as Folds['model']['pooled'];

const folds: Folds = {
  count: 3,
  share: 0.1,
  leftOut: ['rare\u001b[2J'],
  model: {
    folds: [],
    macro: figures(0.9, 0.0123),
    labels: [
      { label: 'toxic', ...figures(0.95, 0.01) },
      { label: 'rare\u001b[2J', ...figures(null, null) },
    ],
    pooled,
  },
  baseline: null,
};

describe('folds', () => {
  it('are means with their spread, a label a line', () => {
    const lines = formatFolds(folds, {}).split('\n');
    expect(lines[0]).toBe(
      'Mean ± standard deviation over 3 folds, 1,200 rows, each scored by a model that did not see it',
    );
    expect(lines.find((line) => line.startsWith('toxic'))).toMatch(/( +0\.950 ±0\.010){3}$/);
    expect(lines.find((line) => line.startsWith('rare'))).toMatch(/( +–){3}$/);
    expect(lines.find((line) => line.startsWith('macro'))).toMatch(/0\.900 ±0\.012/);
  });

  it('name what is left out, and never print control characters of it', () => {
    const text = formatFolds(folds, {});
    expect(text).toMatch(/Too few rows for 3 folds, and left out of macro: rare/);
    expect(text).not.toContain('\u001b');
  });

  it('have the baseline beside them', () => {
    const text = formatFolds({ ...folds, baseline: folds.model }, {});
    expect(text).toMatch(/model .*baseline/);
    expect(text).toMatch(/toxic( +0\.950 ±0\.010){6}/);
  });

  it('are nothing where there are none', () => {
    expect(formatFolds(undefined, {})).toBe('');
  });
});

describe('a search', () => {
  it('shows the last rung first, and marks the settings chosen', () => {
    const trial = {
      mode: 'head',
      loss: 'bce',
      learningRate: 0.001,
      epochs: 9,
      tuning: null,
    } as const;
    const tuning = { learningRate: 4e-5, headLearningRate: 3e-4, epochs: 2 };
    const search: ModelRecord['search'] = {
      drawn: 3,
      trials: [
        { ...trial, trial: 1, rung: 1, budget: 1 / 3, figure: 0.99 },
        { ...trial, trial: 2, rung: 1, budget: 1 / 3, figure: null },
        { ...trial, trial: 1, rung: 2, budget: 1, figure: 0.95, mode: 'top:2', tuning },
      ],
      best: 1,
    };
    const lines = formatSearch({ search, settings: defaultHeadSettings }, {}).split('\n');
    expect(lines[0]).toBe('Search: settings 1 of 3 (*) train the model');
    expect(lines[3]).toMatch(/\* 1 +1\.00 +top:2 +bce +0\.0010 +9 +0\.000040 +2 +0\.9500$/);
    expect(lines[4]).toMatch(/\* 1 +0\.33 .*0\.9900$/);
    expect(lines[5]).toMatch(/ 2 +0\.33 .* – +– +–$/);
  });

  it('is nothing where there was none', () => {
    expect(formatSearch({ search: undefined, settings: defaultHeadSettings }, {})).toBe('');
  });
});
