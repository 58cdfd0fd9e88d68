// Round numbers along an axis.

/** An axis from `low` to `high`, which are round, and the numbers to write at it. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  /** Ascending, both ends among them. */
  readonly ticks: readonly number[];
  /** Decimals that tell the ticks apart. */
  readonly decimals: number;
}

const roundSteps = [1, 2, 5, 10];

/**
 * The axis with about `count` intervals of a round length (1, 2 or 5 times a power of ten) that holds all values.
 *
 * @param values finite; none, or all alike, give an axis around them all the same
 */
export function chooseAxis(values: readonly number[], count: number): Axis {
  const [start = 0, ...others] = values;
  const least = others.reduce((low, value) => Math.min(low, value), start);
  const most = others.reduce((high, value) => Math.max(high, value), start);
  // Far below what matters of any figure; without a width there is no axis.
  const width = Math.max(most - least, Math.abs(most) * 1e-6, 1e-9);
  const power = Math.floor(Math.log10(width / count));
  const factor = roundSteps.find((step) => step * 10 ** power * count >= width * (1 - 1e-9)) ?? 10;
  const step = factor * 10 ** power;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, at) =>
    Number(((first + at) * step).toFixed(decimals)),
  );
  return { low: ticks[0], high: ticks[ticks.length - 1], ticks, decimals };
}

/** A number of an axis: `0.95`, `12,000`. */
export function formatTick(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  const whole = text.replace(/\..*/, '');
  return whole.replace(/\B(?=(?:\d{3})+$)/g, ',') + text.slice(whole.length);
}
