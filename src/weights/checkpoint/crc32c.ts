// CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of TensorFlow's checkpoint files.

// The polynomial 0x1EDC6F41 with its bits reversed, as the checksum works on the lowest bit first.
const polynomial = 0x82f6_3b78;
const slices = 8;

// tables[k * 256 + b]: what byte b contributes when k more bytes follow it. Eight bytes are then eight
// independent look-ups instead of a chain (Kounavis and Berry, "slicing-by-8", 2005).
const tables = buildTables();

/**
 * The checksum of `bytes`; pass the result for the bytes before as `previous` to go on.
 *
 * @returns an unsigned 32-bit number
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  let index = 0;
  for (const end = bytes.length - (slices - 1); index < end; index += slices) {
    const low =
      crc ^
      (bytes[index] |
        (bytes[index + 1] << 8) |
        (bytes[index + 2] << 16) |
        (bytes[index + 3] << 24));
    crc =
      tables[0x700 + (low & 0xff)] ^
      tables[0x600 + ((low >>> 8) & 0xff)] ^
      tables[0x500 + ((low >>> 16) & 0xff)] ^
      tables[0x400 + (low >>> 24)] ^
      tables[0x300 + bytes[index + 4]] ^
      tables[0x200 + bytes[index + 5]] ^
      tables[0x100 + bytes[index + 6]] ^
      tables[bytes[index + 7]];
  }
  for (; index < bytes.length; index++) {
    crc = tables[(crc ^ bytes[index]) & 0xff] ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/**
 * The form in which checksums are stored: rotated and shifted, because the checksum of bytes that hold
 * their own checksum is degenerate (LevelDB, util/crc32c.h).
 */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282_ead8) >>> 0;
}

function buildTables(): Int32Array {
  const built = new Int32Array(256 * slices);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0);
    }
    built[byte] = crc;
  }
  for (let index = 256; index < built.length; index++) {
    const shorter = built[index - 256];
    built[index] = (shorter >>> 8) ^ built[shorter & 0xff];
  }
  return built;
}
