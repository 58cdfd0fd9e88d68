// Reads protocol buffer messages field by field; enough for the three messages of a checkpoint index.
// Format: https://protobuf.dev/programming-guides/encoding
import { ByteReader } from './byte-reader.js';

/** The value of a field; which method fits follows from its number, and another wire type is refused. */
export interface ProtobufField {
  readonly number: number;
  /** An integer, enum or bool from 0 to 2^53 - 1. */
  integer(): number;
  /** A fixed32. */
  fixed32(): number;
  /** The bytes of a string or message, sharing memory with the message around it. */
  bytes(): Uint8Array;
}

/**
 * Calls `onField` for each field, in the order of the bytes. Fields whose value it does not ask for are
 * skipped.
 *
 * @param refuse makes the error to throw when the bytes are no message
 */
export function readProtobuf(
  message: Uint8Array,
  refuse: (problem: string) => Error,
  onField: (field: ProtobufField) => void,
): void {
  const reader = new ByteReader(message, refuse);
  while (!reader.atEnd()) {
    const key = reader.varint();
    const number = Math.floor(key / 8);
    const wireType = key % 8;
    if (number === 0 || number > 0x1fff_ffff) {
      throw refuse(`it holds a field with the number ${number}`);
    }
    let readings = 0;
    const take = (expected: number): ByteReader => {
      if (wireType !== expected) {
        throw refuse(`its field ${number} has the wire type ${wireType}, expected ${expected}`);
      }
      readings++;
      return reader;
    };
    onField({
      number,
      integer: () => take(0).varint(),
      fixed32: () => take(5).littleEndian(4),
      bytes: () => take(2).bytes(reader.varint()),
    });
    if (readings === 0) {
      skip(reader, wireType, refuse);
    }
  }
}

function skip(reader: ByteReader, wireType: number, refuse: (problem: string) => Error): void {
  switch (wireType) {
    case 0:
      reader.skipVarint();
      return;
    case 1:
      reader.bytes(8);
      return;
    case 2:
      reader.bytes(reader.varint());
      return;
    case 5:
      reader.bytes(4);
      return;
    default:
      // 3 and 4 are groups, which proto3 does not have; 6 and 7 do not exist.
      throw refuse(`it holds a field of the wire type ${wireType}`);
  }
}
