// What a checkpoint index says of its shards and tensors: the messages of TensorFlow's tensor_bundle.proto.
// Format: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto
import type { DataType } from '../../graph/index.js';
import { readProtobuf } from './protobuf.js';

type Refuse = (problem: string) => Error;

/** The message under the empty key. */
export interface BundleHeader {
  readonly shards: number;
  readonly bigEndian: boolean;
  /** The oldest version of the format's readers that can read this. */
  readonly oldestReader: number;
}

/** The message under a tensor's name. */
export interface BundleEntry {
  /** TensorFlow's number of the element type. */
  readonly typeNumber: number;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  /** Masked CRC-32C of the tensor's bytes. */
  readonly checksum: number;
  /** Whether a partitioned variable; its parts are stored under other keys. */
  readonly sliced: boolean;
}

/** Element types by TensorFlow's numbers (types.proto); strings, complex and quantized types are not read. */
export const typesByNumber: ReadonlyMap<number, DataType> = new Map([
  [1, 'float32'],
  [2, 'float64'],
  [3, 'int32'],
  [4, 'uint8'],
  [5, 'int16'],
  [6, 'int8'],
  [9, 'int64'],
  [10, 'bool'],
  [14, 'bfloat16'],
  [17, 'uint16'],
  [19, 'float16'],
  [22, 'uint32'],
  [23, 'uint64'],
]);

/** Reads a BundleHeaderProto. */
export function parseBundleHeader(message: Uint8Array, refuse: Refuse): BundleHeader {
  const header = { shards: 0, bigEndian: false, oldestReader: 0 };
  readProtobuf(message, refuse, (field) => {
    switch (field.number) {
      case 1:
        header.shards = field.integer();
        break;
      case 2:
        header.bigEndian = field.integer() !== 0;
        break;
      case 3:
        readProtobuf(field.bytes(), refuse, (part) => {
          if (part.number === 2) {
            header.oldestReader = part.integer();
          }
        });
        break;
    }
  });
  return header;
}

/** Reads a BundleEntryProto. */
export function parseBundleEntry(message: Uint8Array, refuse: Refuse): BundleEntry {
  const entry = {
    typeNumber: 0,
    shape: [] as number[],
    shard: 0,
    offset: 0,
    size: 0,
    checksum: 0,
    sliced: false,
  };
  readProtobuf(message, refuse, (field) => {
    switch (field.number) {
      case 1:
        entry.typeNumber = field.integer();
        break;
      case 2:
        entry.shape = parseShape(field.bytes(), refuse);
        break;
      case 3:
        entry.shard = field.integer();
        break;
      case 4:
        entry.offset = field.integer();
        break;
      case 5:
        entry.size = field.integer();
        break;
      case 6:
        entry.checksum = field.fixed32();
        break;
      case 7:
        entry.sliced = true;
        break;
    }
  });
  return entry;
}

/** A TensorShapeProto: field 2 is repeated, one message a dimension, whose field 1 is the size. */
function parseShape(message: Uint8Array, refuse: Refuse): number[] {
  const shape: number[] = [];
  readProtobuf(message, refuse, (field) => {
    if (field.number === 2) {
      let size = 0;
      readProtobuf(field.bytes(), refuse, (part) => {
        if (part.number === 1) {
          size = part.integer();
        }
      });
      shape.push(size);
    }
  });
  return shape;
}
