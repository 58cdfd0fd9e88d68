// The flags of scoring: what they come to, what contradicts them, and what the commands say of blend and windows.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { findContradiction } from '../../src/cli/train-contradictions.js';
import { chooseScoring, findScoringContradiction } from '../../src/cli/scoring-options.js';
import { describeLongTexts, describeScored } from '../../src/cli/terminal/scoring.js';
import { addTrainOptions, type TrainFlags } from '../../src/cli/train-options.js';
import { Command } from '../../src/cli/typed-commander.js';
import { createFolder, type Ending, runPolytag } from './run-polytag.js';
import { commentTable } from './tables.js';

/** The flags that a command line comes to. */
function flagsOf(...words: string[]): TrainFlags {
  const command = addTrainOptions(new Command('polytag').command('train <table>'));
  return command.parse(['table.csv', '--out', 'model', ...words], { from: 'user' }).opts();
}

describe('the flags of scoring', () => {
  it('come to settings of the run', () => {
    expect(chooseScoring(flagsOf())).toEqual({ blend: undefined, windows: undefined });
    const flags = flagsOf('--blend', '--windows', 'mean', '--window-stride', '30');
    expect(chooseScoring(flags)).toEqual({
      blend: true,
      windows: { combine: 'mean', stride: 30 },
    });
    expect(findContradiction('t.csv', flags)).toBeUndefined();
  });

  it('contradict others', () => {
    expect(findContradiction('t.csv', flagsOf('--blend', '--no-baseline'))).toMatch(
      /--blend.*--no-baseline/,
    );
    expect(findScoringContradiction(flagsOf('--window-stride', '9'))).toMatch(/--windows only/);
    const served = flagsOf('--windows', 'max', '--encoder', 'tcp://host:1');
    expect(findContradiction('t.csv', served)).toMatch(/--windows is settled by the service/);
  });
});

describe('sentences about long texts', () => {
  const cuts = { maxLength: 128 };
  const windows = { ...cuts, windows: { combine: 'max', stride: 63 } } as const;

  it.each([
    [cuts, 3, 0, '1,200 texts (3 of them longer than 128 tokens and cut)'],
    [windows, 0, 0, '1,200 texts'],
    [windows, 0, 3, '1,200 texts (3 of them longer than 128 tokens and scored by windows)'],
    [
      windows,
      2,
      3,
      '1,200 texts (3 of them longer than 128 tokens and scored by windows, 2 cut to what windows cover)',
    ],
  ])('say what became of them', (record, truncated, windowed, sentence) => {
    expect(describeScored({ texts: 1200, truncated, windowed }, record)).toBe(sentence);
  });

  it('count those of an evaluation', () => {
    const counts = { texts: 1200, truncated: 0, windowed: 3 };
    expect(describeLongTexts(counts, windows)).toBe(
      '3 of 1,200 texts were longer than 128 tokens and scored by windows.',
    );
    expect(describeLongTexts({ ...counts, truncated: 2 }, windows)).toMatch(
      /windows \(2 of them cut to what windows cover\)\.$/,
    );
    expect(describeLongTexts({ ...counts, truncated: 2 }, cuts)).toMatch(/128 tokens and cut\.$/);
  });
});

describe('a blended model that scores by windows', () => {
  const encoder = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
  const folder = createFolder();
  let training: Ending;
  const run = (...words: string[]): Promise<Ending> => runPolytag(words, { folder });

  beforeAll(async () => {
    writeFileSync(join(folder, 'comments.csv'), commentTable(200));
    training = await run(
      ...['train', 'comments.csv', '--out', 'model', '--encoder', encoder, '--epochs', '2'],
      ...['--max-length', '8', '--blend', '--windows', 'max', '--quiet'],
    );
  });

  it('is said to be so when it is trained', () => {
    expect(training).toMatchObject({ code: 0, stderr: '' });
    expect(training.stdout).toMatch(/longer than 8 tokens: training saw what was kept of each/);
    expect(training.stdout).toMatch(/among the validation rows were scored by windows\./);
    expect(training.stdout).toMatch(/Blended with the linear baseline: macro ROC-AUC 0\.\d+ to/);
    expect(training.stdout).toMatch(/The ONNX files are without the blend/);
  });

  it('says so of itself', async () => {
    const { stdout } = await run('info', 'model');
    expect(stdout).toMatch(/^long texts +max of windows 3 tokens apart; not in the ONNX files/m);
    expect(stdout).toMatch(/^blend +the linear baseline is added; not in the ONNX files/m);
    expect(stdout).toMatch(/^macro ROC-AUC without blend +0\.\d/m);
  });

  it('says how many texts were scored by windows', async () => {
    const predicted = await run('predict', 'model', 'comments.csv', '--out', 'scores.csv');
    expect(predicted.stderr).toMatch(/longer than 8 tokens and scored by windows\)/);
    const evaluated = await run('evaluate', 'model', 'comments.csv', '--no-intervals');
    expect(evaluated.stdout).toMatch(
      /of 200 texts were longer than 8 tokens and scored by windows\./,
    );
    const text = 'you are kind and this is a long sentence';
    const { stdout } = await run('predict', 'model', '--text', text, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ truncatedTokens: 0 });
    expect((JSON.parse(stdout) as { windows: number }).windows).toBeGreaterThan(1);
    const endless = await run('predict', 'model', '--text', 'kind '.repeat(400));
    expect(endless.stderr).toMatch(/longer than 64 windows and was cut/);
  });
});
