// The rows of one table, whatever its format: a look at the first ones, then all of them, once.
import type { TableRow } from './row-parser.js';

/** Rows of one file. `peek` comes first if at all, then `batches`; `close` is due in any case. */
export interface RowSource {
  readonly columns: readonly string[];
  /** What a row's number counts. */
  readonly rowUnit: 'line' | 'row';
  /** The first `count` rows, or all if there are fewer; they come again in `batches`. */
  peek(count: number): Promise<readonly TableRow[]>;
  /**
   * All rows, in batches of some hundreds.
   *
   * @param wanted columns whose cells are needed; those of others may come empty. Default all.
   */
  batches(wanted?: readonly number[]): AsyncGenerator<TableRow[], void>;
  /** From now on, fields outside `columns` are passed over (JSON Lines only; else they are errors). */
  ignoreOtherFields(): void;
  close(): Promise<void>;
}
