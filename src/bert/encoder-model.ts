// The model of an encoder for inference: token ids in, pooled vectors out, weights inside.
import { polytagError } from '../errors/index.js';
import { GraphBuilder, type Tensor, type Value } from '../graph/index.js';
import { toFloat32, type TensorSource } from '../weights/index.js';
import { buildClassifier, type ResolvedClassifier } from './classifier-outputs.js';
import type { BertConfig } from './config.js';
import { buildEncoder } from './encoder-graph.js';
import { buildFeatures, type ResolvedFeatures } from './pooling.js';

/** Names of the encoder's inputs, as Hugging Face's exports have them; int64 [batch_size, sequence_length]. */
export const inputNames = {
  ids: 'input_ids',
  mask: 'attention_mask',
  types: 'token_type_ids',
} as const;

/** The output: [batch_size, width], or for the pooling `none` [batch_size, sequence_length, width]. */
export const encodingsName = 'encodings';

/** An encoder's inputs in a graph; an encoder without token types has no `tokenTypeIds`. */
export interface EncoderInputs {
  readonly inputIds: Value;
  readonly attentionMask: Value;
  readonly tokenTypeIds?: Value;
}

/** Declares the inputs of an encoder. */
export function declareInputs(graph: GraphBuilder, config: BertConfig): EncoderInputs {
  const shape = ['batch_size', 'sequence_length'];
  const inputIds = graph.input(inputNames.ids, 'int64', shape);
  const attentionMask = graph.input(inputNames.mask, 'int64', shape);
  if (config.tokenTypes === 0) return { inputIds, attentionMask };
  return { inputIds, attentionMask, tokenTypeIds: graph.input(inputNames.types, 'int64', shape) };
}

/** Weights by name as initializers of `graph`, each made when it is first asked for. */
export function initializersOf(
  graph: GraphBuilder,
  tensors: ReadonlyMap<string, Tensor>,
): (name: string) => Value {
  const made = new Map<string, Value>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`the weights lack ${name}`);
    const value = graph.initializer(name, tensor);
    made.set(name, value);
    return value;
  };
}

/** What else an encoder's model is made of. */
export interface ModelVariant {
  /** Default: true. */
  readonly positionEmbeddings?: boolean | undefined;
  /** Applied to the features. Default: none. */
  readonly classifier?: ResolvedClassifier | undefined;
}

/** The graph of an encoder and its features. */
export function buildEncoderModel(
  config: BertConfig,
  features: ResolvedFeatures,
  tensors: ReadonlyMap<string, Tensor>,
  { positionEmbeddings, classifier }: ModelVariant = {},
): GraphBuilder {
  const graph = new GraphBuilder();
  const inputs = declareInputs(graph, config);
  const weight = initializersOf(graph, tensors);
  const parts = { config, ...inputs, weight, positionEmbeddings };
  const states = buildEncoder(parts, features.lastLayer);
  const pooled = buildFeatures(features, states, inputs.attentionMask, weight);
  const output =
    classifier === undefined ? pooled : buildClassifier(classifier, config, pooled, weight);
  graph.output(encodingsName, output);
  return graph;
}

/**
 * Reads the weights that features need, in float32: embeddings, layers up to the last one needed, the
 * pooler if a feature asks for it, and the classifier if `withClassifier`.
 * @param folder names the model in errors
 * @throws PolytagError POOLER_MISSING if the model has no pooler and a feature asks for it
 */
export async function readEncoderWeights(
  source: TensorSource,
  { features, lastLayer }: ResolvedFeatures,
  folder: string,
  withClassifier = false,
): Promise<Map<string, Tensor<'float32'>>> {
  const needsPooler = features.some(({ pooling }) => pooling === 'pooler');
  const names = source.names().filter((name) => {
    const layer = /^encoder\.layer\.(\d+)\./.exec(name);
    if (layer !== null) return Number(layer[1]) < lastLayer;
    if (/^(?:pre_)?classifier\./.test(name)) return withClassifier;
    return name.startsWith('embeddings.') || (needsPooler && name.startsWith('pooler.'));
  });
  if (needsPooler && !names.some((name) => name.startsWith('pooler.'))) {
    throw polytagError('POOLER_MISSING', { folder });
  }
  const tensors = new Map<string, Tensor<'float32'>>();
  // One after the other: each may be large, and is needed in two precisions for a moment.
  for (const name of names) {
    const tensor = toFloat32(await source.read(name));
    if (tensor === null) throw new TypeError(`${name} holds no real numbers`);
    tensors.set(name, tensor);
  }
  return tensors;
}
