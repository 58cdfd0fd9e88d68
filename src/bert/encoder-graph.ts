// The BERT encoder, written once: embeddings and layers as a graph, for inference and for training alike.
// (Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding")
import {
  add,
  cast,
  gather,
  gelu,
  gemm,
  layerNormalization,
  matMul,
  maximum,
  minimum,
  multiply,
  power,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  subtract,
  tanh,
  transpose,
  unsqueeze,
  type Value,
} from '../graph/index.js';
import type { Activation, BertConfig } from './config.js';

/** What an encoder is built from. */
export interface EncoderParts {
  readonly config: BertConfig;
  /** int64 [batch, sequence]. */
  readonly inputIds: Value;
  /** int64 [batch, sequence]: 1 for tokens, 0 for padding. */
  readonly attentionMask: Value;
  /** int64 [batch, sequence]; needed unless the encoder has no token types. */
  readonly tokenTypeIds?: Value;
  /**
   * The weight of a name of Hugging Face's BertModel, `encoder.layer.0.output.dense.weight`, linear ones
   * as [outputs, inputs]: an initializer, or in training an input or whatever stands for it.
   */
  readonly weight: (name: string) => Value;
  /** Applied where BERT drops out, with the configured rate. Default: nothing is dropped. */
  readonly dropout?: (activations: Value, rate: number) => Value;
  /** Add position embeddings, without which the order of tokens means nothing. Default: true. */
  readonly positionEmbeddings?: boolean | undefined;
  /**
   * Adds to what a linear layer gives: its name (`encoder.layer.0.attention.self.query`), its input rows and
   * its output, each [rows, width]. Default: nothing is added.
   */
  readonly adapt?: (name: string, rows: Value, output: Value) => Value;
  /** Begin with the output of layer `layer` (0: the embeddings), [batch, sequence, hidden], instead of token ids. */
  readonly start?: { readonly layer: number; readonly states: Value };
}

/**
 * Builds an encoder up to layer `lastLayer` (0: the embeddings alone).
 *
 * Attention, softmax and all are plain operations: with one thread and float32 weights, 90 % of the time
 * goes into the linear layers, and neither fused attention operators nor one product for query, key and
 * value gained more than 2 %.
 *
 * @returns hidden states by layer number, each [batch, sequence, hidden]; those before `start` are not there
 */
export function buildEncoder(parts: EncoderParts, lastLayer: number): ReadonlyMap<number, Value> {
  const { config, inputIds, attentionMask, start } = parts;
  const [batch, sequence] = (start?.states ?? inputIds).shape;
  const first = start?.layer ?? 0;
  const states = new Map<number, Value>();
  states.set(first, start?.states ?? buildEmbeddings(parts));
  const embedded = states.get(first);
  if (embedded === undefined || lastLayer < first || lastLayer > config.layers) {
    throw new RangeError(`layers ${first} to ${lastLayer} of ${config.layers}`);
  }
  const shape = [batch, sequence, config.hiddenSize];
  const mask = maskBias(attentionMask, embedded);
  // One row a token: linear layers are then plain products of two matrices.
  let rows = reshape(embedded, [-1, config.hiddenSize]);
  for (let layer = first; layer < lastLayer; layer++) {
    rows = buildLayer(parts, `encoder.layer.${layer}`, rows, mask, [batch, sequence]);
    states.set(layer + 1, reshape(rows, shape));
  }
  return states;
}

/** Words, positions and token types, added and normalised: [batch, sequence, hidden]. */
function buildEmbeddings(parts: EncoderParts): Value {
  const { config, inputIds, tokenTypeIds, weight, positionEmbeddings = true } = parts;
  let sum = gather(weight('embeddings.word_embeddings.weight'), inputIds);
  if (config.tokenTypes > 0) {
    if (tokenTypeIds === undefined) throw new Error('an encoder with token types needs their ids');
    sum = add(sum, gather(weight('embeddings.token_type_embeddings.weight'), tokenTypeIds));
  }
  if (positionEmbeddings) {
    const positions = weight('embeddings.position_embeddings.weight');
    sum = add(sum, slice(positions, 0, { end: inputIds.shape[1] }));
  }
  return drop(parts, normalize(parts, 'embeddings.LayerNorm', sum));
}

