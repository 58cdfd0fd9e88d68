// What a measure is: a number, or the reason why there is none.

/** A figure, or the reason why it is undefined. Never NaN, so that it survives JSON. */
export type Measure =
  | { readonly value: number }
  | { readonly value: null; readonly reason: string };

/**
 * The mean of a measure over labels, each counting once.
 * `labels` is how many labels it is the mean of, `of` how many there are.
 */
export type MacroMeasure = Measure & { readonly labels: number; readonly of: number };

/** The measure `value`, or undefined for `reason` where `value` is NaN. */
export function measureOf(value: number, reason: string): Measure {
  return Number.isNaN(value) ? { value: null, reason } : { value };
}

/** The ratio as a measure; undefined for `reason` where the denominator is 0. */
export function ratioOf(numerator: number, denominator: number, reason: string): Measure {
  return denominator === 0 ? { value: null, reason } : { value: numerator / denominator };
}

/** The mean over the labels for which the measure is defined. */
export function macroMean(measures: readonly Measure[]): MacroMeasure {
  const values = measures.flatMap(({ value }) => (value === null ? [] : [value]));
  return {
    ...measureOf(meanOfDefined(values), 'defined for no label'),
    labels: values.length,
    of: measures.length,
  };
}

/** The mean of the values that are not NaN; NaN where there are none. */
export function meanOfDefined(values: ArrayLike<number>): number {
  let sum = 0;
  let count = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
