// Configurations: both dialects, defaults, and refusals that name file and field.
import { describe, expect, it } from 'vitest';
import { activations, parseBertConfig } from '../../src/bert/config.js';
import type { JsonObject, JsonValue } from '../../src/weights/index.js';

const google: JsonObject = {
  attention_probs_dropout_prob: 0.1,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0.2,
  hidden_size: 32,
  intermediate_size: 64,
  max_position_embeddings: 48,
  num_attention_heads: 4,
  num_hidden_layers: 3,
  type_vocab_size: 2,
  vocab_size: 600,
};

describe('parseBertConfig', () => {
  it("reads Google's bert_config.json", () => {
    expect(parseBertConfig(google, 'bert_config.json')).toEqual({
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
      hiddenDropout: 0.2,
      attentionDropout: 0.1,
    });
  });

  it('reads a DistilBERT', () => {
    const config = {
      model_type: 'distilbert',
      activation: 'gelu',
      attention_dropout: 0,
      dim: 48,
      dropout: 0.3,
      hidden_dim: 96,
      max_position_embeddings: 512,
      n_heads: 6,
      n_layers: 2,
      vocab_size: 100,
    };
    expect(parseBertConfig(config, 'config.json')).toMatchObject({
      modelType: 'distilbert',
      hiddenSize: 48,
      layers: 2,
      heads: 6,
      intermediateSize: 96,
      tokenTypes: 0,
      hiddenDropout: 0.3,
      attentionDropout: 0,
    });
  });

  it.each(Object.entries(activations))('knows the activation %s', (name, activation) => {
    expect(parseBertConfig({ ...google, hidden_act: name }, 'f').activation).toBe(activation);
  });

  const refusals: [field: string, value: JsonValue][] = [
    ['hidden_size', 0],
    ['hidden_size', -32],
    ['hidden_size', 32.5],
    ['hidden_size', 1e15],
    ['hidden_size', '32'],
    ['hidden_size', null],
    ['num_attention_heads', 5],
    ['num_attention_heads', 64],
    ['num_hidden_layers', 1001],
    ['intermediate_size', 2 ** 30],
    ['vocab_size', 2 ** 40],
    ['max_position_embeddings', 2 ** 31],
    ['type_vocab_size', 0],
    ['hidden_act', 'gelu_twice'],
    ['hidden_act', 'constructor'],
    ['hidden_act', 1],
    ['layer_norm_eps', -1],
    ['hidden_dropout_prob', 1],
    ['attention_probs_dropout_prob', 'a'],
    ['position_embedding_type', 'relative_key'],
    ['is_decoder', true],
    ['add_cross_attention', true],
  ];
  it.each(refusals)('refuses %s = %j, naming file and field', (field, value) => {
    expect(() => parseBertConfig({ ...google, [field]: value }, 'here/config.json')).toThrow(
      expect.objectContaining({
        code: 'MODEL_CONFIG_INVALID',
        message: expect.stringMatching(`here/config.json.*"${field}"`) as string,
      }) as Error,
    );
  });

  it('says which field is missing', () => {
    const rest = Object.entries(google).filter(([field]) => field !== 'hidden_size');
    expect(() => parseBertConfig(Object.fromEntries(rest), 'config.json')).toThrow(
      /"hidden_size" is missing/,
    );
  });

  it.each(['roberta', 'constructor', 7])('refuses the model type %j', (type) => {
    expect(() => parseBertConfig({ ...google, model_type: type }, 'config.json')).toThrow(
      expect.objectContaining({ code: 'MODEL_TYPE_UNSUPPORTED' }) as Error,
    );
  });
});
