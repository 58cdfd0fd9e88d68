// Learning curves: well-formed SVG of what the record says, the same for the same record.
import { describe, expect, it } from 'vitest';
import {
  drawLearningCurves,
  type LearningRecord,
} from '../../../src/classifier/plots/learning-curves.js';
import { defaultHeadSettings, defaultTuningSettings } from '../../../src/training/index.js';
import { parseXml } from './well-formed.js';

const head: LearningRecord = {
  settings: defaultHeadSettings,
  history: [0.93, 0.952, 0.9591, 0.958].map((validationRocAuc, at) => ({
    epoch: at + 1,
    loss: 0.9 - 0.1 * at,
    validationRocAuc,
  })),
  bestEpoch: 3,
};

const tuned: LearningRecord = {
  ...head,
  tuning: {
    settings: defaultTuningSettings({ kind: 'top', layers: 3 }),
    history: [0.9591, 0.953, 0.9643, 0.9689, 0.9681].map((validationRocAuc, at) => ({
      step: 575 * at,
      epoch: at / 2,
      loss: at === 0 ? 0 : 0.6 - 0.05 * at,
      validationRocAuc,
    })),
    bestStep: 1725,
  },
};

/** Coordinates of the lines drawn, in order. */
function linesOf(svg: string): string[][] {
  return parseXml(svg)
    .filter(({ attributes }) => attributes.get('class') === 'line')
    .map(({ attributes }) => (attributes.get('d') ?? '').slice(1).split('L'));
}

describe('learning curves', () => {
  it('are well-formed, sized, with a background and a description', () => {
    const svg = drawLearningCurves(tuned);
    const elements = parseXml(svg);
    expect(elements[0].name).toBe('svg');
    expect(elements[0].attributes.get('aria-labelledby')).toBe('title description');
    expect(elements.map(({ name }) => name).slice(1, 5)).toEqual([
      'title',
      'desc',
      'style',
      'rect',
    ]);
    expect(svg).toContain(
      'Head, on the frozen encoder: 4 epochs, training loss from 0.9000 to 0.6000, best validation macro ROC-AUC 0.9591 at epoch 3. ' +
        'Fine-tuning, encoder and head: 2,300 steps, training loss from 0.5500 to 0.4000, best validation macro ROC-AUC 0.9689 at step 1,725.',
    );
  });

  it('keep every number and mark within the drawing', () => {
    for (const record of [head, tuned]) {
      const elements = parseXml(drawLearningCurves(record));
      const size = (name: string): number => Number(elements[0].attributes.get(name));
      for (const { attributes } of elements) {
        for (const [names, limit] of [
          [['x', 'cx'], size('width')],
          [['y', 'cy'], size('height')],
        ] as const) {
          for (const name of names) {
            const value = attributes.get(name);
            if (value === undefined) continue;
            expect(Number(value)).toBeGreaterThanOrEqual(0);
            expect(Number(value)).toBeLessThanOrEqual(limit);
          }
        }
      }
    }
  });

  it('draw a line of loss and of the figure for each stage, the better the higher', () => {
    expect(linesOf(drawLearningCurves(head)).map((line) => line.length)).toEqual([4, 4]);
    const lines = linesOf(drawLearningCurves(tuned));
    // Before the first step there is a figure and no loss.
    expect(lines.map((line) => line.length)).toEqual([4, 4, 4, 5]);
    const heights = lines[1].map((point) => Number(point.split(' ')[1]));
    expect(Math.min(...heights)).toBe(heights[2]);
    // Both figures stand on one scale: the head's best is where fine-tuning began.
    expect(lines[3][0].split(' ')[1]).toBe(lines[1][2].split(' ')[1]);
  });

  it('mark the best of each stage', () => {
    const svg = drawLearningCurves(tuned);
    expect(svg.match(/best: [\w.,\s]+/g)).toEqual([
      'best: epoch 3',
      'best: 0.9591',
      'best: step 1,725',
      'best: 0.9689',
    ]);
    expect(svg.match(/class="best"/g)).toHaveLength(4);
  });

  it('say so where a figure is undefined, and stand one epoch', () => {
    const history = [{ epoch: 1, loss: 0.5, validationRocAuc: null }];
    const svg = drawLearningCurves({ ...head, history, bestEpoch: 1 });
    parseXml(svg);
    expect(svg).toContain('undefined: no label has both classes');
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(linesOf(svg)).toHaveLength(1);
  });

  it('stay small however long a run was', () => {
    const history = Array.from({ length: 100_000 }, (_, at) => ({
      epoch: at + 1,
      loss: 1 / (at + 1),
      validationRocAuc: 0.9,
    }));
    const svg = drawLearningCurves({ ...head, history, bestEpoch: 1 });
    expect(svg.length).toBeLessThan(50_000);
    expect(linesOf(svg)[0].length).toBeLessThan(700);
  });

  it('are the same for the same record', () => {
    expect(drawLearningCurves(tuned)).toBe(drawLearningCurves(structuredClone(tuned)));
  });
});
