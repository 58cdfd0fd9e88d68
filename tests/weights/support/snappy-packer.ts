// Packs bytes as a Snappy block: greedy, with copies of every kind, so that the unpacker meets them all.
import { varint } from './checkpoint-writer.js';

/** One Snappy block that unpacks to `bytes`. */
export function packSnappy(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [varint(bytes.length)];
  const lastSeen = new Map<number, number>();
  let literalStart = 0;
  let index = 0;
  const flush = (end: number): void => {
    // In short pieces and long ones: lengths above 60 take extra bytes.
    for (let start = literalStart; start < end; start += 300) {
      const piece = bytes.subarray(start, Math.min(end, start + 300));
      const length = piece.length - 1;
      parts.push(
        length < 60
          ? Uint8Array.of(length << 2)
          : length < 256
            ? Uint8Array.of(60 << 2, length)
            : Uint8Array.of(61 << 2, length & 0xff, length >> 8),
        piece,
      );
    }
  };
  while (index + 4 <= bytes.length) {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset + index, 4).readUInt32LE();
    const candidate = lastSeen.get(key);
    lastSeen.set(key, index);
    if (candidate === undefined) {
      index++;
      continue;
    }
    let length = 4;
    while (length < 64 && bytes[candidate + length] === bytes[index + length]) {
      if (index + length >= bytes.length) break;
      length++;
    }
    flush(index);
    parts.push(copy(length, index - candidate));
    index += length;
    literalStart = index;
  }
  flush(bytes.length);
  return Buffer.concat(parts);
}

function copy(length: number, distance: number): Uint8Array {
  if (length <= 11 && distance < 2048) {
    return Uint8Array.of(1 | ((length - 4) << 2) | ((distance >> 8) << 5), distance & 0xff);
  }
  if (distance < 65_536 && length % 2 === 0) {
    return Uint8Array.of(2 | ((length - 1) << 2), distance & 0xff, distance >> 8);
  }
  const bytes = Buffer.alloc(5);
  bytes[0] = 3 | ((length - 1) << 2);
  bytes.writeUInt32LE(distance, 1);
  return bytes;
}
