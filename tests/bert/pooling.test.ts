// Which features an encoder can give, and how wide they are.
import { describe, expect, it } from 'vitest';
import type { BertConfig } from '../../src/bert/config.js';
import { type Feature, type FeaturePooling, resolveFeatures } from '../../src/bert/pooling.js';

const config: BertConfig = {
  modelType: 'bert',
  vocabularySize: 600,
  hiddenSize: 32,
  layers: 3,
  heads: 4,
  intermediateSize: 64,
  positions: 48,
  tokenTypes: 2,
  activation: 'gelu',
  layerNormEpsilon: 1e-12,
  hiddenDropout: 0.1,
  attentionDropout: 0.1,
};

describe('resolveFeatures', () => {
  it.each([
    { layer: 0, resolved: 0 },
    { layer: 3, resolved: 3 },
    { layer: -1, resolved: 3 },
    { layer: -2, resolved: 2 },
    { layer: -4, resolved: 0 },
  ])('counts layer $layer from the embeddings: $resolved', ({ layer, resolved }) => {
    const { features, lastLayer } = resolveFeatures(config, [{ pooling: 'mean', layers: [layer] }]);
    expect(features).toEqual([{ pooling: 'mean', layers: [resolved] }]);
    expect(lastLayer).toBe(resolved);
  });

  const wide: { features: Feature[]; width: number; lastLayer: number }[] = [
    { features: [{ pooling: 'max', layers: [1] }], width: 32, lastLayer: 1 },
    { features: [{ pooling: 'mean_max', layers: [1, -1] }], width: 128, lastLayer: 3 },
    { features: [{ pooling: 'none', layers: [-1, -2] }], width: 64, lastLayer: 3 },
    { features: [{ pooling: 'pooler', layers: [1] }], width: 32, lastLayer: 3 },
    {
      features: [
        { pooling: 'mean', layers: [-2] },
        { pooling: 'max', layers: [-2] },
        { pooling: 'first', layers: [1] },
      ],
      width: 96,
      lastLayer: 2,
    },
  ];
  it.each(wide)('$features', ({ features, width, lastLayer }) => {
    expect(resolveFeatures(config, features)).toMatchObject({ width, lastLayer });
  });

  const refused: { features: Feature[] }[] = [
    { features: [] },
    { features: [{ pooling: 'mean', layers: [] }] },
    { features: [{ pooling: 'mean', layers: [4] }] },
    { features: [{ pooling: 'mean', layers: [-5] }] },
    { features: [{ pooling: 'mean', layers: [1.5] }] },
    { features: [{ pooling: 'mean', layers: [Number.NaN] }] },
    { features: [{ pooling: 'median' as FeaturePooling, layers: [1] }] },
    {
      features: [
        { pooling: 'none', layers: [1] },
        { pooling: 'mean', layers: [1] },
      ],
    },
  ];
  it.each(refused)('refuses $features', ({ features }) => {
    expect(() => resolveFeatures(config, features)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }) as Error,
    );
  });
});
