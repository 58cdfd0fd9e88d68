// The graphs that train a dense head: one whole training step, and the logits of given rows.
import { buildHead, type HeadLayers, headLayersOf, namedHeadWeights } from '../bert/index.js';
import {
  adamW,
  dropout,
  gather,
  GraphBuilder,
  gradients,
  modelToChunks,
  type Tensor,
  type Value,
} from '../graph/index.js';
import type { BaseRates } from './training-labels.js';
import { multiLabelLoss, type TrainingLoss } from './losses.js';
import type { HeadSettings } from './settings.js';

/** A state tensor of the step: the graph reads `input` and computes its successor, `output`. */
interface StepState {
  readonly input: string;
  readonly output: string;
  readonly initial: Tensor;
}

/** An ONNX model in pieces, and the state that it carries from step to step. */
export interface StepModel {
  readonly model: Uint8Array[];
  readonly state: readonly StepState[];
}

/** Names of what the models are fed with, and of what they answer. */
export const stepNames = {
  /** float32 [rows, width] */
  features: 'features',
  /** float32 [rows, labels]: 1 positive, 0 negative or unknown */
  targets: 'targets',
  /** float32 [rows, labels]: 1 known, 0 unknown */
  known: 'known',
  /** int64 [batch]: which rows */
  rows: 'rows',
  /** float32 scalar */
  learningRate: 'learning_rate',
  /** int64 scalar, from 1 */
  step: 'step',
  /** float32 scalar out */
  loss: 'loss',
  /** float32 [batch, labels] out */
  logits: 'logits',
} as const;

/** Where dropout's randomness is drawn for the hidden layer; other layers would take other numbers. */
const HIDDEN_DROPOUT_SITE = 0;

/**
 * The training step of a dense head: takes rows of the resident features, and computes loss, gradients
 * and AdamW's successors of weights and moments.
 *
 * @param width numbers a row of features
 * @param initial the first weights
 * @param kind the loss, if it is not that of the settings alone
 */
export function buildHeadStep(
  width: number,
  initial: HeadLayers<Tensor<'float32'>>,
  settings: HeadSettings,
  baseRates: BaseRates,
  kind: TrainingLoss = settings.loss,
): StepModel {
  const graph = new GraphBuilder();
  const labels = baseRates.length;
  const rows = graph.input(stepNames.rows, 'int64', ['batch']);
  const pick = (name: string, columns: number): Value =>
    gather(graph.input(name, 'float32', ['rows', columns]), rows);
  const features = pick(stepNames.features, width);
  const targets = pick(stepNames.targets, labels);
  const known = pick(stepNames.known, labels);
  const learningRate = graph.input(stepNames.learningRate, 'float32', []);
  const step = graph.input(stepNames.step, 'int64', []);

  const weights = namedHeadWeights(initial);
  const parameters = weights.map(([name, { shape }]) => graph.input(name, 'float32', shape));
  const layers = headLayersOf(new Map(weights.map(([name], at) => [name, parameters[at]])));
  const seed = graph.scalar('int64', settings.seed);
  const logits = buildHead(features, layers, (activations) =>
    dropout(activations, settings.dropout, { seed, step, site: HIDDEN_DROPOUT_SITE }),
  );
  const loss = multiLabelLoss(logits, targets, known, kind, baseRates);
  graph.output(stepNames.loss, loss);

  const state = addOptimizer(weights, parameters, gradients(loss, parameters), settings, {
    learningRate,
    step,
  });
  return { model: modelToChunks(graph), state };
}

function addOptimizer(
  weights: readonly [string, Tensor<'float32'>][],
  parameters: readonly Value[],
  parameterGradients: readonly Value[],
  { weightDecay }: HeadSettings,
  options: { learningRate: Value; step: Value },
): StepState[] {
  const { graph } = options.step;
  const updated = adamW(
    weights.map(([name, { shape }], at) => ({
      parameter: parameters[at],
      gradient: parameterGradients[at],
      moments: {
        first: graph.input(`${name}.first_moment`, 'float32', shape),
        second: graph.input(`${name}.second_moment`, 'float32', shape),
      },
      weightDecay: shape.length > 1 ? weightDecay : 0,
    })),
    options,
  );
  return weights.flatMap(([name, tensor], at) => {
    const { parameter, moments } = updated[at];
    const zeros = (): Tensor => ({ ...tensor, data: new Float32Array(tensor.data.length) });
    return [
      declareState(name, parameter, tensor),
      declareState(`${name}.first_moment`, moments.first, zeros()),
      declareState(`${name}.second_moment`, moments.second, zeros()),
    ];
  });
}

function declareState(input: string, successor: Value, initial: Tensor): StepState {
  const output = `${input}.next`;
  successor.graph.output(output, successor);
  return { input, output, initial };
}

/** The logits of given rows of the resident features; the weights are fed, under their names. */
export function buildHeadScorer(width: number, shapes: HeadLayers<Tensor>): Uint8Array[] {
  const graph = new GraphBuilder();
  const rows = graph.input(stepNames.rows, 'int64', ['batch']);
  const features = gather(graph.input(stepNames.features, 'float32', ['rows', width]), rows);
  const layers = headLayersOf(
    new Map(
      namedHeadWeights(shapes).map(([name, { shape }]) => [
        name,
        graph.input(name, 'float32', shape),
      ]),
    ),
  );
  graph.output(stepNames.logits, buildHead(features, layers));
  return modelToChunks(graph);
}
