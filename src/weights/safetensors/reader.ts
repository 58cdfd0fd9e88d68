// Opens safetensors files: one file, or the shards that an index names.
import { tensorOverBytes } from '../element-types.js';
import { PositionedFile } from '../positioned-file.js';
import { findTensor, type TensorSource } from '../tensor-source.js';
import { readHeader, type StoredTensor } from './header.js';

/** Tensors of a safetensors file, and the free text in its header. */
export interface SafetensorsFile extends TensorSource {
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Opens a safetensors file. The header is checked in full, against the size of the file too, before
 * anything is believed or allocated; data are read a tensor at a time.
 *
 * @throws PolytagError MODEL_FILE_UNREADABLE, SAFETENSORS_HEADER_INVALID, SAFETENSORS_TENSOR_INVALID,
 *   SAFETENSORS_TYPE_UNSUPPORTED or SAFETENSORS_SIZE_WRONG
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await PositionedFile.open(path);
  try {
    const { tensors, metadata } = await readHeader(file);
    const find = (name: string): StoredTensor => findTensor(tensors, name, path);
    return {
      metadata,
      names: () => [...tensors.keys()].sort(),
      info: (name) => {
        const { type, shape } = find(name);
        return { type, shape };
      },
      read: async (name) => {
        const stored = find(name);
        const bytes = await file.read(stored.position, stored.size);
        return tensorOverBytes(stored, bytes.buffer);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
