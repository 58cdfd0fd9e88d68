// Which layers may be frozen beside which features.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkTunedLayers,
  defaultTuningSettings,
  mostFrozen,
} from '../../../src/training/tuning/tuning-settings.js';

const layers = 6;

function resolved(seen: readonly number[]): Parameters<typeof mostFrozen>[0] {
  const features = seen.map((layer) => ({ pooling: 'mean', layers: [layer] }) as const);
  return { features, lastLayer: Math.max(...seen), width: seen.length };
}

describe('the layers that learn', () => {
  it('begin below all that the head sees, and one of them is seen', () => {
    const property = fc.property(
      fc.array(fc.integer({ min: 0, max: layers }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: layers }),
      (seen, count) => {
        const start = layers - count;
        const isRight =
          start === 0 || (seen.every((layer) => layer >= start) && Math.max(...seen) > start);
        const features = resolved(seen);
        expect(start <= mostFrozen(features)).toBe(isRight);
        const settings = defaultTuningSettings({ kind: 'top', layers: count });
        const check = (): void => {
          checkTunedLayers(settings, features, layers);
        };
        if (isRight) check();
        else expect(check).toThrow(`begins above layer ${start}`);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('are all of them in the other modes', () => {
    for (const mode of [{ kind: 'full' }, { kind: 'lora', rank: 1, alpha: 1, targets: ['key'] }]) {
      const settings = defaultTuningSettings(mode as Parameters<typeof defaultTuningSettings>[0]);
      checkTunedLayers(settings, resolved([0]), layers);
    }
  });

  it('are named as many as must learn', () => {
    const settings = defaultTuningSettings({ kind: 'top', layers: 3 });
    const check = (): void => {
      checkTunedLayers(settings, resolved([2]), layers);
    };
    expect(check).toThrow(
      'tune is "top:3"; expected top:5 or more, full, or lora: the head sees layer 2, and top:3 begins above layer 3',
    );
  });
});
