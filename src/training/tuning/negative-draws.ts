// Which negative rows an epoch learns from: those that the head finds hard always, easy ones now and then, for more.
import type { RandomSource } from '../../data/index.js';
import type { LabelMatrix } from '../../metrics/index.js';
import { entropyWeights, type TrainingLoss } from '../losses.js';
import type { BaseRates } from '../training-labels.js';
import { LEAST_CHANCE, type NegativeShare } from './tuning-settings.js';

/** With `auto`, a negative as hard as this share of the rows with a label is drawn always. */
const EASIEST_LABELLED = 0.25;

/** Halvings of the interval in which the factor of the chances is looked for. */
const BISECTIONS = 60;

/** The rows of a fit, and what the head makes of them. */
export interface JudgedRows {
  readonly labels: LabelMatrix;
  readonly train: Int32Array;
  /** The head's, of the rows of `train`: [train, labels]. */
  readonly logits: Float32Array;
  readonly loss: TrainingLoss;
  readonly baseRates: BaseRates;
}

/**
 * Rows with a positive label are drawn in every epoch; any other with a chance of its own, which grows with the head's
 * loss on it, and then counts 1 / chance times as much. So the mean gradient is that of all rows (importance
 * sampling; Katharopoulos and Fleuret 2018, arXiv 1803.00942). Every epoch has the same number of rows.
 */
export class NegativeDraws {
  private constructor(
    /** Rows that each epoch learns from. */
    readonly rowsAnEpoch: number,
    /** By row of the table; NaN where it is not learnt from. */
    private readonly chances: Float64Array,
    private readonly rows: number,
    /** Rows among those of an epoch that were drawn by chance. */
    private readonly uncertain: number,
  ) {}

  static plan(judged: JudgedRows, share: NegativeShare): NegativeDraws {
    const { labels, train } = judged;
    const losses = measureLosses(judged);
    const isLabelled = Array.from(train, (row) => hasPositive(labels, row));
    const negatives = losses.filter((_, at) => !isLabelled[at]);
    const factor =
      share === 'auto'
        ? 1 / easyLoss(losses.filter((_, at) => isLabelled[at]))
        : findFactor(negatives, share);
    const chances = losses.map((loss, at) => (isLabelled[at] ? 1 : chanceOf(loss, factor)));
    roundSum(chances);
    const uncertain = Math.round(
      chances.reduce((sum, chance) => (chance < 1 ? sum + chance : sum), 0),
    );
    const certain = chances.reduce((count, chance) => count + Number(chance === 1), 0);
    const ofRow = new Float64Array(labels.rows).fill(Number.NaN);
    train.forEach((row, at) => {
      ofRow[row] = chances[at];
    });
    return new NegativeDraws(certain + uncertain, ofRow, train.length, uncertain);
  }

  /** How much a row counts when it is drawn: 1 on average over the rows that are drawn. */
  weightOf(row: number): number {
    return this.rowsAnEpoch / this.rows / this.chances[row];
  }

  /**
   * Draws by one random number: chances are laid end to end, and every row is taken over whose part a whole number
   * lies (systematic sampling).
   *
   * @param order all rows that are learnt from, shuffled
   */
  draw(order: Int32Array, random: RandomSource): Int32Array {
    const drawn: number[] = [];
    const left: number[] = [];
    let next = random.nextFloat();
    let end = 0;
    let missing = this.uncertain;
    for (const row of order) {
      const chance = this.chances[row];
      if (chance < 1) end += chance;
      // By rounding the chances may sum up to a little more or less than their whole number.
      const isTaken = chance === 1 || (end > next && missing > 0);
      (isTaken ? drawn : left).push(row);
      if (chance === 1 || !isTaken) continue;
      next += 1;
      missing -= 1;
    }
    return Int32Array.from([...drawn, ...left.slice(left.length - missing)]);
  }
}

/** The head's loss on each row, over known cells. */
function measureLosses({ labels, train, logits, loss, baseRates }: JudgedRows): Float64Array {
  const { columns, values } = labels;
  const weights = loss.kind === 'normalized' ? entropyWeights(baseRates) : baseRates.map(() => 1);
  return Float64Array.from(train, (row, at) => {
    let sum = 0;
    for (let column = 0; column < columns; column += 1) {
      const value = values[row * columns + column];
      if (value < 0) continue;
      const wrong = value === 1 ? -logits[at * columns + column] : logits[at * columns + column];
      sum += weights[column] * (Math.max(wrong, 0) + Math.log1p(Math.exp(-Math.abs(wrong))));
    }
    return sum;
  });
}

function hasPositive({ columns, values }: LabelMatrix, row: number): boolean {
  return values.subarray(row * columns, (row + 1) * columns).includes(1);
}

function chanceOf(loss: number, factor: number): number {
  return Math.min(1, Math.max(LEAST_CHANCE, factor * loss));
}

/** The loss that a share of the labelled rows does not reach; 1 where there are none. */
function easyLoss(losses: Float64Array): number {
  if (losses.length === 0) return 1;
  return losses.slice().sort()[Math.floor(EASIEST_LABELLED * (losses.length - 1))];
}

/** The factor with which the mean chance is `share`. */
function findFactor(losses: Float64Array, share: number): number {
  const wanted = share * losses.length;
  const least = losses.reduce((low, loss) => Math.min(low, loss), Number.POSITIVE_INFINITY);
  let [low, high] = [0, 1 / least];
  for (let turn = 0; turn < BISECTIONS; turn += 1) {
    const middle = (low + high) / 2;
    const sum = losses.reduce((total, loss) => total + chanceOf(loss, middle), 0);
    if (sum < wanted) low = middle;
    else high = middle;
  }
  return high;
}

/** Lowers the chances below 1 a little, so that they sum up to a whole number; where that is 0, all become 1. */
function roundSum(chances: Float64Array): void {
  const uncertain = chances.reduce((sum, chance) => (chance < 1 ? sum + chance : sum), 0);
  const whole = Math.floor(uncertain);
  chances.forEach((chance, at) => {
    if (chance < 1) chances[at] = whole === 0 ? 1 : (chance * whole) / uncertain;
  });
}
