// A list of tokens that grows: ids and UTF-16 offsets side by side, reused from text to text.
import type { WordPieces } from './tokenizer-word-pieces.js';

const smallest = 512;
/** A buffer that one huge text made larger than this is given back. */
const largestKept = 1 << 16;

/** Token ids with the start and end of each in the text. */
export class TokenBuffer {
  length = 0;
  ids = new Int32Array(smallest);
  starts = new Int32Array(smallest);
  ends = new Int32Array(smallest);

  clear(): void {
    this.length = 0;
    if (this.ids.length > largestKept) this.resize(smallest);
  }

  push(id: number, start: number, end: number): void {
    if (this.length === this.ids.length) this.resize(this.length * 2);
    this.ids[this.length] = id;
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.length++;
  }

  /** Appends `pieces`, their offsets moved by `shift`. */
  pushAll({ ids, starts, ends }: WordPieces, shift: number): void {
    for (let index = 0; index < ids.length; index++) {
      this.push(ids[index], starts[index] + shift, ends[index] + shift);
    }
  }

  private resize(size: number): void {
    const { ids, starts, ends, length } = this;
    this.ids = new Int32Array(size);
    this.starts = new Int32Array(size);
    this.ends = new Int32Array(size);
    this.ids.set(ids.subarray(0, length));
    this.starts.set(starts.subarray(0, length));
    this.ends.set(ends.subarray(0, length));
  }
}
