// L2-regularised logistic regression on sparse rows, four labels at once, by dual coordinate descent.
import { RandomSource } from '../data/index.js';
import { entropy, sigmoid, softplus, solveDualStep } from './logistic.js';
import {
  CHUNK_ROWS,
  FEATURE_BITS,
  FEATURE_MASK,
  type SparseRows,
  termFrequencies,
} from './sparse-rows.js';

/** Labels fitted together: they share the reading of entries, which costs more than the arithmetic. */
export const LANES = 4;

/** What to fit, and how closely. */
export interface RegressionRequest {
  readonly rows: SparseRows;
  /** One a feature. */
  readonly inverseDocumentFrequencies: Float64Array;
  /** `[rows, LANES]`: 1 the label applies, -1 it does not, 0 unknown. A lane of zeros is left alone. */
  readonly targets: Int8Array;
  /** Weight of the loss of one row against the penalty; C of scikit-learn and LIBLINEAR. */
  readonly cost: number;
  /** Relative duality gap at which a label is done. */
  readonly tolerance: number;
  readonly maximalPasses: number;
  /** Decides the order of rows in each pass. */
  readonly seed: number;
  /** Called after each pass. */
  readonly onPass?: ((pass: number) => void) | undefined;
}

/** Fitted labels. */
export interface Regression {
  /** `[features, LANES]`: one a TF-IDF value. */
  readonly coefficients: Float64Array;
  /** `[LANES]`. */
  readonly intercepts: Float64Array;
  /** `[LANES]`: the relative duality gap reached. */
  readonly gaps: Float64Array;
  readonly passes: number;
}

/** How fast the intercept follows within a pass: the square of the constant that it would be the weight of. */
const INTERCEPT_RATE = 1;
/** The gap is looked at after every second pass from this one on: looking costs half a pass. */
const FIRST_PASS_CHECKED = 5;

/**
 * Minimises, for each label, |w|^2 / 2 + C * sum over known rows of ln(1 + exp(-y (w x + b))), as
 * scikit-learn's LogisticRegression does; the intercept b is not penalised.
 *
 * The method is dual coordinate descent (Yu, Huang and Lin, "Dual coordinate descent methods for logistic
 * regression and maximum entropy models", Machine Learning 85, 2011), with two changes. Each dual variable
 * is kept as the logit of its share of C, so that none is lost to rounding near 0 or C. And the intercept is
 * drawn to where it stood after the last pass, a centre that moves until it stays (the method of multipliers
 * on the constraint that the dual variables add up to 0), which costs nothing and ends unpenalised. A label
 * stops once its gap is within tolerance and its centre stays, whatever labels it is fitted with.
 */
export function fitLogisticRegression(request: RegressionRequest): Regression {
  const descent = new DualDescent(request);
  let passes = 0;
  while (passes < request.maximalPasses && descent.hasLabelsLeft()) {
    passes++;
    descent.pass();
    request.onPass?.(passes);
    if (passes >= FIRST_PASS_CHECKED && passes % 2 === 1) descent.stopFinishedLabels();
    descent.moveCentres();
  }
  return { ...descent.result(), passes };
}

/** The state of a fit. Margins are w x + b; a residual is C times the probability of the wrong answer, signed. */
class DualDescent {
  /** `[features, LANES]`: coefficients times inverse document frequency. */
  private readonly weights: Float64Array;
  private readonly squaredFrequencies: Float64Array;
  /** `[rows, LANES]`: the logit of residual / C. At the optimum it is -y times the margin. */
  private readonly dualLogits: Float64Array;
  private readonly intercepts = new Float64Array(LANES);
  private readonly centres = new Float64Array(LANES);
  /** Sum of residuals of each lane, which the intercept is to bring to 0. */
  private readonly residualSums = new Float64Array(LANES);
  private readonly gaps = new Float64Array(LANES);
  private readonly active: boolean[] = [];
  private readonly order: Int32Array;
  private readonly random: RandomSource;
  /** Of the row at hand. */
  private readonly margins = new Float64Array(LANES);
  private readonly steps = new Float64Array(LANES);

