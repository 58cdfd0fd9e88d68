// Standardised inputs: each feature brought to mean 0 and deviation 1 while the head learns, then folded into its weights.
import type { DenseLayer, HeadLayers } from '../bert/index.js';
import type { Tensor } from '../graph/index.js';

/** Mean and deviation of each feature, over the training rows. */
export interface Standardization {
  /** [features] */
  readonly means: Float64Array;
  /** [features], each above 0; a feature that never varies has 1. */
  readonly deviations: Float64Array;
}

/** Below this share of a feature's magnitude, its deviation is rounding noise and not worth magnifying. */
const CONSTANT_FEATURE = 1e-6;

/**
 * Means and population deviations of the columns over the given rows, in float64.
 *
 * @param values [.., width], row-major
 */
export function measureStandardization(
  values: Float32Array,
  width: number,
  rows: Int32Array,
): Standardization {
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  for (const row of rows) {
    for (let column = 0, at = row * width; column < width; column++, at++) {
      means[column] += values[at];
    }
  }
  for (let column = 0; column < width; column++) means[column] /= rows.length;
  for (const row of rows) {
    for (let column = 0, at = row * width; column < width; column++, at++) {
      squares[column] += (values[at] - means[column]) ** 2;
    }
  }
  const deviations = squares.map((sum, column) => {
    const deviation = Math.sqrt(sum / rows.length);
    return deviation > CONSTANT_FEATURE * (1 + Math.abs(means[column])) ? deviation : 1;
  });
  return { means, deviations };
}

/** Brings every row of `values` to the standard scale, in place. */
export function standardizeRows(
  values: Float32Array,
  { means, deviations }: Standardization,
): void {
  const width = means.length;
  for (let at = 0; at < values.length; at += width) {
    for (let column = 0; column < width; column++) {
      values[at + column] = (values[at + column] - means[column]) / deviations[column];
    }
  }
}

/** The head for raw features that does what `head` does for standardised ones. */
export function foldHead(
  { hidden, output }: HeadLayers<Tensor>,
  standardization: Standardization,
): HeadLayers<Tensor> {
  return hidden === undefined
    ? { output: foldLayer(output, standardization) }
    : { hidden: foldLayer(hidden, standardization), output };
}

function foldLayer(
  { weight, bias }: DenseLayer<Tensor>,
  standardization: Standardization,
): DenseLayer<Tensor> {
  if (!(weight.data instanceof Float32Array && bias.data instanceof Float32Array)) {
    throw new TypeError('a head is trained in float32');
  }
  const folded = foldStandardization(weight.data, bias.data, standardization);
  return { weight: { ...weight, data: folded.weight }, bias: { ...bias, data: folded.bias } };
}

/**
 * The first layer for raw features that does what `weight`, `bias` do for standardised ones:
 * W (x - m) / s + b = (W / s) x + (b - W (m / s)).
 *
 * @param weight [units, features], row-major
 * @param bias [units]
 */
export function foldStandardization(
  weight: Float32Array,
  bias: Float32Array,
  { means, deviations }: Standardization,
): { weight: Float32Array; bias: Float32Array } {
  const width = means.length;
  const foldedWeight = new Float32Array(weight.length);
  const foldedBias = bias.map((start, unit) => {
    let shift = 0;
    for (let column = 0, at = unit * width; column < width; column++, at++) {
      const scaled = weight[at] / deviations[column];
      foldedWeight[at] = scaled;
      shift += scaled * means[column];
    }
    return start - shift;
  });
  return { weight: foldedWeight, bias: foldedBias };
}
