// From the vectors of tokens to one vector a text, in the graph, with bert-as-service's semantics.
import { polytagError } from '../errors/index.js';
import {
  add,
  cast,
  concat,
  divide,
  gather,
  gemm,
  maximum,
  multiply,
  range,
  reduceMax,
  reduceSum,
  reshape,
  sizeOf,
  subtract,
  take,
  tanh,
  unsqueeze,
  type Value,
} from '../graph/index.js';
import type { BertConfig } from './config.js';

/** Ways to make one vector of a text's token vectors, and `none`: every token's vector, padding zero. */
export const poolings = ['none', 'mean', 'max', 'mean_max', 'first', 'last', 'pooler'] as const;

/**
 * How token vectors become one. `mean`, `max`: over tokens that the attention mask keeps, `[CLS]` and
 * `[SEP]` among them. `mean_max`: both, one after the other. `first`: the first token. `last`: the n-th
 * token of a mask with n ones. `pooler`: the trained pooler on the last layer's first token (BERT only).
 */
export type FeaturePooling = (typeof poolings)[number];

/**
 * How a text becomes a vector: its tokens' vectors made one, or what the classifier makes of them that the
 * model was fine-tuned with.
 */
export type Pooling = FeaturePooling | ClassifierOutput;

/** Outputs of the classifier that a model was fine-tuned with. */
export const classifierOutputs = ['classification', 'regression'] as const;

/**
 * `classification`: one number a label, by the activation that the model declares: softmax, or sigmoids
 * where its config.json says `"problem_type": "multi_label_classification"`. `regression`: the sigmoid of
 * the classifier's only unit.
 */
export type ClassifierOutput = (typeof classifierOutputs)[number];

/** Some columns of an encoding: the layers' vectors, concatenated in order, then pooled. */
export interface Feature {
  readonly pooling: FeaturePooling;
  /**
   * Layers by number: k the output of layer k, 0 the embeddings, -1 the last layer, -2 the last but one.
   * `pooler` takes no heed of it.
   */
  readonly layers: readonly number[];
}

/** Features of an encoder with the layers of each counted from the embeddings. */
export interface ResolvedFeatures {
  readonly features: readonly Feature[];
  /** The highest layer that any feature needs. */
  readonly lastLayer: number;
  /** Columns of an encoding. */
  readonly width: number;
}

/**
 * Checks features against an encoder.
 * @throws PolytagError OPTION_INVALID for a layer that the encoder lacks, an unknown pooling, none at all,
 * or `none` beside others
 */
export function resolveFeatures(
  config: BertConfig,
  features: readonly Feature[],
): ResolvedFeatures {
  if (features.length === 0) throw invalid('features', '', 'at least one pooling');
  const resolved = features.map(({ pooling, layers }): Feature => {
    if (!poolings.includes(pooling)) throw invalid('pooling', pooling, poolings.join(', '));
    if (pooling === 'none' && features.length > 1) {
      throw invalid('pooling', pooling, '"none" alone, without other poolings beside it');
    }
    if (pooling === 'pooler') return { pooling, layers: [config.layers] };
    if (layers.length === 0) throw invalid('layers', '', 'at least one layer');
    return { pooling, layers: layers.map((layer) => resolveLayer(config, layer)) };
  });
  return {
    features: resolved,
    lastLayer: Math.max(...resolved.flatMap(({ layers }) => layers)),
    width: resolved.reduce(
      (sum, { pooling, layers }) =>
        sum + layers.length * config.hiddenSize * (pooling === 'mean_max' ? 2 : 1),
      0,
    ),
  };
}

function resolveLayer({ layers }: BertConfig, layer: number): number {
  const resolved = layer < 0 ? layer + layers + 1 : layer;
  if (Number.isInteger(layer) && resolved >= 0 && resolved <= layers) return resolved;
  const expected = `a whole number from ${-layers - 1} to ${layers} for an encoder of ${layers} layers`;
  throw invalid('layers', String(layer), expected);
}

function invalid(option: string, value: string, expected: string): Error {
  return polytagError('OPTION_INVALID', { option, value, expected });
}

/**
 * Builds features side by side.
 *
 * @param states hidden states [batch, sequence, hidden] by layer number
 * @param attentionMask int64 [batch, sequence]
 * @param weight the weight of a name; asked for `pooler.dense.weight` and `.bias` only
 * @returns [batch, width], or for `none` [batch, sequence, width]
 */
export function buildFeatures(
  { features }: ResolvedFeatures,
  states: ReadonlyMap<number, Value>,
  attentionMask: Value,
  weight: (name: string) => Value,
): Value {
  const columns = features.map(({ pooling, layers }) => {
    const chosen = layers.map((layer) => {
      const state = states.get(layer);
      if (state === undefined) throw new RangeError(`the hidden states lack layer ${layer}`);
      return state;
    });
    return pool(pooling, concat(chosen, -1), attentionMask, weight);
  });
  return concat(columns, -1);
}

function pool(
  pooling: FeaturePooling,
  tokens: Value,
  attentionMask: Value,
  weight: (name: string) => Value,
): Value {
  const mask = cast(attentionMask, tokens.type);
  switch (pooling) {
    case 'none':
      return multiply(tokens, unsqueeze(mask, [-1]));
    case 'mean':
      return meanOf(tokens, mask);
    case 'max':
      return maxOf(tokens, mask);
    case 'mean_max':
      return concat([meanOf(tokens, mask), maxOf(tokens, mask)], -1);
    case 'first':
      return take(tokens, 1, 0);
    case 'last':
      return lastOf(tokens, attentionMask);
    case 'pooler': {
      const dense = gemm(
        take(tokens, 1, 0),
        weight('pooler.dense.weight'),
        weight('pooler.dense.bias'),
        {
          transposeRight: true,
        },
      );
      return tanh(dense);
    }
  }
}

/** The mean of unmasked tokens; 0 if there are none. */
function meanOf(tokens: Value, mask: Value): Value {
  const sum = reduceSum(multiply(tokens, unsqueeze(mask, [-1])), { axes: [1] });
  return divide(sum, add(reduceSum(mask, { axes: [1], keepAxes: true }), 1e-10));
}

/** The largest of unmasked tokens; -1e30 if there are none. */
function maxOf(tokens: Value, mask: Value): Value {
  const penalty = multiply(subtract(1, mask), 1e30);
  return reduceMax(subtract(tokens, unsqueeze(penalty, [-1])), { axes: [1] });
}

/** The token at the number of unmasked tokens less one. */
function lastOf(tokens: Value, attentionMask: Value): Value {
  const { graph } = tokens;
  const [batch, sequence, width] = tokens.shape;
  const count = reduceSum(attentionMask, { axes: [1] });
  const position = maximum(subtract(count, 1), 0);
  const text = multiply(range(graph, batch), sizeOf(graph, sequence));
  return gather(reshape(tokens, [-1, width]), add(text, position));
}
