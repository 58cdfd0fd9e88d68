// Whole cross-validations on a small table: figures, resuming, what is done once, and labels that are too rare.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../../src/metrics/index.js';
import { spreadOf } from '../../../src/training/folds/fold-figures.js';
import type { FoldsOutcome } from '../../../src/training/folds/folds-outcome.js';
import { trainModel } from '../../../src/training/training-run.js';
import type { TrainingOutcome, TrainingRequest } from '../../../src/training/training-outcome.js';
import { temporaryFolder } from '../../classifier/support/temporary-folder.js';
import { tinyEncoder, writeSmallTable } from '../support/small-tables.js';

const root = temporaryFolder();
const table = join(root, 'rows.csv');

function requestFor(name: string, changes: Partial<TrainingRequest> = {}): TrainingRequest {
  const workFolder = join(root, name);
  mkdirSync(workFolder, { recursive: true });
  return {
    table,
    workFolder,
    encoder: tinyEncoder,
    maxLength: 32,
    head: { epochs: 2, hiddenUnits: 8, batchSize: 32 },
    folds: 3,
    cache: join(root, 'cache'),
    workers: 1,
    ...changes,
  };
}

function foldsOf({ folds }: TrainingOutcome): FoldsOutcome {
  if (folds === undefined) throw new Error('there are no folds');
  return folds;
}

describe('a cross-validated run', () => {
  let outcome: TrainingOutcome;
  let folds: FoldsOutcome;
  beforeAll(async () => {
    writeSmallTable(table, { rows: 120, duplicateEvery: 10 });
    outcome = await trainModel(requestFor('straight'));
    folds = foldsOf(outcome);
  });

  it('scores every row of the table, and the baseline too', () => {
    expect(folds.model.scores).toMatchObject({ rows: 120, columns: 2 });
    expect(folds.model.scores.values).toHaveLength(240);
    expect([...new Set(folds.foldOfRow)].sort()).toEqual([0, 1, 2]);
    expect(folds.identifiers.names).toEqual(['id']);
    expect(folds.baseline?.scores.values).not.toEqual(folds.model.scores.values);
    expect(folds.leftOut).toEqual([]);
  });

  it('keeps equal texts in one fold', () => {
    for (let row = 10; row < 120; row += 10) {
      expect(folds.foldOfRow[row]).toBe(folds.foldOfRow[row - 1]);
    }
  });

  it('has the means and spreads of figures measured by hand on each fold', async () => {
    const { columns, values: cells } = folds.labels;
    const figures: number[][] = [];
    for (const fold of [0, 1, 2]) {
      const rows = [...folds.foldOfRow.keys()].filter((row) => folds.foldOfRow[row] === fold);
      const pick = (values: ArrayLike<number>): number[] =>
        rows.flatMap((row) => [values[row * columns], values[row * columns + 1]]);
      const report = await evaluate({
        labels: { rows: rows.length, columns, values: Int8Array.from(pick(cells)) },
        scores: {
          rows: rows.length,
          columns,
          values: Float32Array.from(pick(folds.model.scores.values)),
        },
        labelNames: outcome.labelNames,
        thresholds: [0.5, 0.5],
      });
      const aucs = report.labels.map(({ rocAuc }) => rocAuc.value ?? NaN);
      figures.push([...aucs, (aucs[0] + aucs[1]) / 2]);
      expect(folds.model.figures.folds[fold].rows).toBe(rows.length);
      expect(folds.model.figures.folds[fold].rocAuc).toBeCloseTo((aucs[0] + aucs[1]) / 2, 12);
    }
    const { labels, macro } = folds.model.figures;
    [labels[0], labels[1], macro].forEach(({ rocAuc }, place) => {
      const column = figures.map((fold) => fold[place]);
      const mean = (column[0] + column[1] + column[2]) / 3;
      const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2;
      expect(rocAuc.mean).toBeCloseTo(mean, 12);
      expect(rocAuc.deviation).toBeCloseTo(Math.sqrt(variance), 12);
    });
  });

  it('has intervals for all rows together, and lets them choose the thresholds', () => {
    const { pooled } = folds.model.figures;
    expect(pooled.rows).toBe(120);
    expect(pooled.macro.rocAuc.interval).toMatchObject({ low: expect.any(Number) as number });
    expect(outcome.thresholds).toEqual(folds.model.thresholds);
    expect(outcome.baseline?.thresholds).toEqual(folds.baseline?.thresholds);
    expect(outcome.validation.labels.map(({ threshold }) => threshold)).toEqual(
      outcome.thresholds.map(({ threshold }) => threshold),
    );
  });

  it('does no finished fold again when it resumes, and ends in the same numbers', async () => {
    const stopped = new AbortController();
    const request = requestFor('stopped');
    await expect(
      trainModel({
        ...request,
        signal: stopped.signal,
        onProgress: ({ phase, done }) => {
          if (phase === 'folds' && done === 2) stopped.abort(new Error('enough'));
        },
      }),
    ).rejects.toThrow('enough');
    expect(readdirSync(request.workFolder)).toContain('fold-2.safetensors');
    expect(existsSync(join(request.workFolder, 'fold-1'))).toBe(false);
    let trainings = 0;
    const resumed = await trainModel({
      ...request,
      resume: true,
      onProgress: ({ phase, done }) => {
        if (phase === 'training' && done === 1) trainings += 1;
      },
    });
    // One fold, and the model of all rows.
    expect(trainings).toBe(2);
    expect(foldsOf(resumed)).toEqual(folds);
    expect(resumed.head).toEqual(outcome.head);
    expect(resumed.validation).toEqual(outcome.validation);
  });

  it('refuses kept folds of other settings', async () => {
    const request = requestFor('stopped', { head: { epochs: 3, hiddenUnits: 8, batchSize: 32 } });
    await expect(trainModel({ ...request, resume: true })).rejects.toMatchObject({
      code: 'CHECKPOINT_FOREIGN',
    });
  });

  it('refuses a number of folds that is none', async () => {
    await expect(trainModel(requestFor('one', { folds: 1 }))).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });
});

