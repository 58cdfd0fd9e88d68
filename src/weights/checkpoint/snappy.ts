// Unpacks Snappy blocks, within the size that the caller allows.
// Format: https://github.com/google/snappy/blob/main/format_description.txt
import { ByteReader } from './byte-reader.js';

// Three bytes can copy 64, and no element does more for its bytes.
const maximalRatio = 64 / 3;

/**
 * The unpacked bytes of one Snappy block (no framing).
 *
 * @param maximalBytes refuses to unpack more; checked before anything is allocated
 * @param refuse makes the error to throw from what is wrong
 */
export function unpackSnappy(
  packed: Uint8Array,
  maximalBytes: number,
  refuse: (problem: string) => Error,
): Uint8Array {
  const reader = new ByteReader(packed, refuse);
  const size = reader.varint();
  if (size > Math.min(maximalBytes, packed.length * maximalRatio)) {
    throw refuse(`a Snappy block of ${packed.length} bytes announces ${size} bytes`);
  }
  const unpacked = new Uint8Array(size);
  let filled = 0;
  while (!reader.atEnd()) {
    const { length, distance } = readElement(reader);
    if (length > size - filled || distance === 0 || (distance ?? 0) > filled) {
      throw refuse('a Snappy block copies bytes from or to outside of it');
    }
    if (distance === null) {
      unpacked.set(reader.bytes(length), filled);
    } else {
      repeat(unpacked, filled, distance, length);
    }
    filled += length;
  }
  if (filled !== size) {
    throw refuse('a Snappy block unpacks to fewer bytes than it announces');
  }
  return unpacked;
}

/** The next element's length, and how far back it copies from; null for a literal, whose bytes follow. */
function readElement(reader: ByteReader): { length: number; distance: number | null } {
  const tag = reader.byte();
  const upper = tag >>> 2;
  switch (tag & 3) {
    case 0:
      return { length: 1 + (upper < 60 ? upper : reader.littleEndian(upper - 59)), distance: null };
    case 1:
      return { length: 4 + (upper & 7), distance: ((tag >>> 5) << 8) | reader.byte() };
    case 2:
      return { length: 1 + upper, distance: reader.littleEndian(2) };
    default:
      return { length: 1 + upper, distance: reader.littleEndian(4) };
  }
}

/** Copies byte by byte: where the ranges overlap, bytes just written repeat, as the format wants. */
function repeat(bytes: Uint8Array, position: number, distance: number, length: number): void {
  for (let index = position; index < position + length; index++) {
    bytes[index] = bytes[index - distance];
  }
}
