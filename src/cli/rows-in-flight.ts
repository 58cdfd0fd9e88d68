// The names of rows whose texts are being worked on: results come in the order of texts, some thousand later.
import type { TextRow } from '../data/index.js';

/** Hands out the texts of rows, and keeps each row's ids until its result is there. */
export class RowsInFlight {
  readonly #waiting: (readonly string[])[] = [];

  constructor(private readonly rows: AsyncIterable<TextRow>) {}

  /** The texts, in order; to be read once. */
  async *texts(): AsyncGenerator<string, void, undefined> {
    for await (const { ids, text } of this.rows) {
      this.#waiting.push(ids);
      yield text;
    }
  }

  /** The ids of the next row that has a result. */
  takeIds(): readonly string[] {
    const ids = this.#waiting.shift();
    if (ids === undefined) throw new RangeError('there are more results than rows');
    return ids;
  }
}
