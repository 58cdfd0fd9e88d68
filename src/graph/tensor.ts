// A tensor: element type, shape and row-major data. The one currency between weights, graphs and sessions.

/** Element types by their ONNX names; `float16` and `bfloat16` are held as raw bits. */
export interface TensorArrays {
  float64: Float64Array;
  float32: Float32Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int64: BigInt64Array;
  int32: Int32Array;
  int16: Int16Array;
  int8: Int8Array;
  uint64: BigUint64Array;
  uint32: Uint32Array;
  uint16: Uint16Array;
  uint8: Uint8Array;
  /** One byte an element, 0 or 1. */
  bool: Uint8Array;
}

/** The name of an element type. */
export type DataType = keyof TensorArrays;

/** Row-major data of `shape`; a scalar has the shape `[]`. */
export interface Tensor<Type extends DataType = DataType> {
  readonly type: Type;
  readonly shape: readonly number[];
  readonly data: TensorArrays[Type];
}

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
