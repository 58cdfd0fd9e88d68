// What the layers below the trained ones make of every text, computed once and kept on disk while a run needs it.
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
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

/** The states of all rows of a table in one file, row after row. To be closed, and removed when the run is over. */
export class LayerStates {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    /** Numbers of a token's state. */
    readonly width: number,
    /** Where each row begins, in tokens; one more than there are rows. */
    private readonly starts: Float64Array,
  ) {}

  /** Bytes that the states of rows take on disk. */
  static size(lengths: Int32Array, width: number): number {
    return lengths.reduce((sum, length) => sum + length, 0) * width * BYTES;
  }

  /**
   * Writes the states of all rows, which come in order, unless the file of an earlier run is whole.
   * @param lengths tokens of each row
   * @param encode makes the states of the rows, called only if they are needed
   * @throws PolytagError WRITE_FAILED and others of writing; what `encode` throws
   */
  static async open(
    path: string,
    lengths: Int32Array,
    width: number,
    encode: () => AsyncIterable<TextStates>,
  ): Promise<LayerStates> {
    const starts = new Float64Array(lengths.length + 1);
    lengths.forEach((length, row) => {
      starts[row + 1] = starts[row] + length;
    });
    const whole = LayerStates.size(lengths, width);
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== whole) {
      await writeFileAtomically(path, packStates(encode(), lengths, width));
    }
    return new LayerStates(path, await open(path, 'r'), width, starts);
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

  /** Removes the file; for after the run. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

async function* packStates(
  texts: AsyncIterable<TextStates>,
  lengths: Int32Array,
  width: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let row = 0;
  let gathered: Uint8Array[] = [];
  let size = 0;
  for await (const { vector } of texts) {
    if (vector.length !== lengths[row] * width) throw new Error(`row ${row} has other tokens`);
    const halves = float32ToFloat16(vector);
    gathered.push(new Uint8Array(halves.buffer));
    size += halves.byteLength;
    row += 1;
    if (size < WRITE_SIZE) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    size = 0;
  }
  if (row !== lengths.length) throw new Error(`${row} of ${lengths.length} rows were encoded`);
  yield Buffer.concat(gathered);
}

async function readWhole(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new Error('the file of states is shorter than it was');
    done += bytesRead;
  }
}
