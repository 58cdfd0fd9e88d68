// The configuration of a BERT encoder, from Hugging Face's config.json (bert, distilbert) or Google's bert_config.json.
import { polytagError } from '../errors/index.js';
import type { JsonObject } from '../weights/index.js';

/** Activations between the two linear layers of a feed-forward block, by their names in configurations. */
export const activations = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_10: 'gelu',
  gelu_new: 'geluTanh',
  gelu_fast: 'geluTanh',
  gelu_accurate: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  gelu_python_tanh: 'geluTanh',
  quick_gelu: 'quickGelu',
  relu: 'relu',
  relu6: 'relu6',
  silu: 'silu',
  swish: 'silu',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  linear: 'linear',
} as const;

/** What an activation computes: GELU by the error function or by tanh, x sigmoid(1.702 x), and others. */
export type Activation = (typeof activations)[keyof typeof activations];

/** A BERT encoder's sizes and settings. */
export interface BertConfig {
  readonly modelType: 'bert' | 'distilbert';
  /** Rows of the word embeddings. */
  readonly vocabularySize: number;
  /** Width of hidden states. */
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Width between the two linear layers of a feed-forward block. */
  readonly intermediateSize: number;
  /** Longest sequence, in tokens. */
  readonly positions: number;
  /** Segments that have embeddings; 0 for a DistilBERT, which has none. */
  readonly tokenTypes: number;
  readonly activation: Activation;
  readonly layerNormEpsilon: number;
  /** Dropout rates in training, from 0 up to 1. */
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
}

/** Keys of a configuration in each of the two dialects. */
const keys = {
  bert: {
    hiddenSize: 'hidden_size',
    layers: 'num_hidden_layers',
    heads: 'num_attention_heads',
    intermediateSize: 'intermediate_size',
    activation: 'hidden_act',
    hiddenDropout: 'hidden_dropout_prob',
    attentionDropout: 'attention_probs_dropout_prob',
  },
  distilbert: {
    hiddenSize: 'dim',
    layers: 'n_layers',
    heads: 'n_heads',
    intermediateSize: 'hidden_dim',
    activation: 'activation',
    hiddenDropout: 'dropout',
    attentionDropout: 'attention_dropout',
  },
} as const;

/** No encoder comes near these; a configuration beyond them is a mistake or an attack. */
const largest = {
  width: 2 ** 16,
  layers: 1000,
  vocabulary: 2 ** 24,
  positions: 2 ** 20,
  types: 1024,
};

/**
 * Reads a configuration.
 * @param config the object in config.json or bert_config.json
 * @param file its path, for messages
 * @throws PolytagError MODEL_CONFIG_INVALID, MODEL_TYPE_UNSUPPORTED
 */
export function parseBertConfig(config: JsonObject, file: string): BertConfig {
  const modelType = readModelType(config, file);
  const names = keys[modelType];
  const read = new ConfigReader(config, file);
  read.refuseUnless('position_embedding_type', 'absolute');
  read.refuseUnless('is_decoder', false);
  read.refuseUnless('add_cross_attention', false);
  const hiddenSize = read.count(names.hiddenSize, largest.width);
  const heads = read.count(names.heads, hiddenSize);
  if (hiddenSize % heads !== 0) {
    throw read.problem(names.heads, `a divisor of ${names.hiddenSize}, which is ${hiddenSize}`);
  }
  return {
    modelType,
    vocabularySize: read.count('vocab_size', largest.vocabulary),
    hiddenSize,
    layers: read.count(names.layers, largest.layers),
    heads,
    intermediateSize: read.count(names.intermediateSize, 16 * largest.width),
    positions: read.count('max_position_embeddings', largest.positions),
    tokenTypes: modelType === 'bert' ? read.count('type_vocab_size', largest.types) : 0,
    activation: read.activation(names.activation),
    layerNormEpsilon: read.fraction('layer_norm_eps', 1e-12),
    hiddenDropout: read.fraction(names.hiddenDropout, 0.1),
    attentionDropout: read.fraction(names.attentionDropout, 0.1),
  };
}

function readModelType(config: JsonObject, file: string): BertConfig['modelType'] {
  // Google's configurations and the oldest of Hugging Face do not name the type.
  const type = config.model_type ?? 'bert';
  if (type === 'bert' || type === 'distilbert') return type;
  throw polytagError('MODEL_TYPE_UNSUPPORTED', { file, type: JSON.stringify(type).slice(0, 40) });
}

/** Reads one field after the other, each checked. */
class ConfigReader {
  constructor(
    private readonly config: JsonObject,
    private readonly file: string,
  ) {}

  count(key: string, maximum: number): number {
    const value = this.config[key];
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maximum) {
      return value;
    }
    throw this.problem(key, `a whole number from 1 to ${maximum}`);
  }

  fraction(key: string, fallback: number): number {
    const value = this.config[key] ?? fallback;
    if (typeof value === 'number' && value >= 0 && value < 1) return value;
    throw this.problem(key, 'a number from 0 up to 1');
  }

  activation(key: string): Activation {
    const value = this.config[key] ?? 'gelu';
    for (const [name, activation] of Object.entries(activations)) {
      if (value === name) return activation;
    }
    throw this.problem(key, `one of ${Object.keys(activations).join(', ')}`);
  }

  /** A setting that polytag does not build may be there only with the one value it builds. */
  refuseUnless(key: string, supported: string | boolean): void {
    const value = this.config[key] ?? supported;
    if (value !== supported) throw this.problem(key, JSON.stringify(supported));
  }

  problem(key: string, expected: string): Error {
    const shown = Object.hasOwn(this.config, key)
      ? `is ${JSON.stringify(this.config[key]).slice(0, 40)}`
      : 'is missing';
    const problem = `"${key}" ${shown}; expected ${expected}`;
    return polytagError('MODEL_CONFIG_INVALID', { file: this.file, problem });
  }
}
