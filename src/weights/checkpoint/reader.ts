// Opens TensorFlow V2 checkpoints: an .index table, and tensors in one or more .data files, read by range.
import { basename } from 'node:path';
import { polytagError } from '../../errors/index.js';
import { byteSize, bytesPerElement, tensorOverBytes } from '../element-types.js';
import { quote } from '../json-reader.js';
import { PositionedFile } from '../positioned-file.js';
import { findTensor, type TensorInfo, type TensorSource } from '../tensor-source.js';
import {
  type BundleEntry,
  type BundleHeader,
  parseBundleEntry,
  parseBundleHeader,
  typesByNumber,
} from './bundle.js';
import { crc32c, maskCrc } from './crc32c.js';
import { readTable } from './sorted-table.js';

const maximalShards = 256;
const formatVersion = 1;

/**
 * Opens the checkpoint `PREFIX.index`, `PREFIX.data-00000-of-0000N`, .. Everything in the index is
 * checked against the sizes of the data files before it is believed; `read` verifies the checksum of the
 * tensor. Names are those of the checkpoint; parts of partitioned variables are not listed.
 *
 * @param prefix the path without `.index`, such as `uncased_L-12_H-768_A-12/bert_model.ckpt`
 * @throws PolytagError MODEL_FILE_UNREADABLE (also for a missing shard), CHECKPOINT_INDEX_INVALID,
 *   CHECKPOINT_CHECKSUM_WRONG, CHECKPOINT_TENSOR_INVALID or CHECKPOINT_UNSUPPORTED. Tensors that only
 *   polytag cannot represent (strings, partitioned variables) are refused when `info` or `read` asks
 */
export async function openTensorFlowCheckpoint(prefix: string): Promise<TensorSource> {
  const indexPath = `${prefix}.index`;
  const { header, entries } = await readIndex(indexPath);
  const shards: PositionedFile[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.close()));
  };
  try {
    for (let shard = 0; shard < header.shards; shard++) {
      shards.push(await PositionedFile.open(shardPath(prefix, shard, header.shards)));
    }
    for (const [name, entry] of entries) {
      checkPlacement(indexPath, name, entry, shards);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const find = (name: string): BundleEntry => findTensor(entries, name, indexPath);
  return {
    names: () => [...entries.keys()].sort(),
    info: (name) => describe(indexPath, name, find(name)),
    read: async (name) => {
      const entry = find(name);
      const info = describe(indexPath, name, entry);
      const bytes = await readVerified(shards[entry.shard], name, entry);
      return tensorOverBytes(info, bytes.buffer);
    },
    close,
  };
}

/** The data file of one shard, as TensorFlow names it. */
function shardPath(prefix: string, shard: number, shards: number): string {
  const digits = (value: number): string => String(value).padStart(5, '0');
  return `${prefix}.data-${digits(shard)}-of-${digits(shards)}`;
}

/** The data files that a checkpoint's index announces. @throws as `openTensorFlowCheckpoint` */
export async function listCheckpointFiles(prefix: string): Promise<string[]> {
  const { header } = await readIndex(`${prefix}.index`);
  return Array.from({ length: header.shards }, (_, shard) =>
    shardPath(prefix, shard, header.shards),
  );
}

async function readIndex(
  path: string,
): Promise<{ header: BundleHeader; entries: Map<string, BundleEntry> }> {
  const refuse = (problem: string): Error =>
    polytagError('CHECKPOINT_INDEX_INVALID', { file: path, problem });
  const file = await PositionedFile.open(path);
  try {
    const table = await readTable(file);
    if (table.length === 0 || table[0].key.length > 0) {
      throw refuse('it has no header under the empty key');
    }
    const header = parseBundleHeader(table[0].value, refuse);
    checkHeader(path, header, refuse);
    const entries = new Map<string, BundleEntry>();
    for (const { key, value } of table.slice(1)) {
      // Keys of parts of partitioned variables start with a zero byte.
      if (key[0] !== 0) {
        entries.set(decodeName(key, refuse), parseBundleEntry(value, refuse));
      }
    }
    return { header, entries };
  } finally {
    await file.close();
  }
}

function checkHeader(
  path: string,
  { shards, bigEndian, oldestReader }: BundleHeader,
  refuse: (problem: string) => Error,
): void {
  if (shards < 1 || shards > maximalShards) {
    throw refuse(`it announces ${shards} data files; expected 1 to ${maximalShards}`);
  }
  if (bigEndian) {
    throw polytagError('CHECKPOINT_UNSUPPORTED', { file: path, feature: 'is big-endian' });
  }
  if (oldestReader > formatVersion) {
    throw polytagError('CHECKPOINT_UNSUPPORTED', {
      file: path,
      feature: `asks for a reader of version ${oldestReader} of the format`,
    });
  }
}

function decodeName(key: Uint8Array, refuse: (problem: string) => Error): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(key);
  } catch {
    throw refuse('it holds a name that is not UTF-8');
  }
}

function checkPlacement(
  indexPath: string,
  name: string,
  { typeNumber, shape, shard, offset, size, sliced }: BundleEntry,
  shards: readonly PositionedFile[],
): void {
  if (sliced) {
    return;
  }
  const refuse = (problem: string): Error =>
    polytagError('CHECKPOINT_TENSOR_INVALID', { file: indexPath, tensor: quote(name), problem });
  if (shard >= shards.length) {
    throw refuse(`it lies in data file ${shard} of ${shards.length}, counted from 0`);
  }
  const file = shards[shard];
  if (offset + size > file.size) {
    throw refuse(
      `it ends at byte ${offset + size} of ${basename(file.path)}, which has ${file.size}`,
    );
  }
  const type = typesByNumber.get(typeNumber);
  if (type !== undefined && byteSize(shape, bytesPerElement(type)) !== size) {
    throw refuse(`${type} of shape [${shape.slice(0, 8).join(', ')}] does not take ${size} bytes`);
  }
}

function describe(indexPath: string, name: string, entry: BundleEntry): TensorInfo {
  const type = typesByNumber.get(entry.typeNumber);
  if (type === undefined || entry.sliced) {
    const what = entry.sliced ? 'in parts' : `with element type ${entry.typeNumber}`;
    throw polytagError('CHECKPOINT_UNSUPPORTED', {
      file: indexPath,
      feature: `holds the tensor ${quote(name)} ${what}`,
    });
  }
  return { type, shape: entry.shape };
}

async function readVerified(
  file: PositionedFile,
  name: string,
  { offset, size, checksum }: BundleEntry,
): Promise<Uint8Array<ArrayBuffer>> {
  let crc = 0;
  // Piece by piece between two reads, so that other work on this thread gets its turn.
  const bytes = await file.read(offset, size, (piece) => {
    crc = crc32c(piece, crc);
  });
  if (maskCrc(crc) !== checksum) {
    throw polytagError('CHECKPOINT_CHECKSUM_WRONG', {
      file: file.path,
      part: `tensor ${quote(name)}`,
    });
  }
  return bytes;
}
