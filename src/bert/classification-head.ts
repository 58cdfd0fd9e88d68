// The dense head on pooled features: an optional hidden relu layer, then one logit a label.
import { gemm, relu, type Tensor, type Value } from '../graph/index.js';

/** Names of the head's weights in model files; a linear head has only the last two. */
const headWeightNames = {
  hiddenWeight: 'classifier.hidden.weight',
  hiddenBias: 'classifier.hidden.bias',
  outputWeight: 'classifier.weight',
  outputBias: 'classifier.bias',
} as const;

/** A weight matrix [outputs, inputs] with its bias [outputs], as values of a graph or as tensors. */
export interface DenseLayer<Weight> {
  readonly weight: Weight;
  readonly bias: Weight;
}

/** The head's layers; without `hidden` it is linear. */
export interface HeadLayers<Weight> {
  readonly hidden?: DenseLayer<Weight> | undefined;
  readonly output: DenseLayer<Weight>;
}

/** The head's weights in file order, by name. */
export function namedHeadWeights<Weight>({
  hidden,
  output,
}: HeadLayers<Weight>): [string, Weight][] {
  const { hiddenWeight, hiddenBias, outputWeight, outputBias } = headWeightNames;
  return [
    ...(hidden === undefined
      ? []
      : ([
          [hiddenWeight, hidden.weight],
          [hiddenBias, hidden.bias],
        ] satisfies [string, Weight][])),
    [outputWeight, output.weight],
    [outputBias, output.bias],
  ];
}

/** The layers again, of weights by name. @throws Error when the output layer is not among them */
export function headLayersOf<Weight>(weights: ReadonlyMap<string, Weight>): HeadLayers<Weight> {
  const hidden = layerOf(weights, headWeightNames.hiddenWeight, headWeightNames.hiddenBias);
  const output = layerOf(weights, headWeightNames.outputWeight, headWeightNames.outputBias);
  if (output === undefined) throw new Error('a head without an output layer');
  return { hidden, output };
}

function layerOf<Weight>(
  weights: ReadonlyMap<string, Weight>,
  weightName: string,
  biasName: string,
): DenseLayer<Weight> | undefined {
  const weight = weights.get(weightName);
  const bias = weights.get(biasName);
  return weight === undefined || bias === undefined ? undefined : { weight, bias };
}

/** Makes every weight an initializer of `like`'s graph, under its name. */
export function addHeadWeights(like: Value, head: HeadLayers<Tensor>): HeadLayers<Value> {
  const entries = namedHeadWeights(head).map(([name, tensor]): [string, Value] => [
    name,
    like.graph.initializer(name, tensor),
  ]);
  return headLayersOf(new Map(entries));
}

/**
 * logits = W2 relu(W1 features + b1) + b2, or W2 features + b2 without a hidden layer.
 *
 * @param features [batch, width]
 * @param dropHidden what training does to the hidden activations; nothing by default
 * @returns [batch, labels]
 */
export function buildHead(
  features: Value,
  { hidden, output }: HeadLayers<Value>,
  dropHidden: (activations: Value) => Value = (activations) => activations,
): Value {
  const inputs =
    hidden === undefined
      ? features
      : dropHidden(relu(gemm(features, hidden.weight, hidden.bias, { transposeRight: true })));
  return gemm(inputs, output.weight, output.bias, { transposeRight: true });
}
