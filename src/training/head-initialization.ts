// The first weights of a dense head.
import type { HeadLayers } from '../bert/index.js';
import { RandomSource } from '../data/index.js';
import type { Tensor } from '../graph/index.js';
import type { BaseRates } from './training-labels.js';

/**
 * Weights uniform within +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010), biases 0, but for the
 * logits' biases, which start at the base rates' log odds (the prior of Lin et al. 2017): a fresh head
 * knows how rare each label is, and the first steps need not spend themselves on it.
 */
export function initializeHead(
  width: number,
  hiddenUnits: number,
  baseRates: BaseRates,
  seed: number,
): HeadLayers<Tensor<'float32'>> {
  const random = new RandomSource(seed);
  const labels = baseRates.length;
  const logOdds = Float32Array.from(baseRates, (rate) => Math.log(rate / (1 - rate)));
  const hidden =
    hiddenUnits === 0
      ? undefined
      : {
          weight: drawWeights(random, hiddenUnits, width),
          bias: vectorOf(new Float32Array(hiddenUnits)),
        };
  const output = {
    weight: drawWeights(random, labels, hiddenUnits === 0 ? width : hiddenUnits),
    bias: vectorOf(logOdds),
  };
  return { hidden, output };
}

function drawWeights(random: RandomSource, outputs: number, inputs: number): Tensor<'float32'> {
  const bound = Math.sqrt(6 / (inputs + outputs));
  const data = Float32Array.from(
    { length: outputs * inputs },
    () => (2 * random.nextFloat() - 1) * bound,
  );
  return { type: 'float32', shape: [outputs, inputs], data };
}

function vectorOf(data: Float32Array): Tensor<'float32'> {
  return { type: 'float32', shape: [data.length], data };
}
