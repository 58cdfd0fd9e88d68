// The graph that says what each token adds to a label: the classifier's own, its gradient behind it.
import {
  addHeadWeights,
  buildEncoder,
  buildFeatures,
  buildHead,
  declareInputs,
  initializersOf,
  logitsName,
} from '../../bert/index.js';
import {
  add,
  GraphBuilder,
  gradients,
  multiply,
  reduceSum,
  subtract,
  unsqueeze,
} from '../../graph/index.js';
import type { TrainedWeights } from '../trained-weights.js';

/** Names of what is fed and answered beside the encoder's inputs and the logits. */
export const attributionNames = {
  /** int64 [batch_size, sequence_length]: the ids of the text without its words */
  baseIds: 'base_ids',
  /** float32 [batch_size, labels]: 1 for the label that is explained, else 0 */
  selection: 'selection',
  /** float32 [batch_size]: how far from the base to the text, 0 to 1 */
  share: 'share',
  /** float32 [batch_size, sequence_length] out */
  attributions: 'attributions',
} as const;

/**
 * Builds it. With x the embeddings of the text and b those of the base (words, positions and types together,
 * normalised), the classifier runs on e = b + share (x - b); an attribution is the sum over the embedding's numbers of
 * (x - b) d logit / d e. Averaged over shares from 0 to 1 these are integrated gradients (Sundararajan et al. 2017,
 * "Axiomatic Attribution for Deep Networks"): over all tokens they sum to the logit of the text less that of the base.
 */
export function buildAttributionModel(trained: TrainedWeights): GraphBuilder {
  const { config, features, weights, head } = trained;
  const graph = new GraphBuilder();
  const inputs = declareInputs(graph, config);
  const { attentionMask } = inputs;
  const baseIds = graph.input(attributionNames.baseIds, 'int64', inputs.inputIds.shape);
  const [labels] = head.output.bias.shape;
  const selection = graph.input(attributionNames.selection, 'float32', ['batch_size', labels]);
  const share = graph.input(attributionNames.share, 'float32', ['batch_size']);
  const weight = initializersOf(graph, weights);
  const embed = (inputIds: typeof baseIds) => {
    const state = buildEncoder({ config, ...inputs, inputIds, weight }, 0).get(0);
    if (state === undefined) throw new Error('an encoder without embeddings');
    return state;
  };
  const base = embed(baseIds);
  const difference = subtract(embed(inputs.inputIds), base);
  const states = add(base, multiply(difference, unsqueeze(share, [1, 2])));
  const layers = buildEncoder(
    { config, ...inputs, weight, start: { layer: 0, states } },
    features.lastLayer,
  );
  const pooled = buildFeatures(features, layers, attentionMask, weight);
  const logits = buildHead(pooled, addHeadWeights(pooled, head));
  const [gradient] = gradients(reduceSum(multiply(logits, selection)), [states]);
  graph.output(logitsName, logits);
  const products = multiply(gradient, difference);
  graph.output(attributionNames.attributions, reduceSum(products, { axes: [2] }));
  return graph;
}
