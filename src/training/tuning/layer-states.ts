// What the layers below the trained ones make of every text, computed once and kept on disk while a run needs it.
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { writeFileAtomically } from '../../data/index.js';
import { float32ToFloat16 } from '../../weights/index.js';

/** One text's states. */
export interface TextStates {
  /** [tokens, width], row-major. */
  readonly vector: Float32Array;
}

/** Bytes of a state's number: float16, whose rounding (one part in 2,000) is far below dropout's noise. */
const BYTES = 2;

/** States that are gathered before they are written, in bytes. */
const WRITE_SIZE = 2 ** 23;

/** The states of all rows of a table in one file, row after row, and their lengths at its end. To be closed. */
export class LayerStates {
  private constructor(
    private readonly file: FileHandle,
    /** Numbers of a token's state. */
    readonly width: number,
    /** Tokens of each row. */
    readonly lengths: Int32Array,
    /** Where each row begins, in tokens; one more than there are rows. */
    private readonly starts: Float64Array,
  ) {}

  /** Bytes that the states of so many tokens take on disk. */
  static size(tokens: number, width: number): number {
    return tokens * width * BYTES;
  }

  /**
   * Writes the states of all rows, which come in order, unless the file of an earlier run is there.
   * @param encode makes the states of the rows, called only if they are needed
   * @throws PolytagError DISK_FULL and others of writing; what `encode` throws
   */
  static async open(
    path: string,
    rows: number,
    width: number,
    encode: () => AsyncIterable<TextStates>,
  ): Promise<LayerStates> {
    if (!existsSync(path)) await writeFileAtomically(path, packStates(encode(), rows, width));
    const file = await open(path, 'r');
    try {
      const lengths = new Int32Array(rows);
      const bytes = new Uint8Array(lengths.buffer);
      const { size } = await file.stat();
      await readWhole(file, bytes, size - bytes.length);
      const starts = new Float64Array(rows + 1);
      lengths.forEach((length, row) => {
        starts[row + 1] = starts[row] + length;
      });
      if (size !== LayerStates.size(starts[rows], width) + bytes.length) {
        throw new Error(`${path} holds other states than those that were written`);
      }
      return new LayerStates(file, width, lengths, starts);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * The states of rows, each padded with zeros.
   * @returns float16 bits [rows, length, width]
   */
  async read(rows: Int32Array, length: number): Promise<Uint16Array> {
    const states = new Uint16Array(rows.length * length * this.width);
    const bytes = new Uint8Array(states.buffer);
    const stride = length * this.width * BYTES;
    for (const [place, row] of rows.entries()) {
      const start = this.starts[row] * this.width * BYTES;
      const size = this.starts[row + 1] * this.width * BYTES - start;
      await readWhole(this.file, bytes.subarray(place * stride, place * stride + size), start);
    }
    return states;
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.file.close();
  }
}

/** The pieces of the file. */
async function* packStates(
  texts: AsyncIterable<TextStates>,
  rows: number,
  width: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const lengths = new Int32Array(rows);
  let row = 0;
  let gathered: Uint8Array[] = [];
  let size = 0;
  for await (const { vector } of texts) {
    if (row === rows) throw new Error(`more than ${rows} rows were encoded`);
    lengths[row] = vector.length / width;
    const halves = float32ToFloat16(vector);
    gathered.push(new Uint8Array(halves.buffer));
    size += halves.byteLength;
    row += 1;
    if (size < WRITE_SIZE) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    size = 0;
  }
  if (row !== rows) throw new Error(`${row} of ${rows} rows were encoded`);
  yield Buffer.concat([...gathered, new Uint8Array(lengths.buffer)]);
}

async function readWhole(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new Error('the file of states is shorter than it was');
    done += bytesRead;
  }
}