  constructor(private readonly request: RegressionRequest) {
    const { rows, targets, seed, inverseDocumentFrequencies } = request;
    this.weights = new Float64Array(inverseDocumentFrequencies.length * LANES);
    this.squaredFrequencies = inverseDocumentFrequencies.map((frequency) => frequency ** 2);
    this.dualLogits = new Float64Array(targets.length).fill(-Infinity);
    this.order = Int32Array.from({ length: rows.rows }, (_, row) => row);
    this.random = new RandomSource(seed);
    for (let lane = 0; lane < LANES; lane++) {
      const { positives, negatives } = countTargets(targets, lane);
      this.active.push(positives + negatives > 0);
      this.intercepts[lane] = Math.log((positives + 0.5) / (negatives + 0.5));
    }
    this.centres.set(this.intercepts);
  }

  hasLabelsLeft(): boolean {
    return this.active.includes(true);
  }

  /** Visits each row once, in random order, and brings its dual variables to their best values. */
  pass(): void {
    const { rows } = this.request;
    const { margins } = this;
    this.random.shuffle(this.order);
    for (const row of this.order) {
      const { entries, starts, scales } = rows.chunks[Math.floor(row / CHUNK_ROWS)];
      const block = 2 * (row % CHUNK_ROWS);
      margins.fill(0);
      this.addMargins(entries, starts[block], starts[block + 1], scales[block]);
      this.addMargins(entries, starts[block + 1], starts[block + 2], scales[block + 1]);
      const squaredLength = Number(scales[block] > 0) + Number(scales[block + 1] > 0);
      if (!this.chooseSteps(row, squaredLength)) continue;
      this.applySteps(entries, starts[block], starts[block + 1], scales[block]);
      this.applySteps(entries, starts[block + 1], starts[block + 2], scales[block + 1]);
    }
  }

  private addMargins(entries: Int32Array, start: number, end: number, scale: number): void {
    const { weights, margins } = this;
    // An imported binding is looked up again at every use, which this loop would feel.
    const [frequencies, bits, mask] = [termFrequencies, FEATURE_BITS, FEATURE_MASK];
    let first = 0;
    let second = 0;
    let third = 0;
    let fourth = 0;
    for (let at = start; at < end; at++) {
      const entry = entries[at];
      const frequency = frequencies[entry >>> bits];
      const weight = (entry & mask) * LANES;
      first += frequency * weights[weight];
      second += frequency * weights[weight + 1];
      third += frequency * weights[weight + 2];
      fourth += frequency * weights[weight + 3];
    }
    margins[0] += scale * first;
    margins[1] += scale * second;
    margins[2] += scale * third;
    margins[3] += scale * fourth;
  }

  private applySteps(entries: Int32Array, start: number, end: number, scale: number): void {
    const { weights, squaredFrequencies, steps } = this;
    const [frequencies, bits, mask] = [termFrequencies, FEATURE_BITS, FEATURE_MASK];
    const first = scale * steps[0];
    const second = scale * steps[1];
    const third = scale * steps[2];
    const fourth = scale * steps[3];
    for (let at = start; at < end; at++) {
      const entry = entries[at];
      const feature = entry & mask;
      const weight = feature * LANES;
      const factor = frequencies[entry >>> bits] * squaredFrequencies[feature];
      weights[weight] += factor * first;
      weights[weight + 1] += factor * second;
      weights[weight + 2] += factor * third;
      weights[weight + 3] += factor * fourth;
    }
  }

