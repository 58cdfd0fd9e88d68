// A label's known rows in order of score: sorted once, measured often (bootstrap, curves, thresholds).
import { descendingOrder } from './descending-order.js';
import {
  checkCells,
  checkMatrices,
  countLabels,
  type LabelCounts,
  type LabelMatrix,
  type ScoreMatrix,
  type Scores,
} from './matrix.js';

/** The cells of known label from the highest score down. The arrays are of one length. */
export interface Ranking extends LabelCounts {
  /** The row of each cell. */
  readonly rows: Int32Array;
  /** The score of each cell. */
  readonly scores: Float64Array;
  /** 1 where the label applies. */
  readonly positive: Uint8Array;
  /** 1 where the next cell has a lower score or there is none: the only places to cut. */
  readonly endsTie: Uint8Array;
  /** How many rows there are, those of unknown label included: the length that weights must have. */
  readonly rowCount: number;
}

/**
 * Ranks the rows of one label by score.
 * @throws RangeError if lengths differ, a label is not 1, 0 or -1, or a score is NaN
 */
export function rankRows(labels: Int8Array, scores: Scores): Ranking {
  checkCells(labels, scores);
  return rankCells(labels, scores, 1);
}

/**
 * Ranks all cells of a matrix together, for micro averages: every cell counts as one row.
 * @throws RangeError as {@link rankRows}
 */
export function rankMatrix(labels: LabelMatrix, scores: ScoreMatrix): Ranking {
  checkMatrices(labels, scores);
  return rankCells(labels.values, scores.values, labels.columns);
}

function rankCells(labels: Int8Array, scores: Scores, columns: number): Ranking {
  const counts = countLabels(labels);
  const known = counts.positives + counts.negatives;
  const ranking = {
    ...counts,
    rows: new Int32Array(known),
    scores: new Float64Array(known),
    positive: new Uint8Array(known),
    endsTie: new Uint8Array(known),
    rowCount: columns === 0 ? 0 : labels.length / columns,
  };
  let rank = 0;
  for (const cell of descendingOrder(scores)) {
    if (labels[cell] < 0) continue;
    ranking.rows[rank] = columns === 1 ? cell : Math.floor(cell / columns);
    ranking.scores[rank] = scores[cell];
    ranking.positive[rank] = labels[cell];
    if (rank > 0 && scores[cell] < ranking.scores[rank - 1]) ranking.endsTie[rank - 1] = 1;
    rank++;
  }
  if (known > 0) ranking.endsTie[known - 1] = 1;
  return ranking;
}

/** How many cells of the ranking have a score of at least `threshold`. */
export function countAccepted({ scores }: Ranking, threshold: number): number {
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (scores[middle] >= threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}
