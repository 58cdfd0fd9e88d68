// Settings drawn for trials: within their ranges, the same for the same seed, and not changed by what is kept.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelSettings } from '../../../src/training/model-fit.js';
import type { SearchedSetting } from '../../../src/training/search/search-outcome.js';
import { drawSettings, shortenSettings } from '../../../src/training/search/trial-settings.js';
import { checkHeadSettings, defaultHeadSettings } from '../../../src/training/settings.js';
import {
  checkTuningSettings,
  defaultTuningSettings,
  firstLayer,
} from '../../../src/training/tuning/tuning-settings.js';

const base: ModelSettings = { head: defaultHeadSettings, tuning: undefined };
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const trials = fc.integer({ min: 2, max: 1000 });
const depths = fc.integer({ min: 1, max: 24 });

describe('drawn settings', () => {
  it('follow from seed and number, and are valid', () => {
    fc.assert(
      fc.property(seeds, trials, depths, fc.nat(23), (seed, trial, layers, some) => {
        const mostFrozen = some % layers;
        const space = { base, keep: [], layers, mostFrozen };
        const drawn = drawSettings(space, seed, trial);
        expect(drawSettings(space, seed, trial)).toEqual(drawn);
        checkHeadSettings(drawn.head);
        if (drawn.tuning !== undefined) {
          checkTuningSettings(drawn.tuning, layers);
          expect(firstLayer(drawn.tuning, layers)).toBeLessThanOrEqual(mostFrozen);
        }
        const { learningRate, epochs } = drawn.head;
        expect(learningRate).toBeGreaterThanOrEqual(3e-4);
        expect(learningRate).toBeLessThanOrEqual(3e-3);
        expect(epochs).toBeGreaterThanOrEqual(6);
        expect(epochs).toBeLessThanOrEqual(24);
      }),
    );
  });

  it('begin with the settings that were asked for', () => {
    expect(drawSettings({ base, keep: [], layers: 6, mostFrozen: 5 }, 1, 1)).toBe(base);
  });

  it('keep what is to be kept, and nothing else changes by it', () => {
    const tuning = defaultTuningSettings({ kind: 'top', layers: 1 });
    const asked: ModelSettings = { head: { ...defaultHeadSettings, epochs: 5 }, tuning };
    fc.assert(
      fc.property(seeds, trials, (seed, trial) => {
        const draw = (...keep: SearchedSetting[]): ModelSettings =>
          drawSettings(
            { base: asked, keep: ['mode', ...keep], layers: 6, mostFrozen: 5 },
            seed,
            trial,
          );
        const free = draw();
        expect(free.tuning?.mode).toEqual(tuning.mode);
        expect(draw('epochs')).toEqual({ ...free, head: { ...free.head, epochs: 5 } });
        expect(draw('tuneEpochs').tuning).toEqual({ ...free.tuning, epochs: tuning.epochs });
        expect(draw('loss', 'learningRate', 'epochs').head).toEqual(asked.head);
      }),
    );
  });

  it('leave an encoder alone that is not at hand', () => {
    for (let trial = 2; trial < 50; trial += 1) {
      expect(
        drawSettings({ base, keep: [], layers: null, mostFrozen: 0 }, 1, trial).tuning,
      ).toBeUndefined();
    }
  });

  it('try every mode and loss before long', () => {
    const drawn = Array.from({ length: 60 }, (_, at) =>
      drawSettings({ base, keep: [], layers: 6, mostFrozen: 5 }, 1, at + 2),
    );
    const modes = drawn.map(({ tuning }) => JSON.stringify(tuning?.mode));
    expect(new Set(modes).size).toBe(6);
    expect(new Set(drawn.map(({ head }) => head.loss.kind)).size).toBe(5);
  });

  it('are shortened by their epochs alone', () => {
    const tuning = { ...defaultTuningSettings({ kind: 'full' }), epochs: 3 };
    const space = { base, keep: [], layers: 6, mostFrozen: 5 };
    expect(shortenSettings({ head: defaultHeadSettings, tuning }, 1 / 3, space)).toEqual({
      head: defaultHeadSettings,
      tuning: { ...tuning, epochs: 1 },
    });
    // Beside fine-tuning a head is never shortened; among heads it is.
    expect(shortenSettings(base, 1 / 3, space)).toEqual(base);
    expect(shortenSettings(base, 1 / 3, { ...space, layers: null }).head.epochs).toBe(4);
    expect(shortenSettings(base, 1 / 27, { ...space, keep: ['mode'] }).head.epochs).toBe(1);
  });
});
