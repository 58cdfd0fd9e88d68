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

/** Element types that arithmetic on numbers can fill directly (float16 and bfloat16 need conversion). */
export type NumericType = Exclude<DataType, 'float16' | 'bfloat16'>;

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The bytes of a tensor's data, shared, not copied. */
export function tensorBytes({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * A tensor of `type` and `shape` filled with `values` in row-major order.
 * @throws RangeError when there are more or fewer values than elements
 */
export function tensorOf<Type extends NumericType>(
  type: Type,
  shape: readonly number[],
  values: readonly number[],
): Tensor<Type> {
  if (values.length !== elementCount(shape)) {
    throw new RangeError(`${values.length} values cannot fill the shape [${shape.join(', ')}]`);
  }
  return { type, shape, data: arrayMakers[type](values) };
}

const arrayMakers: {
  [Type in NumericType]: (values: readonly number[]) => TensorArrays[Type];
} = {
  float64: (values) => Float64Array.from(values),
  float32: (values) => Float32Array.from(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
  int32: (values) => Int32Array.from(values),
  int16: (values) => Int16Array.from(values),
  int8: (values) => Int8Array.from(values),
  uint64: (values) => BigUint64Array.from(values, BigInt),
  uint32: (values) => Uint32Array.from(values),
  uint16: (values) => Uint16Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  bool: (values) => Uint8Array.from(values),
};

/** ONNX's numbers for element types. */
export const dataTypeNumbers: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};
