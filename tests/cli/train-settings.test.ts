// What the flags of train come to: recipe, overrides, and flags that contradict each other.
import { describe, expect, it } from 'vitest';
import { findContradiction } from '../../src/cli/train-contradictions.js';
import { addTrainOptions, chooseFeatures, type TrainFlags } from '../../src/cli/train-options.js';
import { chooseHead, chooseSearch } from '../../src/cli/train-settings.js';
import { Command } from '../../src/cli/typed-commander.js';
import { defaultHeadSettings, recipe2019 } from '../../src/training/index.js';

/** The flags that a command line comes to. */
function flagsOf(...words: string[]): TrainFlags {
  const command = addTrainOptions(new Command('polytag').command('train <table>'));
  return command.parse(['table.csv', '--out', 'model', ...words], { from: 'user' }).opts();
}

describe('the head', () => {
  it('has the default settings where nothing is said', () => {
    expect(chooseHead(flagsOf())).toEqual(defaultHeadSettings);
    expect(chooseFeatures(flagsOf())).toBeUndefined();
  });

  it('takes every flag', () => {
    const flags = flagsOf(
      ...['--hidden', '64', '--dropout', '0.25', '--no-standardize', '--loss', 'asymmetric'],
      ...['--asymmetric-gamma-positive', '1', '--asymmetric-gamma-negative', '3'],
      ...['--asymmetric-clip', '0.1', '--learning-rate', '2e-3', '--schedule', 'constant'],
      ...['--weight-decay', '0', '--batch-size', '32', '--epochs', '7', '--patience', '2'],
      ...['--seed', '5', '--metric', 'macro-f1'],
    );
    expect(chooseHead(flags)).toEqual({
      hiddenUnits: 64,
      dropout: 0.25,
      standardize: false,
      loss: { kind: 'asymmetric', gammaPositive: 1, gammaNegative: 3, clip: 0.1 },
      learningRate: 0.002,
      schedule: 'constant',
      weightDecay: 0,
      batchSize: 32,
      epochs: 7,
      metric: 'macro-f1',
      patience: 2,
      seed: 5,
    });
  });

  it('follows the 2019 recipe, and lets single flags override it', () => {
    expect(chooseHead(flagsOf('--recipe', '2019'))).toEqual(recipe2019);
    expect(chooseFeatures(flagsOf('--recipe', '2019'))).toEqual([
      { pooling: 'mean', layers: [-2] },
    ]);
    const flags = flagsOf('--recipe', '2019', '--focal-alpha', '0.25', '--standardize');
    expect(chooseHead(flags)).toEqual({
      ...recipe2019,
      standardize: true,
      loss: { kind: 'focal', alpha: 0.25, gamma: 2 },
    });
    expect(chooseHead(flagsOf('--recipe', '2019', '--loss', 'bce')).loss).toEqual({ kind: 'bce' });
    expect(chooseFeatures(flagsOf('--recipe', '2019', '--layers', '-1'))).toEqual([
      { pooling: 'mean', layers: [-1] },
    ]);
  });
});

describe('features', () => {
  it('come from --features, or from --pooling and --layers', () => {
    expect(chooseFeatures(flagsOf('--features', 'max:-1'))).toEqual([
      { pooling: 'max', layers: [-1] },
    ]);
    expect(chooseFeatures(flagsOf('--pooling', 'first'))).toEqual([
      { pooling: 'first', layers: [-2] },
    ]);
    expect(chooseFeatures(flagsOf('--layers', '-2,-1'))).toEqual([
      { pooling: 'mean', layers: [-2, -1] },
    ]);
  });
});

describe('the search', () => {
  it('is none unless asked for, and keeps what other flags say', () => {
    expect(chooseSearch(flagsOf())).toBeUndefined();
    expect(chooseSearch(flagsOf('--search', '9'))).toEqual({ trials: 9, keep: [] });
    const flags = flagsOf(
      '--search',
      '27',
      '--tune',
      'top:2',
      '--loss',
      'bce',
      '--tune-epochs',
      '3',
    );
    expect(chooseSearch(flags)).toEqual({ trials: 27, keep: ['loss', 'mode', 'tuneEpochs'] });
    expect(chooseSearch(flagsOf('--search', '2', '--recipe', '2019'))?.keep).toEqual(['loss']);
  });
});

describe('contradictions', () => {
  it('are none in usual commands', () => {
    expect(findContradiction('t.csv', flagsOf())).toBeUndefined();
    expect(findContradiction('-', flagsOf('--validation', 'v.csv'))).toBeUndefined();
    expect(findContradiction('t.csv', flagsOf('--recipe', '2019', '--focal-gamma', '1'))).toBe(
      undefined,
    );
  });

  it.each([
    [['--tune-epochs', '2'], /--tune-epochs.*need --tune top:K/],
    [['--tune', 'top:2', '--encoder', 'tcp://h:1'], /cannot be fine-tuned/],
    [['--features', 'mean:-1', '--layers', '-2'], /--features .* one or the other/],
    [['--focal-alpha', '0.2'], /--focal-alpha has no effect on the normalized loss/],
    [['--loss', 'focal', '--asymmetric-clip', '0'], /--asymmetric-clip .* give --loss asymmetric/],
    [['--recipe', '2019', '--loss', 'bce', '--focal-gamma', '1'], /--focal-gamma .* bce loss/],
  ])('%j', (words, sentence) => {
    expect(findContradiction('t.csv', flagsOf(...words))).toMatch(sentence);
  });

  it('refuses to read two tables from standard input', () => {
    expect(findContradiction('-', flagsOf('--validation', '-'))).toMatch(/standard input/);
  });
});
