// What a format makes of rows: bytes to write, piece by piece.

/** A column to write. */
export interface OutputColumn {
  readonly name: string;
  /**
   * `text`: a string. `integer`: within 32 bits. `float32`: a number, written as the shortest text that
   * reads back as the same float32. `vector`: a Float32Array of the given shape.
   */
  readonly type: 'text' | 'integer' | 'float32' | 'vector';
  /**
   * For vectors: `[size]`, or `[rows, size]` for a matrix in each cell; with 0 as `rows`, these differ
   * from cell to cell (not in .npy).
   */
  readonly shape?: readonly number[];
}

/** A cell to write; null where there is nothing. */
export type OutputCell = string | number | Float32Array | null;

/** Turns rows into the bytes of one format. */
export interface RowFormat {
  /** The first bytes. */
  start(): Uint8Array;
  append(row: readonly OutputCell[]): void;
  /** Whether enough has gathered to be worth writing. */
  readonly isFull: boolean;
  /** The bytes of the rows appended since the last call. */
  take(): Uint8Array;
  /** The last bytes, after those of the last rows. */
  end(): Uint8Array;
  /** If given: bytes to write over the first ones at the end. */
  patch?(): Uint8Array;
}

/** An empty piece. */
export const noBytes = new Uint8Array(0);
