// Softmax and layer normalization.
import type { Value } from '../graph-builder.js';
import { formatShape, resolveAxis, sameShape } from '../shape.js';
import { apply, checkTypes, floatTypes } from './apply.js';

/** exp(x) divided by its sum along `axis` (default the last). */
export function softmax(x: Value, axis = -1): Value {
  checkTypes('softmax', [x], floatTypes);
  return apply('Softmax', [x], x, { axis: resolveAxis('softmax', axis, x.rank) });
}

/** The logarithm of {@link softmax}, stable. */
export function logSoftmax(x: Value, axis = -1): Value {
  checkTypes('logSoftmax', [x], floatTypes);
  return apply('LogSoftmax', [x], x, { axis: resolveAxis('logSoftmax', axis, x.rank) });
}

/**
 * Layer normalization over the last axis: (x - mean) / sqrt(variance + epsilon) * scale + bias.
 * @param scale `[size of the last axis]`, as is `bias`
 */
export function layerNormalization(x: Value, scale: Value, bias: Value, epsilon: number): Value {
  checkTypes('layerNormalization', [x, scale, bias], floatTypes);
  const expected = x.shape.slice(-1);
  if (!sameShape(scale.shape, expected) || !sameShape(bias.shape, expected)) {
    throw new RangeError(
      `layerNormalization: scale ${formatShape(scale.shape)} and bias ${formatShape(bias.shape)} do not fit ${x.toString()}`,
    );
  }
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  const statistics = { type: 'float32', shape: x.shape.with(-1, 1) } as const;
  // Gradients need mean and 1 / deviation; the kernel rounds them to float32 even in float64.
  const kinds = x.type === 'float32' ? [x, statistics, statistics] : [x];
  return x.graph.addNode('LayerNormalization', [x, scale, bias], kinds, attributes)[0];
}
