// Optimizer steps as graph nodes: gradient clipping and AdamW.
import type { Value } from './graph-builder.js';
import { cast, scalarLike } from './operations/apply.js';
import { add, divide, minimum, multiply, power, sqrt, subtract } from './operations/elementwise.js';
import { reduceSumSquare } from './operations/reduction.js';

/** Gradients after clipping, and the norm before. */
export interface ClippedGradients {
  readonly gradients: Value[];
  /** Euclidean norm over all gradients together, before clipping; a scalar. */
  readonly norm: Value;
}

/**
 * Scales all gradients by one factor, min(1, maxNorm / (norm + 1e-6)), as PyTorch's clip_grad_norm_ does.
 * @param gradients at least one
 */
export function clipByGlobalNorm(gradients: readonly Value[], maxNorm: number): ClippedGradients {
  const norm = sqrt(gradients.map((gradient) => reduceSumSquare(gradient)).reduce(add));
  const factor = minimum(divide(maxNorm, add(norm, 1e-6)), 1);
  return { gradients: gradients.map((gradient) => multiply(gradient, factor)), norm };
}

/** Running means of a parameter's gradient and of its square, both zero before the first step. */
export interface Moments {
  readonly first: Value;
  readonly second: Value;
}

/** A parameter and what a step of {@link adamW} needs to know of it. */
export interface AdamWParameter {
  readonly parameter: Value;
  readonly gradient: Value;
  readonly moments: Moments;
  /** Decoupled decay rate: the parameter is multiplied by 1 - learningRate * weightDecay. Default 0, which is Adam. */
  readonly weightDecay?: number;
  /** What the learning rate is multiplied by for this parameter, its decay included. Default 1. */
  readonly rateFactor?: number;
}

/** What all parameters of a step of {@link adamW} share. */
export interface AdamWOptions {
  /** A float scalar. */
  readonly learningRate: Value;
  /** The number of this step, from 1: a scalar of any numeric type. */
  readonly step: Value;
  /** Decay rates of the moments; default 0.9 and 0.999. */
  readonly beta1?: number;
  readonly beta2?: number;
  /** Added to the root of the second moment; default 1e-8. */
  readonly epsilon?: number;
}

/**
 * One step of Adam with decoupled weight decay, with PyTorch's defaults: new parameters and moments, in
 * order. Kingma and Ba, https://arxiv.org/abs/1412.6980; Loshchilov and Hutter, https://arxiv.org/abs/1711.05101.
 */
export function adamW(
  parameters: readonly AdamWParameter[],
  { learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamWOptions,
): { parameter: Value; moments: Moments }[] {
  return learningRate.graph.scope('adamW', () => {
    // Near 1 float32 has too few digits for 1 - beta^step: numbers that all elements share are float64.
    const rate = cast(learningRate, 'float64');
    const count = cast(step, 'float64');
    const secondCorrection = sqrt(subtract(1, power(scalarLike(count, beta2), count)));
    const firstCorrection = subtract(1, power(scalarLike(count, beta1), count));
    const correction = divide(secondCorrection, firstCorrection);
    const scaledEpsilon = multiply(secondCorrection, epsilon);
    return parameters.map(({ parameter, gradient, moments, weightDecay = 0, rateFactor = 1 }) => {
      const { type } = parameter;
      const ownRate = rateFactor === 1 ? rate : multiply(rate, rateFactor);
      const first = add(multiply(moments.first, beta1), multiply(gradient, 1 - beta1));
      const square = multiply(multiply(gradient, 1 - beta2), gradient);
      const second = add(multiply(moments.second, beta2), square);
      // rate m / c1 / (sqrt(v) / c2 + epsilon), both sides of the fraction multiplied by c2
      const direction = divide(first, add(sqrt(second), cast(scaledEpsilon, type)));
      const kept = subtract(1, multiply(ownRate, weightDecay));
      const decayed = weightDecay === 0 ? parameter : multiply(parameter, cast(kept, type));
      const updated = subtract(
        decayed,
        multiply(direction, cast(multiply(ownRate, correction), type)),
      );
      return { parameter: updated, moments: { first, second } };
    });
  });
}
