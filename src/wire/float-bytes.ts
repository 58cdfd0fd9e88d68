// Floating-point numbers out of raw little-endian bytes at any address.

/** Types of numbers that a server may send, by numpy's names. */
export type FloatType = 'float16' | 'float32' | 'float64';

/** Bytes of one number. */
export const bytesPerFloat: Readonly<Record<FloatType, number>> = {
  float16: 2,
  float32: 4,
  float64: 8,
};

/**
 * The numbers in `bytes`, in single precision, in memory of their own: exact for float16 and float32, rounded to
 * the nearest for float64. The number of bytes must be a multiple of the type's.
 */
export function readFloats(bytes: Uint8Array, type: FloatType): Float32Array {
  // Frames lie at any address, a typed array only at a multiple of its width: hence the copy.
  const { buffer } = Uint8Array.from(bytes);
  switch (type) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return Float32Array.from(new Float64Array(buffer));
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer), halfValue);
  }
}

/** The value of IEEE 754 binary16 bits. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) {
    return sign * fraction * 2 ** -24;
  }
  if (exponent === 0x1f) {
    return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  }
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
