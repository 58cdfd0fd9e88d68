// Builds safetensors files byte by byte, so that a test can have one thing wrong in them.

/** One entry of a header, in the format's own words. */
export interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly number[];
}

/** A file: the length, the header (an object as JSON, or text or bytes as they are), and data. */
export function safetensorsBytes(
  header: Readonly<Record<string, unknown>> | string | Uint8Array,
  dataBytes = 0,
  announcedLength?: bigint,
): Buffer {
  const json =
    typeof header === 'string' || header instanceof Uint8Array ? header : JSON.stringify(header);
  const bytes = Buffer.from(json);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(announcedLength ?? BigInt(bytes.length));
  return Buffer.concat([length, bytes, Buffer.alloc(dataBytes, 1)]);
}

/** A header entry of float32 numbers from byte `begin` on. */
export function floats(begin: number, ...shape: readonly number[]): HeaderEntry {
  const size = shape.reduce((product, dimension) => product * dimension, 4);
  return { dtype: 'F32', shape, data_offsets: [begin, begin + size] };
}
