// Splits rows so that each part has its share of every label, and duplicates stay on one side.
import type { LabelMatrix } from '../metrics/index.js';
import { gatherLabelUnits, type LabelUnits } from './label-units.js';
import { RandomSource } from './random.js';

/** What to split. */
export interface SplitRequest {
  /** `[rows, labels]`; unknown cells are left out of account. */
  readonly labels: LabelMatrix;
  /** For each row its group; rows of one group are never separated (see `groupDuplicateTexts`). */
  readonly groups: Int32Array;
  /** A safe integer; the same seed gives the same split. */
  readonly seed: number;
}

/**
 * Splits rows into two parts by iterative stratification (Sechidis, Tsoumakas and Vlahavas, "On the
 * stratification of multi-label data", ECML PKDD 2011), the rarest label first. Beyond the paper, whole
 * groups are dealt out, and where a label occurs in two groups or more, both parts get one if the other
 * labels allow it.
 *
 * @param request with `share`, the wanted share of the rows held apart, between 0 and 1; met up to the
 *   size of the groups
 * @returns row numbers of both parts, ascending
 */
export function splitStratified(request: SplitRequest & { readonly share: number }): {
  train: Int32Array;
  held: Int32Array;
} {
  const { share } = request;
  if (!(share > 0 && share < 1)) {
    throw new RangeError(`a share must be above 0 and below 1, not ${share}`);
  }
  const parts = dealOut(request, [1 - share, share]);
  return { train: rowsOf(parts, 0), held: rowsOf(parts, 1) };
}

/**
 * Deals rows out into `folds` parts of about equal size, as `splitStratified` does.
 *
 * @returns for each row its fold, 0 .. folds - 1
 */
export function splitIntoFolds(request: SplitRequest & { readonly folds: number }): Int32Array {
  const { folds } = request;
  if (!Number.isInteger(folds) || folds < 2) {
    throw new RangeError(`at least two folds are needed, not ${folds}`);
  }
  return dealOut(request, new Array<number>(folds).fill(1 / folds));
}

function rowsOf(parts: Int32Array, wanted: number): Int32Array {
  return Int32Array.from(parts.keys()).filter((row) => parts[row] === wanted);
}

function dealOut(request: SplitRequest, shares: readonly number[]): Int32Array {
  const { labels, groups, seed } = request;
  if (groups.length !== labels.rows || labels.values.length !== labels.rows * labels.columns) {
    throw new RangeError(
      `${labels.rows} rows with ${groups.length} groups and ${labels.values.length} cells`,
    );
  }
  const random = new RandomSource(seed);
  const units = gatherLabelUnits(labels, groups, random);
  const deal = new Deal(units, labels.columns, shares, random);
  for (let label = deal.rarestLabel(); label !== -1; label = deal.rarestLabel()) {
    deal.dealLabel(label);
  }
  deal.dealRest();
  deal.repair();
  return units.unitOfRow.map((unit) => deal.partOfUnit[unit]);
}

/** The state of one deal: what each part still lacks. */
class Deal {
  readonly partOfUnit: Int32Array;
  private readonly parts: number;
  /** Rows that each part still lacks, may turn negative. */
  private readonly lacking: Float64Array;
  /** `[labels, parts]`: rows of each label that each part still lacks. */
  private readonly lackingLabel: Float64Array;
  /** `[labels, parts]`: units of each label in each part. */
  private readonly unitsHeld: Int32Array;
  /** Rows of each label not yet dealt out. */
  private readonly remaining: Float64Array;

  constructor(
    private readonly units: LabelUnits,
    private readonly labels: number,
    shares: readonly number[],
    private readonly random: RandomSource,
  ) {
    this.parts = shares.length;
    this.partOfUnit = new Int32Array(units.units).fill(-1);
    this.lacking = wantedRows(units.unitOfRow.length, units.units, shares);
    this.lackingLabel = new Float64Array(labels * this.parts);
    this.unitsHeld = new Int32Array(labels * this.parts);
    this.remaining = new Float64Array(labels);
    for (let entry = 0; entry < units.unitStarts[units.units]; entry++) {
      this.remaining[units.entryLabels[entry]] += units.entryCounts[entry];
    }
    for (let label = 0; label < labels; label++) {
      const holders = units.labelStarts[label + 1] - units.labelStarts[label];
      const wanted = wantedRows(this.remaining[label], holders, shares);
      this.lackingLabel.set(wanted, label * this.parts);
    }
  }

