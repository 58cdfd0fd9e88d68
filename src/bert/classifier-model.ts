// The model of a classifier: token ids in, one logit a label out.
import { GraphBuilder, type Tensor } from '../graph/index.js';
import { addHeadWeights, buildHead, type HeadLayers } from './classification-head.js';
import type { BertConfig } from './config.js';
import { buildEncoder } from './encoder-graph.js';
import { declareInputs, initializersOf } from './encoder-model.js';
import { buildFeatures, type ResolvedFeatures } from './pooling.js';

/** The output of a classifier's model: raw logits, float32 [batch_size, labels]. */
export const logitsName = 'logits';

/**
 * The graph of an encoder, its features and a head on them.
 *
 * @param weights of the encoder, by name
 * @param head for raw features
 */
export function buildClassifierModel(
  config: BertConfig,
  features: ResolvedFeatures,
  weights: ReadonlyMap<string, Tensor>,
  head: HeadLayers<Tensor>,
): GraphBuilder {
  const graph = new GraphBuilder();
  const inputs = declareInputs(graph, config);
  const weight = initializersOf(graph, weights);
  const states = buildEncoder({ config, ...inputs, weight }, features.lastLayer);
  const vectors = buildFeatures(features, states, inputs.attentionMask, weight);
  graph.output(logitsName, buildHead(vectors, addHeadWeights(vectors, head)));
  return graph;
}
