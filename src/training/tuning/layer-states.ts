// What the layers below the trained ones make of every text, computed once and kept on disk while a run needs it.
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { writeFileAtomically } from '../../data/index.js';

/** The states of the pieces of one text, in order: one piece, or the windows of a long text. */
export type TextStates = readonly Uint16Array[];

/** Bytes of a state's number: float16, whose rounding (one part in 2,000) is far below dropout's noise. */
const BYTES = 2;

/** States that are gathered before they are written, in bytes. */
const WRITE_SIZE = 2 ** 23;

/**
 * The states of all texts of a table in one file, text after text, and at its end the pieces of each text and the
 * tokens of each piece. Equal texts are there once. To be closed.
 */
export class LayerStates {
  private constructor(
    private readonly file: FileHandle,
    /** Numbers of a token's state. */
    readonly width: number,
    /** Tokens of each piece of each row. */
    readonly lengths: Int32Array,
    /** The first piece of each row; one more than there are rows. */
    readonly starts: Int32Array,
    /** Where each piece of each row begins in the file, in tokens. */
    private readonly places: Float64Array,
  ) {}

  /** Bytes that the states of so many tokens take on disk. */
  static size(tokens: number, width: number): number {
    return tokens * width * BYTES;
  }

  /** Whether an earlier run has written the file. */
  static isThere(path: string): boolean {
    return existsSync(path);
  }

  /**
   * Writes the states of texts, which come in order. Half a file is never left.
   *
   * @param texts how many
   * @throws PolytagError DISK_FULL and others of writing; what `states` throws
   */
  static async write(
    path: string,
    texts: number,
    width: number,
    states: AsyncIterable<TextStates>,
  ): Promise<void> {
    await writeFileAtomically(path, packStates(states, texts, width));
  }

  /**
   * Opens what {@link write} has written.
   *
   * @param textOfRow which of the texts each row of the table has
   */
  static async open(path: string, width: number, textOfRow: Int32Array): Promise<LayerStates> {
    const file = await open(path, 'r');
    try {
      const texts = textOfRow.reduce((most, text) => Math.max(most, text + 1), 0);
      const { size } = await file.stat();
      const counts = await readNumbers(file, texts, size);
      const pieces = counts.reduce((sum, count) => sum + count, 0);
      const lengths = await readNumbers(file, pieces, size - counts.byteLength);
      const tokens = lengths.reduce((sum, length) => sum + length, 0);
      const ends = counts.byteLength + lengths.byteLength;
      if (size !== LayerStates.size(tokens, width) + ends) {
        throw new Error(`${path} holds other states than those that were written`);
      }
      const rows = layOut(textOfRow, counts, lengths);
      return new LayerStates(file, width, rows.lengths, rows.starts, rows.places);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * The states of pieces, each padded with zeros.
   * @returns float16 bits [pieces, length, width]
   */
  async read(pieces: Int32Array, length: number): Promise<Uint16Array> {
    const states = new Uint16Array(pieces.length * length * this.width);
    const bytes = new Uint8Array(states.buffer);
    const stride = length * this.width * BYTES;
    for (const [place, piece] of pieces.entries()) {
      const start = this.places[piece] * this.width * BYTES;
      const size = this.lengths[piece] * this.width * BYTES;
      await readWhole(this.file, bytes.subarray(place * stride, place * stride + size), start);
    }
    return states;
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.file.close();
  }
}

/** Spreads what the texts have over the rows of the table. */
function layOut(
  textOfRow: Int32Array,
  counts: Int32Array,
  lengths: Int32Array,
): { lengths: Int32Array; starts: Int32Array; places: Float64Array } {
  const firstPiece = new Int32Array(counts.length + 1);
  counts.forEach((count, text) => {
    firstPiece[text + 1] = firstPiece[text] + count;
  });
  const begins = new Float64Array(lengths.length + 1);
  lengths.forEach((length, piece) => {
    begins[piece + 1] = begins[piece] + length;
  });
  const starts = new Int32Array(textOfRow.length + 1);
  textOfRow.forEach((text, row) => {
    starts[row + 1] = starts[row] + counts[text];
  });
  const ofRows = new Int32Array(starts[textOfRow.length]);
  const places = new Float64Array(ofRows.length);
  textOfRow.forEach((text, row) => {
    for (let at = 0; at < counts[text]; at += 1) {
      ofRows[starts[row] + at] = lengths[firstPiece[text] + at];
      places[starts[row] + at] = begins[firstPiece[text] + at];
    }
  });
  return { lengths: ofRows, starts, places };
}

/** The parts of the file. */
async function* packStates(
  states: AsyncIterable<TextStates>,
  texts: number,
  width: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const counts = new Int32Array(texts);
  const lengths: number[] = [];
  let text = 0;
  let gathered: Uint8Array[] = [];
  let size = 0;
  for await (const pieces of states) {
    if (text === texts) throw new Error(`more than ${texts} texts were encoded`);
    counts[text] = pieces.length;
    text += 1;
    for (const piece of pieces) {
      lengths.push(piece.length / width);
      gathered.push(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
      size += piece.byteLength;
    }
    if (size < WRITE_SIZE) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    size = 0;
  }
  if (text !== texts) throw new Error(`${text} of ${texts} texts were encoded`);
  yield Buffer.concat([...gathered, bytesOf(Int32Array.from(lengths)), bytesOf(counts)]);
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Numbers that end at a place of the file. */
async function readNumbers(file: FileHandle, count: number, end: number): Promise<Int32Array> {
  const numbers = new Int32Array(count);
  const bytes = bytesOf(numbers);
  if (bytes.length > end) throw new Error('the file of states is shorter than it was');
  await readWhole(file, bytes, end - bytes.length);
  return numbers;
}

async function readWhole(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new Error('the file of states is shorter than it was');
    done += bytesRead;
  }
}
