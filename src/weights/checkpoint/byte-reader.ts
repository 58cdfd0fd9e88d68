// A cursor over bytes that nobody vouches for: every read is checked against the end.

/** Reads numbers and ranges in turn; `refuse` makes the error to throw when the bytes do not hold them. */
export class ByteReader {
  private position = 0;

  constructor(
    private readonly source: Uint8Array,
    private readonly refuse: (problem: string) => Error,
  ) {}

  /** Whether all bytes have been read. */
  atEnd(): boolean {
    return this.position === this.source.length;
  }

  /** The next byte. */
  byte(): number {
    if (this.position >= this.source.length) {
      throw this.refuse('it ends in the middle of a value');
    }
    return this.source[this.position++];
  }

  /** The next `length` bytes, sharing memory with the source. */
  bytes(length: number): Uint8Array {
    if (length > this.source.length - this.position) {
      throw this.refuse('it ends in the middle of a value');
    }
    const start = this.position;
    this.position += length;
    return this.source.subarray(start, this.position);
  }

  /** An unsigned little-endian number of 1 to 4 bytes. */
  littleEndian(size: number): number {
    return this.bytes(size).reduceRight((value, byte) => value * 256 + byte, 0);
  }

  /** A variable-length number of 7 bits a byte; refused above 2^53 - 1, and so are negative numbers. */
  varint(): number {
    const value = this.longVarint();
    if (!Number.isSafeInteger(value)) {
      throw this.refuse('it holds a negative number or one above 2^53 - 1');
    }
    return value;
  }

  /** Skips a variable-length number of up to 64 bits. */
  skipVarint(): void {
    this.longVarint();
  }

  // Exact below 2^53; rounding above never leads back below, so that `varint` can tell.
  private longVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        return value;
      }
    }
    throw this.refuse('it holds a number of more than ten bytes');
  }
}
