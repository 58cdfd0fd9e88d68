// Every figure of the fixture, made by scikit-learn 1.9.1, to 1e-12.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  confusionAt,
  f1,
  macroF1,
  matthewsCorrelation,
  microF1,
  precision,
  recall,
  weightedF1,
} from '../../src/metrics/confusion.js';
import { rocCurve } from '../../src/metrics/curves.js';
import { labelRankingFigures } from '../../src/metrics/label-ranking.js';
import {
  compareRows,
  f1BySample,
  hammingLoss,
  jaccardBySample,
  subsetAccuracy,
} from '../../src/metrics/label-sets.js';
import { countLabels, labelColumn, scoreColumn } from '../../src/metrics/matrix.js';
import { brierScore, logLoss } from '../../src/metrics/probability-measures.js';
import {
  averagePrecision,
  macroRocAuc,
  microRocAuc,
  rocAuc,
} from '../../src/metrics/ranking-measures.js';
import { expectClose } from './closeness.js';
import { evaluate, chooseThresholds, type Measure } from '../../src/metrics/index.js';

interface Case {
  readonly kind: string;
  readonly labels: number[][];
  readonly scores: number[][];
  readonly roc_auc: (number | null)[];
  readonly average_precision: (number | null)[];
  readonly macro_roc_auc_over_defined: number;
  readonly micro_roc_auc: number;
  readonly log_loss: number[];
  readonly brier: number[];
  readonly 'at_0.5': Record<'precision' | 'recall' | 'f1' | 'support', number[]>;
  readonly f1_micro: number;
  readonly f1_macro: number;
  readonly f1_weighted: number;
  readonly f1_samples: number;
  readonly hamming_loss: number;
  readonly subset_accuracy: number;
  readonly jaccard_samples: number;
  readonly lrap: number;
  readonly coverage_error: number;
  readonly ranking_loss: number;
  readonly mcc: number[];
  readonly best_f1: ({ readonly f1: number } | null)[];
  readonly roc_curve_label0: { readonly fpr: number[]; readonly tpr: number[] };
}