  /** The label with the fewest rows left to deal out, or -1. */
  rarestLabel(): number {
    let rarest = -1;
    for (let label = 0; label < this.labels; label++) {
      const left = this.remaining[label];
      if (left > 0 && (rarest === -1 || left < this.remaining[rarest])) {
        rarest = label;
      }
    }
    return rarest;
  }

  dealLabel(label: number): void {
    const { labelStarts, labelUnits } = this.units;
    for (let at = labelStarts[label]; at < labelStarts[label + 1]; at++) {
      if (this.partOfUnit[labelUnits[at]] === -1) {
        this.place(labelUnits[at], this.neediestPart(label));
      }
    }
  }

  /** Deals out the units without any label. */
  dealRest(): void {
    for (const unit of this.units.order) {
      if (this.partOfUnit[unit] === -1) {
        this.place(unit, this.neediestPart(-1));
      }
    }
  }

  /**
   * Gives a part that got none of a label one unit of it, where no other label loses its last one. The
   * rarer labels, dealt first, may have used up the units of a later one.
   */
  repair(): void {
    for (let label = 0; label < this.labels; label++) {
      for (let part = 0; part < this.parts; part++) {
        if (this.unitsHeld[label * this.parts + part] === 0) {
          this.fetchUnit(label, part);
        }
      }
    }
  }

  private fetchUnit(label: number, part: number): void {
    const { labelStarts, labelUnits, sizes } = this.units;
    let smallest = -1;
    for (let at = labelStarts[label]; at < labelStarts[label + 1]; at++) {
      const unit = labelUnits[at];
      if ((smallest === -1 || sizes[unit] < sizes[smallest]) && this.canSpare(unit)) {
        smallest = unit;
      }
    }
    if (smallest !== -1) {
      this.count(smallest, this.partOfUnit[smallest], -1);
      this.place(smallest, part);
    }
  }

  private canSpare(unit: number): boolean {
    const { unitStarts, entryLabels } = this.units;
    for (let entry = unitStarts[unit]; entry < unitStarts[unit + 1]; entry++) {
      if (this.unitsHeld[entryLabels[entry] * this.parts + this.partOfUnit[unit]] === 1) {
        return false;
      }
    }
    return true;
  }

  /** The part that lacks most of `label` (-1: of all rows); then most rows; then one at random. */
  private neediestPart(label: number): number {
    let best = 0;
    let ties = 1;
    for (let part = 1; part < this.parts; part++) {
      const ofLabel =
        label === -1
          ? 0
          : this.lackingLabel[label * this.parts + part] -
            this.lackingLabel[label * this.parts + best];
      const difference = ofLabel === 0 ? this.lacking[part] - this.lacking[best] : ofLabel;
      if (difference > 0) {
        best = part;
        ties = 1;
      } else if (difference === 0 && this.random.nextInteger(++ties) === 0) {
        best = part;
      }
    }
    return best;
  }

  private place(unit: number, part: number): void {
    this.partOfUnit[unit] = part;
    this.count(unit, part, 1);
  }

  /** Enters (`sign` 1) or takes back (-1) a unit's rows and labels. */
  private count(unit: number, part: number, sign: number): void {
    const { unitStarts, entryLabels, entryCounts, sizes } = this.units;
    this.lacking[part] -= sign * sizes[unit];
    for (let entry = unitStarts[unit]; entry < unitStarts[unit + 1]; entry++) {
      const label = entryLabels[entry];
      this.remaining[label] -= sign * entryCounts[entry];
      this.lackingLabel[label * this.parts + part] -= sign * entryCounts[entry];
      this.unitsHeld[label * this.parts + part] += sign;
    }
  }
}

/** The rows each part wants; at least one for each if there are units enough, at the largest part's cost. */
function wantedRows(rows: number, units: number, shares: readonly number[]): Float64Array {
  const wanted = Float64Array.from(shares, (share) => share * rows);
  if (units >= shares.length) {
    const largest = wanted.indexOf(Math.max(...wanted));
    for (let part = 0; part < wanted.length; part++) {
      if (wanted[part] < 1) {
        wanted[largest] -= 1 - wanted[part];
        wanted[part] = 1;
      }
    }
  }
  return wanted;
}
