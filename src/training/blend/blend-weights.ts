// What a model's logits and its linear baseline's come to together.

/** How a label's two logits are added: `model x the model's + baseline x the baseline's + offset`. */
export interface BlendWeights {
  /** At least 0. */
  readonly model: number;
  /** At least 0. */
  readonly baseline: number;
  readonly offset: number;
}

/**
 * Blended logits of one text or several.
 *
 * @param weights one a label
 * @param model [texts, labels], row-major
 * @param baseline [texts, labels], row-major
 * @returns [texts, labels]
 */
export function blendLogits(
  weights: readonly BlendWeights[],
  model: Float32Array,
  baseline: Float32Array,
): Float32Array {
  if (model.length !== baseline.length) throw new RangeError('logits of different texts or labels');
  return model.map((logit, cell) => {
    const { model: ours, baseline: theirs, offset } = weights[cell % weights.length];
    return ours * logit + theirs * baseline[cell] + offset;
  });
}
