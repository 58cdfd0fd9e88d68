// Where the windows of each row lie among the pieces of a table, which of them an epoch learns from, and what they come to.
import { combineLogits, type WindowSettings } from '../../bert/index.js';
import { RandomSource } from '../../data/index.js';

/** Rows, as often as they have pieces, and which piece each time. */
export interface PiecesOfRows {
  readonly rows: Int32Array;
  /** Their places among all pieces of the table. */
  readonly pieces: Int32Array;
}

/** Seeds that lie between those of two epochs. */
const SEEDS_AN_EPOCH = 2 ** 20;

/** A table whose long rows are read by windows: those of a row are a piece each, a short row is its own only piece. */
export class RowWindows {
  /**
   * @param starts the first piece of each row, in the order of the table; one more than there are rows
   * @param combination how the logits of a row's windows become one
   */
  constructor(
    private readonly starts: Int32Array,
    private readonly combination: WindowSettings['combine'],
  ) {}

  /** One piece of each row at random, which follows from seed, epoch and row alone. @returns in the order of `rows` */
  draw(rows: Int32Array, seed: number, epoch: number): Int32Array {
    // A negative seed: the order of an epoch's rows comes from the positive one.
    const base = new RandomSource(-(seed * SEEDS_AN_EPOCH + epoch + 1)).nextBits();
    return rows.map((row) => {
      const count = this.starts[row + 1] - this.starts[row];
      if (count === 1) return this.starts[row];
      const random = new RandomSource(base * SEEDS_AN_EPOCH + row);
      return this.starts[row] + random.nextInteger(count);
    });
  }

  /** All pieces of rows, row after row. */
  spread(rows: Int32Array): PiecesOfRows {
    const spread: { rows: number[]; pieces: number[] } = { rows: [], pieces: [] };
    for (const row of rows) {
      for (let piece = this.starts[row]; piece < this.starts[row + 1]; piece += 1) {
        spread.rows.push(row);
        spread.pieces.push(piece);
      }
    }
    return { rows: Int32Array.from(spread.rows), pieces: Int32Array.from(spread.pieces) };
  }

  /**
   * The logits of rows, as a finished model combines those of their windows.
   *
   * @param logits of what {@link spread} gives for `rows`: [pieces, columns]
   * @returns [rows, columns]
   */
  combine(rows: Int32Array, logits: Float32Array, columns: number): Float32Array {
    const combined = new Float32Array(rows.length * columns);
    let piece = 0;
    rows.forEach((row, place) => {
      const count = this.starts[row + 1] - this.starts[row];
      const windows = Array.from({ length: count }, (_, at) =>
        logits.subarray((piece + at) * columns, (piece + at + 1) * columns),
      );
      combined.set(combineLogits(windows, this.combination), place * columns);
      piece += count;
    });
    return combined;
  }
}

/** Tokens of the longest piece of each row. @param lengths tokens of each piece */
export function longestPieces(lengths: Int32Array, starts: Int32Array): Int32Array {
  return Int32Array.from({ length: starts.length - 1 }, (_, row) =>
    lengths.subarray(starts[row], starts[row + 1]).reduce((most, tokens) => Math.max(most, tokens)),
  );
}
