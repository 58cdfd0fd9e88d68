// Counters, gauges and histograms by label, each with a bound on how many series it may become.
import { escapeHelp, labelText, metricNumber } from './metric-text.js';

/** Series of one family at most: a monitoring system pays for each, for as long as it remembers. */
const mostSeries = 4096;

const namePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelPattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What can be rendered. */
export interface MetricFamily {
  readonly name: string;
  render(): string;
}

/** The series of one family by their labels' values. */
class SeriesByLabel<Series> {
  readonly #series = new Map<string, { readonly values: readonly string[]; series: Series }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly labelNames: readonly string[],
    private readonly create: () => Series,
  ) {
    const isValid = namePattern.test(name) && labelNames.every((label) => labelPattern.test(label));
    if (!isValid) throw new RangeError(`${name} is no name of a metric, or a label of it is none`);
    if (labelNames.length === 0) this.of([]);
  }

  /** The series of these values; beyond the bound, that of all others together. */
  of(values: readonly string[]): Series {
    const key = values.join('\u0000');
    const known = this.#series.get(key);
    if (known !== undefined) return known.series;
    const others = this.labelNames.map(() => 'other');
    if (this.#series.size >= mostSeries - 1 && key !== others.join('\u0000'))
      return this.of(others);
    const added = { values: [...values], series: this.create() };
    this.#series.set(key, added);
    return added.series;
  }

  clear(): void {
    this.#series.clear();
  }

  *entries(): Generator<readonly [readonly string[], Series]> {
    for (const { values, series } of this.#series.values()) yield [values, series];
  }

  head(type: string): string {
    return `# HELP ${this.name} ${escapeHelp(this.help)}\n# TYPE ${this.name} ${type}\n`;
  }
}

/** A sum that only grows. Its name ends with `_total`. */
export class Counter implements MetricFamily {
  readonly #series: SeriesByLabel<{ value: number }>;

  constructor(
    readonly name: string,
    help: string,
    labelNames: readonly string[] = [],
  ) {
    this.#series = new SeriesByLabel(name, help, labelNames, () => ({ value: 0 }));
  }

  add(amount: number, ...labels: readonly string[]): void {
    this.#series.of(labels).value += amount;
  }

  render(): string {
    return this.#series.head('counter') + renderValues(this.#series);
  }
}

/** A value that goes up and down; read when it is asked for, where `read` is given. */
export class Gauge implements MetricFamily {
  readonly #series: SeriesByLabel<{ value: number }>;

  constructor(
    readonly name: string,
    help: string,
    labelNames: readonly string[] = [],
    private readonly read?: (set: (value: number, ...labels: readonly string[]) => void) => void,
    /** `counter` for sums that somebody else keeps. */
    private readonly type: 'gauge' | 'counter' = 'gauge',
  ) {
    this.#series = new SeriesByLabel(name, help, labelNames, () => ({ value: 0 }));
  }

  add(amount: number, ...labels: readonly string[]): void {
    this.#series.of(labels).value += amount;
  }

  render(): string {
    if (this.read !== undefined) {
      // What is no longer there must not stay.
      this.#series.clear();
      this.read((value, ...labels) => {
        this.#series.of(labels).value = value;
      });
    }
    return this.#series.head(this.type) + renderValues(this.#series);
  }
}

function renderValues(series: SeriesByLabel<{ readonly value: number }>): string {
  let text = '';
  for (const [values, { value }] of series.entries()) {
    text += `${series.name}${labelText(series.labelNames, values)} ${metricNumber(value)}\n`;
  }
  return text;
}

interface HistogramSeries {
  /** One a bound, and one for what is above all of them. */
  readonly counts: Float64Array;
  sum: number;
}

/** How often values fell at or below each of some bounds. */
export class Histogram implements MetricFamily {
  readonly #series: SeriesByLabel<HistogramSeries>;
  readonly #bounds: readonly number[];

  /** @param bounds finite and rising */
  constructor(
    readonly name: string,
    help: string,
    bounds: readonly number[],
    labelNames: readonly string[] = [],
  ) {
    if (
      bounds.some((bound, at) => !Number.isFinite(bound) || (at > 0 && bound <= bounds[at - 1]))
    ) {
      throw new RangeError(`the bounds of ${name} must be finite and rise`);
    }
    this.#bounds = bounds;
    this.#series = new SeriesByLabel(name, help, labelNames, () => ({
      counts: new Float64Array(bounds.length + 1),
      sum: 0,
    }));
  }

  observe(value: number, ...labels: readonly string[]): void {
    this.observerOf(...labels)(value);
  }

  /** For many values of the same labels. */
  observerOf(...labels: readonly string[]): (value: number) => void {
    const series = this.#series.of(labels);
    const bounds = this.#bounds;
    return (value) => {
      let bucket = 0;
      while (bucket < bounds.length && !(value <= bounds[bucket])) bucket += 1;
      series.counts[bucket] += 1;
      series.sum += value;
    };
  }

  render(): string {
    const { name, labelNames } = this.#series;
    const names = [...labelNames, 'le'];
    let text = this.#series.head('histogram');
    for (const [values, { counts, sum }] of this.#series.entries()) {
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const bound = metricNumber(this.#bounds[index] ?? Number.POSITIVE_INFINITY);
        text += `${name}_bucket${labelText(names, [...values, bound])} ${total}\n`;
      }
      const labels = labelText(labelNames, values);
      text += `${name}_sum${labels} ${metricNumber(sum)}\n${name}_count${labels} ${total}\n`;
    }
    return text;
  }
}
