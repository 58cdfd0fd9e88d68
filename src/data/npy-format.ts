// Writes vectors as a NumPy array (.npy, format version 1.0; https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
import type { OutputCell, RowFormat } from './row-format.js';
import { noBytes } from './row-format.js';

const headerBytes = 128;
const pieceBytes = 1 << 20;

/** A float32 array `[rows, ...rowShape]`, little-endian, in C order. */
export class NpyFormat implements RowFormat {
  private pieces: Uint8Array[] = [];
  private bytes = 0;
  private written = 0;
  private readonly cellSize: number;

  /**
   * @param column where in a row the vector is
   * @param rowShape the shape of each vector
   * @param rows the number of rows if known; else the header is patched at the end
   */
  constructor(
    private readonly column: number,
    private readonly rowShape: readonly number[],
    private readonly rows: number | null,
  ) {
    this.cellSize = rowShape.reduce((product, size) => product * size, 1);
  }

  start(): Uint8Array {
    return this.header(this.rows ?? 0);
  }

  append(row: readonly OutputCell[]): void {
    const cell = row[this.column];
    if (!(cell instanceof Float32Array) || cell.length !== this.cellSize) {
      throw new TypeError(`a Float32Array of ${this.cellSize} numbers is needed in each row`);
    }
    this.pieces.push(toLittleEndian(cell));
    this.bytes += this.cellSize * 4;
    this.written++;
  }

  get isFull(): boolean {
    return this.bytes > pieceBytes;
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.pieces);
    this.pieces = [];
    this.bytes = 0;
    return bytes;
  }

  end(): Uint8Array {
    if (this.rows !== null && this.rows !== this.written) {
      throw new RangeError(`${this.rows} rows were announced, ${this.written} were written`);
    }
    return noBytes;
  }

  patch(): Uint8Array {
    return this.header(this.written);
  }

  private header(rows: number): Uint8Array {
    const shape = [rows, ...this.rowShape].join(', ');
    const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
    // Padded to one length whatever the number of rows, and to a multiple of 64 as the format wants.
    const header = Buffer.alloc(headerBytes, ' ');
    header.write('\x93NUMPY\x01\x00', 0, 'latin1');
    header.writeUInt16LE(headerBytes - 10, 8);
    header.write(text, 10, 'latin1');
    header.write('\n', headerBytes - 1, 'latin1');
    return header;
  }
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function toLittleEndian(values: Float32Array): Uint8Array {
  // A copy: the caller may use the array again before the bytes are written.
  const bytes = Buffer.from(values.slice().buffer);
  return isLittleEndian ? bytes : bytes.swap32();
}
