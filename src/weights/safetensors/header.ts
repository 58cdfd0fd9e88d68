// The header of a safetensors file: JSON from an unknown hand, checked against the file's size to the last byte.
// Format: https://github.com/huggingface/safetensors#format
import { polytagError } from '../../errors/index.js';
import type { DataType } from '../../graph/index.js';
import { byteSize, bytesPerElement } from '../element-types.js';
import { JsonReader, quote } from '../json-reader.js';
import type { PositionedFile } from '../positioned-file.js';
import type { TensorInfo } from '../tensor-source.js';

/** Where a tensor's bytes lie. */
export interface StoredTensor extends TensorInfo {
  /** First byte, counted from the start of the file. */
  readonly position: number;
  /** Number of bytes; always what type and shape ask for. */
  readonly size: number;
}

/** What a header says. */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free text of whoever wrote the file, such as `format: pt`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Header bytes that precede the JSON: its length as an unsigned 64-bit little-endian number. */
export const lengthBytes = 8;

/** The format's own limit. */
const maximalHeaderBytes = 100_000_000;

/** Names of element types in the format. */
export const typeNames: Readonly<Record<DataType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
};

const typesByName = new Map<string, DataType>(
  (Object.keys(typeNames) as DataType[]).map((type) => [typeNames[type], type]),
);

// Types of the format that no BERT is computed in; known, so that the refusal can say so.
const foreignTypes = new Set(
  'F4 F6_E2M3 F6_E3M2 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ C64'.split(' '),
);

interface HeaderEntry {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads and checks the header of an open file.
 *
 * @throws PolytagError SAFETENSORS_HEADER_INVALID, SAFETENSORS_TYPE_UNSUPPORTED,
 *   SAFETENSORS_TENSOR_INVALID, SAFETENSORS_SIZE_WRONG or MODEL_FILE_UNREADABLE
 */
export async function readHeader(file: PositionedFile): Promise<SafetensorsHeader> {
  const length = await readHeaderLength(file);
  const bytes = await file.read(lengthBytes, length);
  if (bytes[0] !== 0x7b) {
    throw invalid(file, 'its header does not start with "{"');
  }
  const { entries, metadata } = parseHeader(decode(file, bytes), file);
  return { metadata, tensors: placeTensors(file, entries, lengthBytes + length) };
}

async function readHeaderLength(file: PositionedFile): Promise<number> {
  if (file.size < lengthBytes) {
    throw invalid(file, `it has ${file.size} bytes, too few for a header`);
  }
  const bytes = await file.read(0, lengthBytes);
  const length = new DataView(bytes.buffer).getBigUint64(0, true);
  if (length > maximalHeaderBytes) {
    throw invalid(
      file,
      `it announces a header of ${length.toString()} bytes; 100,000,000 are allowed`,
    );
  }
  if (Number(length) + lengthBytes > file.size) {
    throw invalid(file, `its header of ${length.toString()} bytes ends after the file`);
  }
  return Number(length);
}

function decode(file: PositionedFile, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid(file, 'its header is not UTF-8');
  }
}

function parseHeader(
  text: string,
  file: PositionedFile,
): { entries: HeaderEntry[]; metadata: Map<string, string> } {
  const reader = new JsonReader(text, (problem) => invalid(file, `its header ${problem}`));
  const entries: HeaderEntry[] = [];
  const metadata = new Map<string, string>();
  reader.object((name) => {
    if (name === '__metadata__') {
      reader.object((key) => metadata.set(key, reader.string()));
    } else {
      entries.push(parseEntry(reader, name, file));
    }
  });
  reader.end();
  return { entries, metadata };
}

function parseEntry(reader: JsonReader, name: string, file: PositionedFile): HeaderEntry {
  const found: { type?: string; shape?: number[]; offsets?: number[] } = {};
  reader.object((key) => {
    if (key === 'dtype') {
      found.type = reader.string();
    } else if (key === 'shape') {
      found.shape = parseIndices(reader);
    } else if (key === 'data_offsets') {
      found.offsets = parseIndices(reader);
    } else {
      // Later versions of the format may say more about a tensor, as the reference reader allows.
      reader.value();
    }
  });
  if (found.type === undefined || found.shape === undefined || found.offsets?.length !== 2) {
    throw invalid(file, `tensor ${quote(name)} lacks a dtype, a shape or two data_offsets`);
  }
  return {
    name,
    type: found.type,
    shape: found.shape,
    begin: found.offsets[0],
    end: found.offsets[1],
  };
}

function parseIndices(reader: JsonReader): number[] {
  const indices: number[] = [];
  reader.array(() => indices.push(reader.index()));
  return indices;
}

/** Checks that the tensors cover the data without hole or overlap, and that the file ends with them. */
function placeTensors(
  file: PositionedFile,
  entries: readonly HeaderEntry[],
  dataStart: number,
): Map<string, StoredTensor> {
  const inOrder = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map<string, StoredTensor>();
  let covered = 0;
  for (const entry of inOrder) {
    const type = elementType(file, entry);
    const size = byteSize(entry.shape, bytesPerElement(type));
    if (entry.begin !== covered || entry.end < entry.begin) {
      throw wrongTensor(
        file,
        entry,
        `its bytes are ${entry.begin} to ${entry.end}, expected to start at ${covered}`,
      );
    }
    if (size !== entry.end - entry.begin) {
      const needed = size === null ? 'more than 2^53' : String(size);
      throw wrongTensor(
        file,
        entry,
        `${entry.type} of shape [${entry.shape.slice(0, 8).join(', ')}] needs ${needed} bytes, but has ${entry.end - entry.begin}`,
      );
    }
    tensors.set(entry.name, { type, shape: entry.shape, position: dataStart + entry.begin, size });
    covered = entry.end;
  }
  if (dataStart + covered !== file.size) {
    throw polytagError('SAFETENSORS_SIZE_WRONG', {
      file: file.path,
      size: file.size,
      expected: dataStart + covered,
    });
  }
  return tensors;
}

function elementType(file: PositionedFile, { name, type }: HeaderEntry): DataType {
  const known = typesByName.get(type);
  if (known !== undefined) {
    return known;
  }
  if (foreignTypes.has(type)) {
    throw polytagError('SAFETENSORS_TYPE_UNSUPPORTED', {
      file: file.path,
      tensor: quote(name),
      type,
    });
  }
  throw invalid(file, `tensor ${quote(name)} has the unknown dtype ${quote(type)}`);
}

function invalid(file: PositionedFile, problem: string): Error {
  return polytagError('SAFETENSORS_HEADER_INVALID', { file: file.path, problem });
}

function wrongTensor(file: PositionedFile, { name }: HeaderEntry, problem: string): Error {
  return polytagError('SAFETENSORS_TENSOR_INVALID', {
    file: file.path,
    tensor: quote(name),
    problem,
  });
}