describe('a label with too few rows', () => {
  it('is named, left out of macro figures, and breaks nothing', async () => {
    const rare = join(root, 'rare.csv');
    writeSmallTable(rare, { rows: 60, rare: 2 });
    const warnings: string[] = [];
    const outcome = await trainModel(
      requestFor('rare', {
        table: rare,
        baseline: false,
        onWarning: (sentence) => warnings.push(sentence),
      }),
    );
    const folds = foldsOf(outcome);
    expect(warnings.join('\n')).toMatch(/"rare" has 2 positive rows, too few for 3 folds/);
    expect(folds.leftOut).toEqual(['rare']);
    expect(folds.baseline).toBeUndefined();
    const [toxic, thanks, third] = folds.model.figures.labels;
    expect(third.label).toBe('rare');
    const { macro, pooled } = folds.model.figures;
    expect(macro.rocAuc.mean).toBeCloseTo(
      ((toxic.rocAuc.mean ?? NaN) + (thanks.rocAuc.mean ?? NaN)) / 2,
      12,
    );
    expect(pooled.labels[2].rocAuc.value).toBe(null);
  });
});

describe('folds that fine-tune', () => {
  it('run the frozen layers once for all folds and the model', async () => {
    const workFolder = join(root, 'tuned');
    let runs = 0;
    const outcome = await trainModel(
      requestFor('tuned', {
        baseline: false,
        folds: 2,
        tuning: { mode: { kind: 'top', layers: 1 }, epochs: 1, validationsPerEpoch: 1 },
        onProgress: ({ phase, done }) => {
          if (phase === 'layer-states' && done === 0) runs += 1;
        },
      }),
    );
    expect(runs).toBe(1);
    expect(readdirSync(workFolder).filter((name) => name.endsWith('.states'))).toHaveLength(1);
    expect(outcome.tuning).toBeDefined();
    expect(foldsOf(outcome).model.scores.values.every((score) => score > 0 && score < 1)).toBe(
      true,
    );
  });

  it('work with low-rank adaptation too', async () => {
    const outcome = await trainModel(
      requestFor('lora', {
        baseline: false,
        folds: 2,
        tuning: {
          mode: { kind: 'lora', rank: 2, alpha: 4, targets: ['query'] },
          epochs: 1,
          validationsPerEpoch: 1,
        },
      }),
    );
    expect(foldsOf(outcome).model.figures.macro.rocAuc.folds).toBe(2);
  });
});

describe('mean and spread', () => {
  it('leave out what is undefined', () => {
    expect(spreadOf([null, 1, 3])).toEqual({ mean: 2, deviation: Math.SQRT2, folds: 2 });
    expect(spreadOf([null, 1])).toEqual({ mean: 1, deviation: null, folds: 1 });
    expect(spreadOf([null])).toEqual({ mean: null, deviation: null, folds: 0 });
  });
});
