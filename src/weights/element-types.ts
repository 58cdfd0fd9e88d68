// Sizes of element types, and typed arrays over bytes as files hold them (little-endian, row-major).
import type { DataType, Tensor, TensorArrays } from '../graph/index.js';
import type { TensorInfo } from './tensor-source.js';

const arrayTypes = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint64: BigUint64Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} satisfies { [Type in DataType]: new (buffer: ArrayBuffer) => TensorArrays[Type] };

/** Bytes of one element. */
export function bytesPerElement(type: DataType): number {
  return arrayTypes[type].BYTES_PER_ELEMENT;
}

/**
 * Bytes of a tensor, or null if a size or a product on the way is no integer below 2^53: numbers from a
 * file are multiplied before they are believed.
 */
export function byteSize(shape: readonly number[], elementBytes: number): number | null {
  let size = elementBytes;
  for (const dimension of shape) {
    size *= dimension;
    if (!Number.isSafeInteger(dimension) || dimension < 0 || !Number.isSafeInteger(size)) {
      return null;
    }
  }
  return size;
}

/**
 * The tensor over `bytes`, which it takes over without copying; their number must fit type and shape.
 * Typed arrays follow the machine's byte order; ONNX Runtime exists for little-endian machines only, so
 * that is the file's order too.
 */
export function tensorOverBytes(info: TensorInfo, bytes: ArrayBuffer): Tensor {
  return { type: info.type, shape: info.shape, data: new arrayTypes[info.type](bytes) };
}

/** The bytes of a tensor's data as a file holds them; shares the tensor's memory. */
export function bytesOfTensor({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