/** One layer: attention and a feed-forward block, each added to its input and normalised. */
function buildLayer(
  parts: EncoderParts,
  name: string,
  rows: Value,
  mask: Value,
  sizes: readonly (number | string)[],
): Value {
  const context = attend(parts, `${name}.attention.self`, rows, mask, sizes);
  const attention = drop(parts, linear(parts, `${name}.attention.output.dense`, context));
  const middle = normalize(parts, `${name}.attention.output.LayerNorm`, add(attention, rows));
  const wide = linear(parts, `${name}.intermediate.dense`, middle);
  const inner = activate(parts.config.activation, wide);
  const output = drop(parts, linear(parts, `${name}.output.dense`, inner));
  return normalize(parts, `${name}.output.LayerNorm`, add(output, middle));
}

/** softmax(query key / sqrt(width) + mask) value, by heads; rows in, rows out. */
function attend(
  parts: EncoderParts,
  name: string,
  rows: Value,
  mask: Value,
  [batch, sequence]: readonly (number | string)[],
): Value {
  const { hiddenSize, heads, attentionDropout } = parts.config;
  const width = hiddenSize / heads;
  const byHeads = (part: string, order: readonly number[]): Value =>
    transpose(
      reshape(linear(parts, `${name}.${part}`, rows), [batch, sequence, heads, width]),
      order,
    );
  const query = byHeads('query', [0, 2, 1, 3]);
  const key = byHeads('key', [0, 2, 3, 1]);
  const value = byHeads('value', [0, 2, 1, 3]);
  const scores = multiply(matMul(query, key), 1 / Math.sqrt(width));
  const shares = drop(parts, softmax(add(scores, mask)), attentionDropout);
  return reshape(transpose(matMul(shares, value), [0, 2, 1, 3]), [-1, hiddenSize]);
}

/** 0 for tokens and -10000 for padding, as in the original code: [batch, 1, 1, sequence]. */
function maskBias(attentionMask: Value, like: Value): Value {
  const padding = subtract(1, cast(attentionMask, like.type));
  return unsqueeze(multiply(padding, -10_000), [1, 2]);
}

function linear({ weight, adapt }: EncoderParts, name: string, rows: Value): Value {
  const output = gemm(rows, weight(`${name}.weight`), weight(`${name}.bias`), {
    transposeRight: true,
  });
  return adapt === undefined ? output : adapt(name, rows, output);
}

function normalize({ weight, config }: EncoderParts, name: string, x: Value): Value {
  return layerNormalization(
    x,
    weight(`${name}.weight`),
    weight(`${name}.bias`),
    config.layerNormEpsilon,
  );
}

function drop({ dropout, config }: EncoderParts, x: Value, rate = config.hiddenDropout): Value {
  return dropout === undefined || rate === 0 ? x : dropout(x, rate);
}

/** The activation of feed-forward blocks. */
export function activate(activation: Activation, x: Value): Value {
  switch (activation) {
    case 'gelu':
      return gelu(x);
    case 'geluTanh': {
      const inner = add(x, multiply(power(x, 3), 0.044715));
      return multiply(multiply(x, 0.5), add(tanh(multiply(inner, Math.sqrt(2 / Math.PI))), 1));
    }
    case 'quickGelu':
      return multiply(x, sigmoid(multiply(x, 1.702)));
    case 'silu':
      return multiply(x, sigmoid(x));
    case 'relu':
      return relu(x);
    case 'relu6':
      return minimum(maximum(x, 0), 6);
    case 'tanh':
      return tanh(x);
    case 'sigmoid':
      return sigmoid(x);
    case 'linear':
      return x;
  }
}
