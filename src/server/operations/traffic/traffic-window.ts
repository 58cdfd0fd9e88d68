// The scores of the latest texts, to say what other thresholds would have done; the texts themselves are not kept.
import type { ScoredModel, ScoredText } from '../operations.js';

/** Memory of one window at most: a model of thousands of labels keeps fewer texts. */
const mostBytes = 4 << 20;

/** What a label's scores were like. */
export interface LabelTraffic {
  readonly label: string;
  /** 0 to 1; null while there are no texts. */
  readonly meanScore: number | null;
  /** Scores in [0, 0.1), [0.1, 0.2), .. [0.9, 1]. */
  readonly histogram: readonly number[];
}

/** What a change of thresholds does to recent traffic. */
export interface FlagRateChange {
  /** Texts that the rates are over. */
  readonly texts: number;
  readonly labels: readonly {
    readonly label: string;
    readonly before: { readonly threshold: number; readonly flagRate: number | null };
    readonly after: { readonly threshold: number; readonly flagRate: number | null };
  }[];
}

/** The latest score rows of one version of a model, in a ring. */
export class TrafficWindow {
  readonly capacity: number;
  readonly #rows: Float32Array;
  #next = 0;
  #texts = 0;

  /** @param capacity texts */
  constructor(
    readonly version: string,
    readonly labels: readonly string[],
    capacity: number,
  ) {
    const width = Math.max(1, labels.length);
    this.capacity = Math.max(1, Math.min(capacity, Math.floor(mostBytes / (4 * width))));
    this.#rows = new Float32Array(this.capacity * width);
  }

  /** Texts that it holds. */
  get texts(): number {
    return this.#texts;
  }

  /** @param scores `[labels]`, copied */
  add(scores: Float32Array): void {
    this.#rows.set(scores, this.#next * this.labels.length);
    this.#next = (this.#next + 1) % this.capacity;
    this.#texts = Math.min(this.capacity, this.#texts + 1);
  }

  /**
   * The share of texts at or above each threshold.
   * @param thresholds one a label
   * @returns one a label, 0 to 1; null without texts
   */
  flagRates(thresholds: readonly number[]): (number | null)[] {
    const width = this.labels.length;
    if (this.#texts === 0) return this.labels.map(() => null);
    const counts = new Float64Array(width);
    for (let row = 0; row < this.#texts; row++) {
      for (let label = 0; label < width; label++) {
        if (this.#rows[row * width + label] >= thresholds[label]) counts[label] += 1;
      }
    }
    return Array.from(counts, (count) => count / this.#texts);
  }

  compare(before: readonly number[], after: readonly number[]): FlagRateChange {
    const ratesBefore = this.flagRates(before);
    const ratesAfter = this.flagRates(after);
    return {
      texts: this.#texts,
      labels: this.labels.map((label, index) => ({
        label,
        before: { threshold: before[index], flagRate: ratesBefore[index] },
        after: { threshold: after[index], flagRate: ratesAfter[index] },
      })),
    };
  }

  describe(): LabelTraffic[] {
    const width = this.labels.length;
    return this.labels.map((label, column) => {
      const histogram = Array.from({ length: 10 }, () => 0);
      let sum = 0;
      for (let row = 0; row < this.#texts; row++) {
        const score = this.#rows[row * width + column];
        sum += score;
        histogram[Math.max(0, Math.min(9, Math.floor(score * 10)))] += 1;
      }
      return { label, meanScore: this.#texts === 0 ? null : sum / this.#texts, histogram };
    });
  }
}

/** The windows of all classifiers, by name. */
export class RecentTraffic {
  readonly #windows = new Map<
    string,
    { readonly window: TrafficWindow; readonly loadedAt: Date }
  >();

  /** @param capacity texts of each classifier that are remembered. Default 10,000 */
  constructor(private readonly capacity = 10_000) {}

  /** Remembers scores; those that a replaced model still finishes are left out. */
  add(model: ScoredModel, texts: readonly ScoredText[]): void {
    const window = this.windowOf(model);
    if (window.version !== model.version) return;
    for (const { scores } of texts) window.add(scores);
  }

  /**
   * The window of the model of that name. A model loaded later begins with an empty one, unless it is the same to
   * the byte: the old one's scores say nothing of it.
   */
  windowOf(model: ScoredModel): TrafficWindow {
    const known = this.#windows.get(model.name);
    if (known !== undefined) {
      const isCurrent = known.window.version === model.version;
      if (isCurrent || model.loadedAt < known.loadedAt) return known.window;
    }
    const window = new TrafficWindow(model.version, model.labels, this.capacity);
    this.#windows.set(model.name, { window, loadedAt: model.loadedAt });
    return window;
  }
}
