// Whole searches on a small table: the schedule as run, resuming, and that the best settings train the model.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SearchOutcome } from '../../../src/training/search/search-outcome.js';
import { defaultHeadSettings } from '../../../src/training/settings.js';
import { trainModel } from '../../../src/training/training-run.js';
import type { TrainingOutcome, TrainingRequest } from '../../../src/training/training-outcome.js';
import { temporaryFolder } from '../../classifier/support/temporary-folder.js';
import { tinyEncoder, writeSmallTable } from '../support/small-tables.js';

const root = temporaryFolder();
const table = join(root, 'rows.csv');
writeSmallTable(table, { rows: 100 });

function requestFor(name: string, changes: Partial<TrainingRequest> = {}): TrainingRequest {
  const workFolder = join(root, name);
  mkdirSync(workFolder, { recursive: true });
  return {
    table,
    workFolder,
    encoder: tinyEncoder,
    maxLength: 32,
    head: { hiddenUnits: 8, batchSize: 32, epochs: 3 },
    search: { trials: 4 },
    baseline: false,
    cache: join(root, 'cache'),
    workers: 1,
    ...changes,
  };
}

function searchOf({ search }: TrainingOutcome): SearchOutcome {
  if (search === undefined) throw new Error('there was no search');
  return search;
}

describe('a search', () => {
  let outcome: TrainingOutcome;
  let search: SearchOutcome;
  let stateRuns = 0;
  let finished = 0;
  beforeAll(async () => {
    outcome = await trainModel(
      requestFor('straight', {
        onProgress: ({ phase, done }) => {
          if (phase === 'layer-states' && done === 0) stateRuns += 1;
          if (phase === 'search') finished = done;
        },
      }),
    );
    search = searchOf(outcome);
  });

  it('runs the rungs as planned', () => {
    expect(search.drawn).toBe(4);
    expect(search.trials.map(({ rung }) => rung)).toEqual([1, 1, 1, 1, 2]);
    expect(search.trials.slice(0, 4).map(({ trial }) => trial)).toEqual([1, 2, 3, 4]);
    expect(finished).toBe(5);
  });

  it('gives the whole budget to the best of those before', () => {
    const figures = search.trials.slice(0, 4).map(({ figure }) => figure ?? -1);
    expect(search.trials[4]).toMatchObject({
      trial: figures.indexOf(Math.max(...figures)) + 1,
      budget: 1,
    });
    expect(search.best).toBe(search.trials[4].trial);
  });

  it('trains the model with the best settings, to the figure that its trial had', () => {
    const best = search.trials[4];
    expect(outcome.settings).toMatchObject({
      learningRate: best.learningRate,
      epochs: best.epochs,
      hiddenUnits: 8,
    });
    expect(outcome.tuning?.settings.learningRate ?? null).toBe(best.tuning?.learningRate ?? null);
    expect(outcome.validation.macro.rocAuc.value).toBeCloseTo(best.figure ?? NaN, 6);
  });

  it('runs the frozen layers of a depth once', () => {
    const tops = new Set(
      search.trials.map(({ mode }) => mode).filter((mode) => mode.startsWith('top')),
    );
    expect(stateRuns).toBe(tops.size);
  });

  it('runs no finished trial again when it resumes, and ends in the same numbers', async () => {
    const stopped = new AbortController();
    const request = requestFor('stopped');
    await expect(
      trainModel({
        ...request,
        signal: stopped.signal,
        onProgress: ({ phase, done }) => {
          if (phase === 'search' && done === 3) stopped.abort(new Error('enough'));
        },
      }),
    ).rejects.toThrow('enough');
    expect(readdirSync(join(request.workFolder, 'search')).sort()).toEqual([
      'trial-1-rung-1.safetensors',
      'trial-2-rung-1.safetensors',
      'trial-3-rung-1.safetensors',
    ]);
    const trained: number[] = [];
    let current = 0;
    const resumed = await trainModel({
      ...request,
      resume: true,
      onProgress: ({ phase, done }) => {
        if (phase === 'search') current = done;
        if (phase === 'training') trained.push(current);
      },
    });
    expect(new Set(trained)).toEqual(new Set([3, 4]));
    expect(searchOf(resumed)).toEqual(search);
    expect(resumed.head).toEqual(outcome.head);
    expect(resumed.tuning?.history).toEqual(outcome.tuning?.history);
  });
});

describe('what a search keeps', () => {
  it('is the mode and whatever else is named', async () => {
    const { search, settings } = await trainModel(
      requestFor('kept', { search: { trials: 2, keep: ['mode', 'loss', 'epochs'] } }),
    );
    expect(search?.trials.map(({ mode, loss, epochs }) => [mode, loss, epochs])).toEqual([
      ['head', 'normalized', 3],
      ['head', 'normalized', 3],
    ]);
    expect(search?.trials.map(({ budget }) => budget)).toEqual([1, 1]);
    expect(settings.loss).toEqual(defaultHeadSettings.loss);
  });

  it('is not a rate that training diverges at, which only loses the trial', async () => {
    const { search, tuning } = await trainModel(
      requestFor('diverged', {
        tuning: {
          mode: { kind: 'top', layers: 1 },
          learningRate: 1e30,
          epochs: 1,
          validationsPerEpoch: 1,
        },
        search: { trials: 2, keep: ['mode', 'tuneEpochs', 'loss', 'epochs', 'learningRate'] },
      }),
    );
    expect(search?.trials[0].figure).toBe(null);
    expect(search?.best).toBe(2);
    expect(tuning?.settings.learningRate).toBeLessThan(1);
  });

  it('goes on to folds with what it found, and judges by the figure asked for', async () => {
    const { search, folds, settings, history } = await trainModel(
      requestFor('folded', {
        head: { hiddenUnits: 8, batchSize: 32, epochs: 2, metric: 'macro-average-precision' },
        search: { trials: 2, keep: ['mode', 'epochs'] },
        folds: 2,
      }),
    );
    const best = search?.trials.find(({ trial }) => trial === search.best);
    expect(settings.learningRate).toBe(best?.learningRate);
    expect(folds?.count).toBe(2);
    const figures = history.map(({ validationFigure }) => validationFigure ?? NaN);
    expect(best?.figure).toBe(Math.max(...figures));
  });

  it('is refused with a number of trials that is none', async () => {
    await expect(trainModel(requestFor('none', { search: { trials: 1 } }))).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });
});
