// Where named tensors come from, whatever the file format: names, types and shapes at once, data on demand.
import { polytagError } from '../errors/index.js';
import type { DataType, Tensor } from '../graph/index.js';
import { quote } from './json-reader.js';

/** Element type and shape of a stored tensor. */
export interface TensorInfo {
  readonly type: DataType;
  readonly shape: readonly number[];
}

/** Named tensors in files. Opening reads what describes them; `read` reads one tensor's bytes and no more. */
export interface TensorSource {
  /** All names, sorted by code units. */
  names(): string[];
  /** @throws PolytagError TENSOR_MISSING for a name that `names()` does not list */
  info(name: string): TensorInfo;
  /**
   * The tensor, in an ArrayBuffer of its own that may be transferred to another thread.
   *
   * @throws PolytagError TENSOR_MISSING; or what its format throws when the bytes are not there or wrong
   */
  read(name: string): Promise<Tensor>;
  /** Closes the files. A second call does nothing. */
  close(): Promise<void>;
}

/** The entry of `name` in a table of tensors of `file`. @throws PolytagError TENSOR_MISSING */
export function findTensor<Entry>(
  tensors: ReadonlyMap<string, Entry>,
  name: string,
  file: string,
): Entry {
  const entry = tensors.get(name);
  if (entry === undefined) {
    throw polytagError('TENSOR_MISSING', { file, tensor: quote(name) });
  }
  return entry;
}