  /** Sets how much the residual of each lane changes, and moves the intercepts; false if none changes. */
  private chooseSteps(row: number, squaredLength: number): boolean {
    const { targets, cost } = this.request;
    const { dualLogits, steps, margins, intercepts, residualSums } = this;
    const curvature = squaredLength + INTERCEPT_RATE;
    let isAnyChanged = false;
    for (let lane = 0; lane < LANES; lane++) {
      steps[lane] = 0;
      const cell = row * LANES + lane;
      const target = targets[cell];
      if (target === 0 || !this.active[lane]) continue;
      const before = cost * sigmoid(dualLogits[cell]);
      const margin = target * (margins[lane] + intercepts[lane]);
      const logit = solveDualStep(dualLogits[cell], margin - curvature * before, curvature * cost);
      const step = target * (cost * sigmoid(logit) - before);
      dualLogits[cell] = logit;
      steps[lane] = step;
      residualSums[lane] += step;
      intercepts[lane] += INTERCEPT_RATE * step;
      isAnyChanged = true;
    }
    return isAnyChanged;
  }

  /** Measures gaps and ends the lanes that are within tolerance. */
  stopFinishedLabels(): void {
    const { tolerance } = this.request;
    const { primal, dual } = this.objectives();
    for (let lane = 0; lane < LANES; lane++) {
      if (!this.active[lane]) continue;
      this.gaps[lane] = (primal[lane] - dual[lane]) / primal[lane];
      // The gap grows with the square of an error, so the intercept is asked for its root.
      const drift = Math.abs(this.intercepts[lane] - this.centres[lane]);
      if (this.gaps[lane] <= tolerance && drift <= Math.sqrt(tolerance)) this.active[lane] = false;
    }
  }

  private objectives(): { primal: Float64Array; dual: Float64Array } {
    const { rows, targets, cost } = this.request;
    const { margins, intercepts, centres, residualSums, dualLogits } = this;
    const primal = this.squaredWeights().map((square) => square / 2);
    const dual = primal.map((half) => -half);
    for (let lane = 0; lane < LANES; lane++) {
      const sum = residualSums[lane];
      primal[lane] += (intercepts[lane] - centres[lane]) ** 2 / (2 * INTERCEPT_RATE);
      dual[lane] -= centres[lane] * sum + (INTERCEPT_RATE * sum ** 2) / 2;
    }
    for (let row = 0; row < rows.rows; row++) {
      const { entries, starts, scales } = rows.chunks[Math.floor(row / CHUNK_ROWS)];
      const block = 2 * (row % CHUNK_ROWS);
      margins.fill(0);
      this.addMargins(entries, starts[block], starts[block + 1], scales[block]);
      this.addMargins(entries, starts[block + 1], starts[block + 2], scales[block + 1]);
      for (let lane = 0; lane < LANES; lane++) {
        const cell = row * LANES + lane;
        if (targets[cell] === 0) continue;
        primal[lane] += cost * softplus(-targets[cell] * (margins[lane] + intercepts[lane]));
        dual[lane] += cost * entropy(dualLogits[cell]);
      }
    }
    return { primal, dual };
  }

  /** The squared length of the coefficients of each lane. */
  private squaredWeights(): Float64Array {
    const { weights, squaredFrequencies } = this;
    const sums = new Float64Array(LANES);
    for (let at = 0; at < weights.length; at++) {
      sums[at % LANES] += weights[at] ** 2 / squaredFrequencies[Math.floor(at / LANES)];
    }
    return sums;
  }

  /** Lets the intercepts that are not finished be drawn to where they are now. */
  moveCentres(): void {
    for (let lane = 0; lane < LANES; lane++) {
      if (!this.active[lane]) continue;
      this.centres[lane] = this.intercepts[lane];
      this.intercepts[lane] += INTERCEPT_RATE * this.residualSums[lane];
    }
  }

  result(): Pick<Regression, 'coefficients' | 'intercepts' | 'gaps'> {
    const { inverseDocumentFrequencies } = this.request;
    const coefficients = this.weights.map(
      (weight, at) => weight / inverseDocumentFrequencies[Math.floor(at / LANES)],
    );
    return { coefficients, intercepts: this.intercepts, gaps: this.gaps };
  }
}

function countTargets(targets: Int8Array, lane: number): { positives: number; negatives: number } {
  let positives = 0;
  let negatives = 0;
  for (let cell = lane; cell < targets.length; cell += LANES) {
    if (targets[cell] > 0) positives++;
    else if (targets[cell] < 0) negatives++;
  }
  return { positives, negatives };
}
