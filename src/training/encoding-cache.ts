// Keeps encodings on disk, keyed by the encoder with its settings and by each text, so that no text is encoded twice.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { PolytagError } from '../errors/index.js';
import type { Tensor } from '../graph/index.js';
import { openSafetensors, writeSafetensors } from '../weights/index.js';

/** Bytes of a text's key: SHA-256 cut to 128 bits, beyond any chance of two texts sharing one. */
const KEY_BYTES = 16;

/** The key under which the encoding of `text` is kept. */
export function textKey(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, KEY_BYTES).toString('latin1');
}

/**
 * Encodings in segments: files of many rows, each written once, atomically, under a name of its own. Runs
 * that share a cache can at worst encode the same text twice; they never see half a segment.
 */
export class EncodingCache {
  private constructor(
    private readonly folder: string,
    private readonly width: number,
  ) {}

  /**
   * Opens the cache of one kind of encoding, making its folder.
   *
   * @param root the folder of all encodings
   * @param key names encoder and settings completely: equal keys must mean equal encodings
   * @param width numbers a text
   */
  static async open(root: string, key: string, width: number): Promise<EncodingCache> {
    const folder = join(root, createHash('sha256').update(key).digest('hex').slice(0, 32));
    await mkdir(folder, { recursive: true });
    return new EncodingCache(folder, width);
  }

  /**
   * Calls `take` for each cached text among `wanted`. `values` is valid during the call only. A damaged
   * segment is deleted: what it held will be encoded again.
   */
  async read(
    wanted: ReadonlySet<string>,
    take: (key: string, values: Float32Array) => void,
  ): Promise<void> {
    const seen = new Set<string>();
    const files = (await readdir(this.folder)).filter((name) => name.endsWith('.safetensors'));
    for (const name of files.sort()) {
      const path = join(this.folder, name);
      const segment = await this.#readSegment(path, wanted, seen);
      if (segment === 'damaged') {
        await rm(path, { force: true });
        continue;
      }
      for (const [key, values] of segment) {
        seen.add(key);
        take(key, values);
      }
    }
  }

  /** Adds a segment; `values` is [keys, width], row-major. */
  async add(keys: readonly string[], values: Float32Array): Promise<void> {
    const keyBytes = Buffer.from(keys.join(''), 'latin1');
    const checksum = crc32(asBytes(values), crc32(keyBytes));
    const tensors: [string, Tensor][] = [
      ['keys', { type: 'uint8', shape: [keys.length, KEY_BYTES], data: keyBytes }],
      ['rows', { type: 'float32', shape: [keys.length, this.width], data: values }],
    ];
    await writeSafetensors(
      join(this.folder, `${randomUUID()}.safetensors`),
      tensors.map(([name, tensor]) => ({ ...tensor, name, read: () => tensor })),
      { checksum: String(checksum) },
    );
  }

  async #readSegment(
    path: string,
    wanted: ReadonlySet<string>,
    seen: ReadonlySet<string>,
  ): Promise<[string, Float32Array][] | 'damaged'> {
    try {
      const file = await openSafetensors(path);
      try {
        const keys = asBytes((await file.read('keys')).data);
        const wantedRows = keysOf(keys).flatMap((key, row): [string, number][] =>
          wanted.has(key) && !seen.has(key) ? [[key, row]] : [],
        );
        if (wantedRows.length === 0) return [];
        const { data, shape } = await file.read('rows');
        const checksum = crc32(asBytes(data), crc32(keys));
        const isWhole = file.metadata.get('checksum') === String(checksum);
        if (!isWhole || !(data instanceof Float32Array) || shape[1] !== this.width)
          return 'damaged';
        return wantedRows.map(([key, row]) => [
          key,
          data.subarray(row * this.width, (row + 1) * this.width),
        ]);
      } finally {
        await file.close();
      }
    } catch (error) {
      // Another run may have found the segment damaged, and deleted it, between our listing and opening.
      if (error instanceof PolytagError) return 'damaged';
      throw error;
    }
  }
}

function keysOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return Array.from({ length: bytes.length / KEY_BYTES }, (_, row) =>
    text.slice(row * KEY_BYTES, (row + 1) * KEY_BYTES),
  );
}

function asBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
