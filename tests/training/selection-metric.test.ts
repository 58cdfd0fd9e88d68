// By which figure epochs are judged.
import { describe, expect, it } from 'vitest';
import { bestEpoch, type EpochRecord, isHistory } from '../../src/training/early-stopping.js';
import {
  bestMeasured,
  judgedFigure,
  measureSelection,
  selectionMetrics,
} from '../../src/training/selection-metric.js';

const labels = { rows: 4, columns: 2, values: Int8Array.of(1, 0, 0, 0, 1, 0, 0, 0) };
const scores = { rows: 4, columns: 2, values: Float32Array.of(3, 1, 2, 1, 1, 1, 0, 1) };

describe('the figure that judges', () => {
  it('is a mean over the labels that have both classes', () => {
    // Positives at ranks 1 and 3 of 4: three of four pairs in order, (1 + 2/3) / 2, and 2 x 2 / (3 + 2).
    const figures = selectionMetrics.map((metric) =>
      judgedFigure(measureSelection(metric, labels, scores)),
    );
    expect(figures[0]).toBeCloseTo(3 / 4, 12);
    expect(figures[1]).toBeCloseTo(5 / 6, 12);
    expect(figures[2]).toBeCloseTo(4 / 5, 12);
  });

  it('is kept beside the ROC-AUC, unless it is that', () => {
    expect(measureSelection('macro-roc-auc', labels, scores)).toEqual({ validationRocAuc: 0.75 });
    const measured = measureSelection('macro-f1', labels, scores);
    expect(measured).toMatchObject({ validationRocAuc: 0.75, validationFigure: 0.8 });
  });

  it('is null where no label has both classes', () => {
    const negative = { ...labels, values: new Int8Array(8) };
    for (const metric of selectionMetrics) {
      expect(judgedFigure(measureSelection(metric, negative, scores))).toBe(null);
    }
  });

  it('chooses the best epoch, whatever the ROC-AUC says', () => {
    const history: EpochRecord[] = [
      { epoch: 1, loss: 1, validationRocAuc: 0.9, validationFigure: 0.2 },
      { epoch: 2, loss: 1, validationRocAuc: 0.8, validationFigure: 0.3 },
      { epoch: 3, loss: 1, validationRocAuc: 0.7, validationFigure: null },
    ];
    expect(bestEpoch(history).epoch).toBe(2);
    expect(bestMeasured(history.slice(2)).epoch).toBe(3);
    expect(isHistory({ history })).toBe(true);
    expect(isHistory({ history: [{ ...history[0], validationFigure: 'high' }] })).toBe(false);
  });
});
