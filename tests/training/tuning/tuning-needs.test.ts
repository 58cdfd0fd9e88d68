// What a run is said to need, and runs that are refused for it, with the flags of one that fits.
import { describe, expect, it } from 'vitest';
import { checkNeeds, estimateNeeds } from '../../../src/training/tuning/tuning-needs.js';
import { defaultTuningSettings } from '../../../src/training/tuning/tuning-settings.js';

const settings = defaultTuningSettings({ kind: 'top', layers: 3 });
const facts = {
  config: {
    ...{ layers: 6, hiddenSize: 384, intermediateSize: 1536, heads: 12 },
    ...{ vocabularySize: 30_522, positions: 512 },
  },
  settings,
  maxLength: 128,
  rows: 33_000,
  width: 1536,
  tokens: 33_000 * 62,
};
const plenty = { memory: 64e9, disk: 500e9 };

describe('needs', () => {
  it('hold the states of all tokens on disk, where layers below are frozen', () => {
    const { disk } = estimateNeeds(facts);
    const states = 2 * facts.tokens * 384;
    expect(disk).toBeGreaterThan(states);
    expect(disk).toBeLessThan(states + 400e6);
    const full = { ...facts, settings: defaultTuningSettings({ kind: 'full' }) };
    expect(estimateNeeds(full).disk).toBeLessThan(500e6);
    expect(estimateNeeds(full).memory).toBeGreaterThan(estimateNeeds(facts).memory);
  });

  it('fit a machine that has more', () => {
    expect(checkNeeds(facts, plenty)).toEqual(estimateNeeds(facts));
  });

  it('are refused by name, with a token budget that fits', () => {
    const { memory } = estimateNeeds({ ...facts, settings: { ...settings, tokenBudget: 1024 } });
    const refused = (): unknown => checkNeeds(facts, { ...plenty, memory });
    expect(refused).toThrow(/needs about [\d.]+ GB of memory, .*: --token-budget 1024 would fit/);
    expect(refused).toThrow(expect.objectContaining({ code: 'RUN_TOO_LARGE' }));
  });

  it('are refused with fewer layers, or with no flags at all, where no budget is small enough', () => {
    const one = { kind: 'top', layers: 1 } as const;
    const least = estimateNeeds({
      ...facts,
      settings: { ...settings, mode: one, tokenBudget: 128 },
    });
    expect(() => checkNeeds(facts, { ...plenty, memory: least.memory })).toThrow(
      /--tune top:1 --token-budget 128 would fit/,
    );
    expect(() => checkNeeds(facts, { ...plenty, memory: 1e8 })).toThrow(/there is 0.1 GB$/);
  });

  it('are refused for the disk too', () => {
    expect(() => checkNeeds(facts, { ...plenty, disk: 1e9 })).toThrow(
      /GB of disk, and there is 1.0 GB/,
    );
  });
});
