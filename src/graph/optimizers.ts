// Optimizer steps as graph nodes: gradient clipping and AdamW.
import type { Value } from './graph-builder.js';
import { cast, scalarLike } from './operations/apply.js';
import { add, divide, minimum, multiply, power, sqrt, subtract } from './operations/elementwise.js';
import { reduceSumSquare } from './operations/reduction.js';
import { concat, split } from './operations/shaping.js';

/** What clipping comes to. */
export interface Clipping {
  /** What to multiply all gradients by; a scalar. */
  readonly factor: Value;
  /** Euclidean norm over all gradients together, before clipping; a scalar. */
  readonly norm: Value;
}

/**
 * The factor that clips all gradients to a norm together, min(1, maxNorm / (norm + 1e-6)), as PyTorch's clip_grad_norm_
 * does. {@link adamW} multiplies by it where it multiplies anyway.
 * @param gradients at least one
 */
export function clipByGlobalNorm(gradients: readonly Value[], maxNorm: number): Clipping {
  const isVector = ({ rank }: Value): boolean => rank === 1;
  const vectors = gradients.filter(isVector);
  const others = gradients.filter((gradient) => !isVector(gradient));
  const parts = vectors.length === 0 ? others : [...others, concat(vectors, 0)];
  const norm = sqrt(parts.map((part) => reduceSumSquare(part)).reduce(add));
  return { factor: minimum(divide(maxNorm, add(norm, 1e-6)), 1), norm };
}

/** Running means of a parameter's gradient and of its square, both zero before the first step. */
interface Moments {
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
  /** What gradients are multiplied by first, as {@link clipByGlobalNorm} gives it; default 1. */
  readonly gradientFactor?: Value;
  /** Decay rates of the moments; default 0.9 and 0.999. */
  readonly beta1?: number;
  readonly beta2?: number;
  /** Added to the root of the second moment; default 1e-8. */
  readonly epsilon?: number;
}

/** A parameter and its moments after a step. */
interface AdamWResult {
  readonly parameter: Value;
  readonly moments: Moments;
}

/**
 * One step of Adam with decoupled weight decay, with PyTorch's defaults: new parameters and moments, in
 * order. Kingma and Ba, https://arxiv.org/abs/1412.6980; Loshchilov and Hutter, https://arxiv.org/abs/1711.05101.
 *
 * Vectors that are treated alike are updated end to end: a node over a few hundred numbers takes as long as its start.
 */
export function adamW(parameters: readonly AdamWParameter[], options: AdamWOptions): AdamWResult[] {
  return options.learningRate.graph.scope('adamW', () => {
    const update = buildUpdate(options);
    const bundles = new Map<unknown, AdamWParameter[]>();
    for (const own of parameters) {
      const { parameter, weightDecay = 0, rateFactor = 1 } = own;
      const kind = parameter.rank === 1 ? [parameter.type, weightDecay, rateFactor].join() : own;
      bundles.set(kind, [...(bundles.get(kind) ?? []), own]);
    }
    const results = new Map<AdamWParameter, AdamWResult>();
    for (const bundle of bundles.values()) {
      const updated = bundle.length === 1 ? bundle.map(update) : updateTogether(bundle, update);
      bundle.forEach((own, at) => results.set(own, updated[at]));
    }
    return parameters.flatMap((own) => results.get(own) ?? []);
  });
}

/** Updates vectors as one. */
function updateTogether(
  bundle: readonly AdamWParameter[],
  update: (own: AdamWParameter) => AdamWResult,
): AdamWResult[] {
  const join = (part: (own: AdamWParameter) => Value): Value => concat(bundle.map(part), 0);
  const { parameter, moments } = update({
    ...bundle[0],
    parameter: join((own) => own.parameter),
    gradient: join((own) => own.gradient),
    moments: { first: join((own) => own.moments.first), second: join((own) => own.moments.second) },
  });
  const sizes = bundle.map((own) => own.parameter.shape[0]);
  const [parts, firsts, seconds] = [parameter, moments.first, moments.second].map((joined) =>
    split(joined, 0, sizes),
  );
  return bundle.map((_, at) => {
    return { parameter: parts[at], moments: { first: firsts[at], second: seconds[at] } };
  });
}

/** The step of one parameter. */
function buildUpdate({
  learningRate,
  step,
  gradientFactor,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: AdamWOptions): (own: AdamWParameter) => AdamWResult {
  // Near 1 float32 has too few digits for 1 - beta^step: numbers that all elements share are float64.
  const rate = cast(learningRate, 'float64');
  const count = cast(step, 'float64');
  const secondCorrection = sqrt(subtract(1, power(scalarLike(count, beta2), count)));
  const firstCorrection = subtract(1, power(scalarLike(count, beta1), count));
  const correction = divide(secondCorrection, firstCorrection);
  const scaledEpsilon = multiply(secondCorrection, epsilon);
  const firstShare = 1 - beta1;
  const share =
    gradientFactor === undefined
      ? firstShare
      : multiply(cast(gradientFactor, 'float64'), firstShare);
  return ({ parameter, gradient, moments, weightDecay = 0, rateFactor = 1 }) => {
    const { type } = parameter;
    const ownRate = rateFactor === 1 ? rate : multiply(rate, rateFactor);
    // (1 - beta1) times the clipped gradient; its square is brought to 1 - beta2 times the gradient's.
    const news = multiply(gradient, typeof share === 'number' ? share : cast(share, type));
    const first = add(multiply(moments.first, beta1), news);
    const square = multiply(multiply(news, (1 - beta2) / firstShare ** 2), news);
    const second = add(multiply(moments.second, beta2), square);
    // rate m / c1 / (sqrt(v) / c2 + epsilon), both sides of the fraction multiplied by c2
    const direction = divide(first, add(sqrt(second), cast(scaledEpsilon, type)));
    const kept = subtract(1, multiply(ownRate, weightDecay));
    const decayed = weightDecay === 0 ? parameter : multiply(parameter, cast(kept, type));
    const change = multiply(direction, cast(multiply(ownRate, correction), type));
    return { parameter: subtract(decayed, change), moments: { first, second } };
  };
}
