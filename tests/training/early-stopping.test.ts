// Which epoch is best, and when to stop.
import { describe, expect, it } from 'vitest';
import { bestEpoch, type EpochRecord, shouldStop } from '../../src/training/early-stopping.js';

function historyOf(...figures: (number | null)[]): EpochRecord[] {
  return figures.map((validationRocAuc, at) => ({ epoch: at + 1, loss: 1, validationRocAuc }));
}

describe('early stopping', () => {
  it('takes the earliest of the best epochs', () => {
    expect(bestEpoch(historyOf(0.7, 0.9, 0.8, 0.9)).epoch).toBe(2);
  });

  it('takes the last epoch where no figure is defined, and one with a figure before any without', () => {
    expect(bestEpoch(historyOf(null, null, null)).epoch).toBe(3);
    expect(bestEpoch(historyOf(null, 0.4, null)).epoch).toBe(2);
  });

  it('stops once patience epochs have passed since the best', () => {
    expect(shouldStop([], 1)).toBe(false);
    expect(shouldStop(historyOf(0.9, 0.8), 2)).toBe(false);
    expect(shouldStop(historyOf(0.9, 0.8, 0.8), 2)).toBe(true);
    expect(shouldStop(historyOf(0.7, 0.8, 0.9), 1)).toBe(false);
  });

  it('never stops early for want of a figure', () => {
    expect(shouldStop(historyOf(null, null, null, null), 1)).toBe(false);
  });
});
