// Writes safetensors files: streamed, aligned, the same bytes for the same tensors, and atomically.
import { writeFileAtomically } from '../../data/index.js';
import type { Tensor } from '../../graph/index.js';
import { byteSize, bytesOfTensor, bytesPerElement } from '../element-types.js';
import type { TensorInfo, TensorSource } from '../tensor-source.js';
import { lengthBytes, typeNames } from './header.js';

/** A tensor to be written; `read` is called once, when its turn comes, so that only one need be in memory. */
export interface TensorToWrite extends TensorInfo {
  readonly name: string;
  readonly read: () => Tensor | Promise<Tensor>;
}

/**
 * Writes `path` as a whole or not at all. Tensors are ordered by falling element size, then by name, as
 * the reference writer orders them, so that each lies at a multiple of its element size.
 *
 * @param metadata free text for the header; default `{format: 'pt'}`, without which some readers refuse
 * @throws PolytagError DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED; or what a `read` throws
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<void> {
  const inOrder = [...tensors].sort(
    (a, b) =>
      bytesPerElement(b.type) - bytesPerElement(a.type) ||
      (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
  const header = encodeHeader(inOrder, metadata);
  await writeFileAtomically(path, generatePieces(header, inOrder));
}

/** All tensors of a source, to be written under the same names. */
export function tensorsToWrite(source: TensorSource): TensorToWrite[] {
  return source.names().map((name) => ({
    ...source.info(name),
    name,
    read: () => source.read(name),
  }));
}

function encodeHeader(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const members = [`"__metadata__":${JSON.stringify(sortKeys(metadata))}`];
  const names = new Set(['__metadata__']);
  let offset = 0;
  for (const { name, type, shape } of tensors) {
    const size = byteSize(shape, bytesPerElement(type));
    if (size === null || names.has(name)) {
      throw new Error(
        `tensor ${name} is there twice or has the impossible shape [${shape.join()}]`,
      );
    }
    names.add(name);
    const end = offset + size;
    const entry = { dtype: typeNames[type], shape, data_offsets: [offset, end] };
    members.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset = end;
  }
  const json = Buffer.from(`{${members.join(',')}}`, 'utf8');
  // Spaces up to a multiple of 8: data then start aligned for every element type.
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(lengthBytes + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length), 0);
  bytes.set(json, lengthBytes);
  return bytes;
}

async function* generatePieces(
  header: Uint8Array,
  tensors: readonly TensorToWrite[],
): AsyncGenerator<Uint8Array> {
  yield header;
  for (const { name, type, shape, read } of tensors) {
    const tensor = await read();
    const bytes = bytesOfTensor(tensor);
    if (tensor.type !== type || bytes.length !== byteSize(shape, bytesPerElement(type))) {
      throw new Error(
        `tensor ${name} was announced as ${type} [${shape.join()}] and read otherwise`,
      );
    }
    yield bytes;
  }
}

function sortKeys(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
