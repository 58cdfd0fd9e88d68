// Half precision: IEEE 754 binary16 and bfloat16 as raw bits, to and from single precision.
import type { DataType, Tensor } from '../graph/index.js';

let singleOfHalf: Uint32Array | null = null;

/**
 * Single-precision values of binary16 bits; exact for every input, NaN payloads included.
 *
 * @param halves binary16 bits
 * @returns a new array of the same length
 */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  singleOfHalf ??= Uint32Array.from({ length: 0x1_0000 }, (_, half) => singleBits(half));
  const table = singleOfHalf;
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) {
    bits[index] = table[halves[index]];
  }
  return new Float32Array(bits.buffer);
}

/**
 * The nearest binary16 value of each number, ties to even, as IEEE 754 rounds: above 65,519.99.. becomes
 * infinity, below 2^-25 becomes zero, between lie the subnormals. NaN stays NaN.
 *
 * @returns a new array of the same length, of binary16 bits
 */
export function float32ToFloat16(singles: Float32Array): Uint16Array {
  const bits = new Uint32Array(singles.buffer, singles.byteOffset, singles.length);
  const halves = new Uint16Array(bits.length);
  for (let index = 0; index < bits.length; index++) {
    halves[index] = halfBits(bits[index]);
  }
  return halves;
}

/**
 * Single-precision values of bfloat16 bits: its bits are the upper half of theirs, so this is exact.
 *
 * @returns a new array of the same length
 */
export function bfloat16ToFloat32(upperHalves: Uint16Array): Float32Array {
  const bits = new Uint32Array(upperHalves.length);
  for (let index = 0; index < upperHalves.length; index++) {
    bits[index] = upperHalves[index] << 16;
  }
  return new Float32Array(bits.buffer);
}

/**
 * The tensor in single precision: halves widened exactly, float64 rounded, float32 returned as it is;
 * null for types that hold no real numbers.
 */
export function toFloat32({ type, shape, data }: Tensor): Tensor<'float32'> | null {
  const widen = toSingle[type];
  return widen === undefined ? null : { type: 'float32', shape, data: widen(data) };
}

const toSingle: Partial<Record<DataType, (data: Tensor['data']) => Float32Array>> = {
  float64: (data) => Float32Array.from(data as Float64Array),
  float32: (data) => data as Float32Array,
  float16: (data) => float16ToFloat32(data as Uint16Array),
  bfloat16: (data) => bfloat16ToFloat32(data as Uint16Array),
};

// binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. binary32: 1, 8 (bias 127), 23.
function singleBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) {
    return sign | 0x7f80_0000 | (fraction << 13);
  }
  if (exponent > 0) {
    return sign | ((exponent + 112) << 23) | (fraction << 13);
  }
  if (fraction === 0) {
    return sign;
  }
  // A subnormal is fraction * 2^-24: move its leading one to where binary32 implies it.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

function halfBits(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) {
    // NaN: the payload's upper bits, with the quiet bit so that it does not become infinity.
    return sign | 0x7e00 | ((magnitude >>> 13) & 0x1ff);
  }
  if (magnitude >= 0x4780_0000) {
    return sign | 0x7c00;
  }
  if (magnitude >= 0x3880_0000) {
    // Adding half a unit less one, plus the last kept bit, carries exactly when the rest rounds up;
    // a carry into the exponent is right too, up to infinity.
    return sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  if (magnitude < 0x3300_0000) {
    return sign;
  }
  const significand = (magnitude & 0x7f_ffff) | 0x80_0000;
  const shift = 126 - (magnitude >>> 23);
  const kept = significand >>> shift;
  const rest = significand - kept * 2 ** shift;
  const half = 2 ** (shift - 1);
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}
