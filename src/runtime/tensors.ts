// Tensors on their way between threads: copied, or handed over with their memory.
import type { DataType, Tensor, TensorArrays } from '../graph/index.js';

/** Tensors by the name of the model's input or output. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/**
 * The inputs of a run. A record is copied and stays the caller's. A function is called when a worker is
 * free, and what it returns is handed over: its buffers go to the worker without a copy and are empty
 * (detached) here afterwards. It is called again, and must make the same tensors again, when a worker
 * dies over them.
 */
export type Feeds = NamedTensors | (() => NamedTensors);

/** Tensors ready for `postMessage`, with the buffers to transfer. */
export interface Shipment {
  readonly tensors: NamedTensors;
  readonly transfer: ArrayBuffer[];
}

const viewMakers: {
  readonly [Type in DataType]: (buffer: ArrayBuffer) => TensorArrays[Type];
} = {
  float64: (buffer) => new Float64Array(buffer),
  float32: (buffer) => new Float32Array(buffer),
  float16: (buffer) => new Uint16Array(buffer),
  bfloat16: (buffer) => new Uint16Array(buffer),
  int64: (buffer) => new BigInt64Array(buffer),
  int32: (buffer) => new Int32Array(buffer),
  int16: (buffer) => new Int16Array(buffer),
  int8: (buffer) => new Int8Array(buffer),
  uint64: (buffer) => new BigUint64Array(buffer),
  uint32: (buffer) => new Uint32Array(buffer),
  uint16: (buffer) => new Uint16Array(buffer),
  uint8: (buffer) => new Uint8Array(buffer),
  bool: (buffer) => new Uint8Array(buffer),
};

/** A tensor over the whole of `buffer`. */
export function tensorOver(type: DataType, shape: readonly number[], buffer: ArrayBuffer): Tensor {
  return { type, shape, data: viewMakers[type](buffer) };
}

/** A tensor with memory of its own, whatever memory (a view, shared, pooled) `tensor` has. */
export function copyTensor({ type, shape, data }: Tensor): Tensor {
  const buffer = new ArrayBuffer(data.byteLength);
  new Uint8Array(buffer).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return tensorOver(type, shape, buffer);
}

/** Whether `value` names an element type. */
export function isDataType(value: string): value is DataType {
  return Object.hasOwn(viewMakers, value);
}

/** Ships `feeds` to another thread: a record copied, a function's result handed over. */
export function shipFeeds(feeds: Feeds): Shipment {
  return typeof feeds === 'function' ? handOver(feeds()) : handOver(copyTensors(feeds));
}

/**
 * Ships `tensors` with their memory: their buffers are detached here once posted. ONNX Runtime takes no
 * SharedArrayBuffer, and a shared buffer cannot be transferred either: such tensors are copied.
 */
export function handOver(tensors: NamedTensors): Shipment {
  const own = mapTensors(tensors, (tensor) =>
    tensor.data.buffer instanceof SharedArrayBuffer ? copyTensor(tensor) : tensor,
  );
  const buffers = Object.values(own).map(({ data }) => data.buffer);
  // Two tensors may lie in one buffer; a buffer listed twice is refused.
  const transfer = [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
  return { tensors: own, transfer };
}

/** Copies with memory of their own. */
export function copyTensors(tensors: NamedTensors): NamedTensors {
  return mapTensors(tensors, copyTensor);
}

function mapTensors(tensors: NamedTensors, change: (tensor: Tensor) => Tensor): NamedTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)] as const),
  );
}
