import { describe, expect, it } from 'vitest';
import { formatEvaluation } from '../../../src/cli/terminal/evaluation.js';
import { evaluate } from '../../../src/metrics/index.js';
import { Recorder } from './recorder.js';

const rows = 24;

const everySixth = (row: number): number => (row % 6 === 0 ? 1 : 0);

/** The first label applies to every other row, the second to every sixth unless told otherwise. */
async function measured(
  score: (label: number, row: number) => number,
  { second = everySixth, resamples = 0 } = {},
) {
  const values = Array.from({ length: rows }, (_, row) => [row % 2, second(row)]).flat();
  return evaluate({
    labels: { rows, columns: 2, values: Int8Array.from(values) },
    scores: {
      rows,
      columns: 2,
      values: Float64Array.from(values, (label, cell) => score(label, Math.floor(cell / 2))),
    },
    labelNames: ['toxic', 'threat\x1b[2J'],
    thresholds: [0.5, 0.25],
    bootstrap: resamples > 0 ? { resamples, seed: 1 } : undefined,
  });
}

const perfect = (label: number) => (label === 1 ? 0.9 : 0.1);
const flat = () => 0.5;
const lastOnes = (text: string, count: number) => text.trimEnd().split('\n').slice(-count);

describe('formatEvaluation', () => {
  it('prints labels, means and what to know', async () => {
    const text = formatEvaluation(await measured(perfect), undefined, { rows: '24 rows of t.csv' });
    expect(text.split('\n')).toEqual([
      'Measured on 24 rows of t.csv',
      '',
      '                       model',
      'label       positives  ROC-AUC     AP  precision  recall     F1  threshold',
      'toxic              12    1.000  1.000      1.000   1.000  1.000      0.500',
      'threat�[2J          4    1.000  1.000      1.000   1.000  1.000      0.250',
      '──────────────────────────────────────────────────────────────────────────',
      'macro                    1.000  1.000      1.000   1.000  1.000',
      'micro                    1.000  1.000      1.000   1.000  1.000',
      '',
      'AP: average precision. Precision, recall and F1 count scores from the threshold up.',
      'macro: the mean over labels. micro: all labels together.',
      '',
    ]);
  });

  it('puts intervals and the baseline beside it, where the stream has room', async () => {
    const report = await measured(perfect, { resamples: 50 });
    const baseline = await measured(flat);
    const wide = formatEvaluation(report, baseline, { rows: 'x', stream: new Recorder(true, 200) });
    const lines = formatEvaluation(report, baseline, { rows: 'x' }).split('\n');
    expect(lines.slice(2, 9)).toEqual([
      '                       model                                                       model, 95 % interval     linear baseline',
      'label       positives  ROC-AUC     AP  precision  recall     F1  threshold         ROC-AUC              AP  ROC-AUC     AP     F1',
      'toxic              12    1.000  1.000      1.000   1.000  1.000      0.500  1.000 to 1.000  1.000 to 1.000    0.500  0.500  0.667',
      'threat�[2J          4    1.000  1.000      1.000   1.000  1.000      0.250               –               –    0.500  0.167  0.286',
      '─'.repeat(129),
      'macro                    1.000  1.000      1.000   1.000  1.000                          –               –    0.500  0.333  0.476',
      'micro                    1.000  1.000      1.000   1.000  1.000             1.000 to 1.000  1.000 to 1.000    0.500  0.333  0.500',
    ]);
    expect(wide.split('\n').filter((line) => line.startsWith('toxic'))).toHaveLength(1);
    expect(lastOnes(lines.join('\n'), 3)).toEqual([
      'Intervals: bootstrap percentiles of 50 resamples of the rows.',
      'threat�[2J: no interval (only 4 positive rows; an interval needs 10).',
      'macro: no interval (1 of 2 labels has too few rows of a class).',
    ]);
  });

  it('puts what does not fit below, named again', async () => {
    const report = await measured(perfect, { resamples: 50 });
    const stream = new Recorder(false, 80);
    const text = formatEvaluation(report, await measured(flat), { rows: 'x', stream });
    expect(text.split('\n').slice(9, 14)).toEqual([
      '',
      '                   model, 95 % interval     linear baseline',
      'label              ROC-AUC              AP  ROC-AUC     AP     F1',
      'toxic       1.000 to 1.000  1.000 to 1.000    0.500  0.500  0.667',
      'threat�[2J               –               –    0.500  0.167  0.286',
    ]);
  });

  it('leaves intervals out where they are not wanted', async () => {
    const report = await measured(perfect, { resamples: 50 });
    const text = formatEvaluation(report, undefined, { rows: 'x', intervals: false });
    expect(text).toBe(formatEvaluation(await measured(perfect), undefined, { rows: 'x' }));
  });

  it('says why figures are missing, and over how many labels means are', async () => {
    const report = await measured(perfect, { second: () => 0 });
    const lines = formatEvaluation(report, undefined, { rows: 'x' }).split('\n');
    expect(lines[5]).toBe(
      'threat�[2J          0        –      –          –       –      –      0.250',
    );
    expect(lastOnes(lines.join('\n'), 2)).toEqual([
      'threat�[2J: no ROC-AUC, no AP, no recall (no positive rows);' +
        ' no precision (no row is predicted to be positive);' +
        ' no F1 (no positive rows, and none predicted).',
      'macro, over the labels that define it:' +
        ' ROC-AUC 1 of 2, AP 1 of 2, precision 1 of 2, recall 1 of 2, F1 1 of 2.',
    ]);
  });

  it('counts unknown labels where there are any', async () => {
    const report = await measured(perfect, { second: (row) => (row < 3 ? -1 : row % 2) });
    const lines = formatEvaluation(report, undefined, { rows: 'x' }).split('\n');
    expect(lines.slice(3, 6)).toEqual([
      'label       positives  unknown  ROC-AUC     AP  precision  recall     F1  threshold',
      'toxic              12        0    1.000  1.000      1.000   1.000  1.000      0.500',
      'threat�[2J         11        3    1.000  1.000      1.000   1.000  1.000      0.250',
    ]);
  });

  it('refuses a baseline of other rows', async () => {
    const report = await measured(perfect);
    const other = { ...report, rows: 23 };
    expect(() => formatEvaluation(report, other, { rows: 'x' })).toThrow(
      'the baseline was measured on other rows or labels',
    );
  });
});