const file = new URL('../fixtures/metrics/sklearn.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] };

/** scikit-learn warns and says 0 where a ratio is undefined; here it has a reason instead. */
function expectCloseOrUndefined(measure: Measure, expected: number): void {
  if (measure.value === null) expect(expected).toBe(0);
  else expectClose(measure, expected);
}

describe.each(cases)('scikit-learn, $kind', (reference) => {
  const rows = reference.labels.length;
  const columns = reference.labels[0].length;
  const labels = { rows, columns, values: Int8Array.from(reference.labels.flat()) };
  const scores = { rows, columns, values: Float64Array.from(reference.scores.flat()) };
  const thresholds = new Array<number>(columns).fill(0.5);
  const label = Array.from({ length: columns }, (_, column) => ({
    labels: labelColumn(labels, column),
    scores: scoreColumn(scores, column),
  }));
  const confusions = label.map((column) => confusionAt(column.labels, column.scores, 0.5));

  it('ranks', () => {
    label.forEach((column, index) => {
      expectClose(rocAuc(column.labels, column.scores), reference.roc_auc[index]);
      const precisionMean = averagePrecision(column.labels, column.scores);
      expectClose(precisionMean, reference.average_precision[index]);
    });
    expectClose(macroRocAuc(labels, scores), reference.macro_roc_auc_over_defined);
    expectClose(microRocAuc(labels, scores), reference.micro_roc_auc);
  });

  it('counts at 0.5', () => {
    confusions.forEach((confusion, index) => {
      expectCloseOrUndefined(precision(confusion), reference['at_0.5'].precision[index]);
      expectCloseOrUndefined(recall(confusion), reference['at_0.5'].recall[index]);
      expectCloseOrUndefined(f1(confusion), reference['at_0.5'].f1[index]);
      expectCloseOrUndefined(matthewsCorrelation(confusion), reference.mcc[index]);
      const support = countLabels(label[index].labels).positives;
      expect(support).toBe(reference['at_0.5'].support[index]);
      expect(recall(confusion).value === null).toBe(support === 0);
    });
    expectClose(microF1(confusions), reference.f1_micro);
    expectClose(macroF1(confusions), reference.f1_macro);
    expectClose(weightedF1(confusions), reference.f1_weighted);
  });

  it('takes scores for probabilities', () => {
    label.forEach((column, index) => {
      expectClose(logLoss(column.labels, column.scores), reference.log_loss[index]);
      expectClose(brierScore(column.labels, column.scores), reference.brier[index]);
    });
  });

  it('compares label sets', () => {
    const agreement = compareRows(labels, scores, thresholds);
    expectClose(f1BySample(agreement), reference.f1_samples);
    expectClose(jaccardBySample(agreement), reference.jaccard_samples);
    expectClose(hammingLoss(agreement), reference.hamming_loss);
    expectClose(subsetAccuracy(agreement), reference.subset_accuracy);
  });

  it('ranks labels', () => {
    const figures = labelRankingFigures(labels, scores);
    expectClose(figures.labelRankingAveragePrecision, reference.lrap);
    expectClose(figures.coverageError, reference.coverage_error);
    expectClose(figures.rankingLoss, reference.ranking_loss);
  });

  it('finds the best F1, and a threshold that gives it', () => {
    chooseThresholds(labels, scores).forEach((choice, index) => {
      const best = reference.best_f1[index];
      expect(choice.chosen).toBe(best !== null);
      if (best === null) return;
      const { labels: values, scores: ofLabel } = label[index];
      expectClose(f1(confusionAt(values, ofLabel, choice.threshold)), best.f1);
      if (choice.chosen) expectClose({ value: choice.f1 }, best.f1);
    });
  });

  it('draws the ROC curve', () => {
    const curve = rocCurve(label[0].labels, label[0].scores);
    if (!curve.defined) throw new Error(curve.reason);
    const { fpr, tpr } = reference.roc_curve_label0;
    expect(curve.falsePositiveRate.length).toBe(fpr.length);
    fpr.forEach((rate, point) => {
      expectClose({ value: curve.falsePositiveRate[point] }, rate);
      expectClose({ value: curve.truePositiveRate[point] }, tpr[point]);
    });
  });

  it('reports the same figures in an evaluation', async () => {
    const labelNames = ['a', 'b', 'c', 'd', 'e'];
    const report = await evaluate({ labels, scores, labelNames, thresholds });
    report.labels.forEach((figures, index) => {
      expectClose(figures.rocAuc, reference.roc_auc[index]);
      expectClose(figures.averagePrecision, reference.average_precision[index]);
      expectCloseOrUndefined(figures.precision, reference['at_0.5'].precision[index]);
      expectCloseOrUndefined(figures.recall, reference['at_0.5'].recall[index]);
      expectCloseOrUndefined(figures.f1, reference['at_0.5'].f1[index]);
      expectCloseOrUndefined(figures.matthews, reference.mcc[index]);
      expectClose(figures.logLoss, reference.log_loss[index]);
      expectClose(figures.brier, reference.brier[index]);
      expect(figures.positives).toBe(reference['at_0.5'].support[index]);
    });
    expectClose(report.macro.rocAuc, reference.macro_roc_auc_over_defined);
    expectClose(report.macro.f1, reference.f1_macro);
    expectClose(report.micro.rocAuc, reference.micro_roc_auc);
    expectClose(report.micro.f1, reference.f1_micro);
    expectClose(report.weightedF1, reference.f1_weighted);
    expectClose(report.byRow.f1, reference.f1_samples);
    expectClose(report.byRow.jaccard, reference.jaccard_samples);
    expectClose(report.byRow.hammingLoss, reference.hamming_loss);
    expectClose(report.byRow.subsetAccuracy, reference.subset_accuracy);
    expectClose(report.byRow.labelRankingAveragePrecision, reference.lrap);
    expectClose(report.byRow.coverageError, reference.coverage_error);
    expectClose(report.byRow.rankingLoss, reference.ranking_loss);
  });
});
