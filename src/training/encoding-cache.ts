// Keeps encodings on disk, keyed by the encoder with its settings and by each text, so that no text is encoded twice.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { PolytagError } from '../errors/index.js';
import type { Tensor } from '../graph/index.js';
import { cacheFolder, openSafetensors, writeSafetensors } from '../weights/index.js';
import type { TrainingRequest } from './training-outcome.js';

/** Bytes of a text's key: SHA-256 cut to 128 bits, beyond any chance of two texts sharing one. */
const KEY_BYTES = 16;

/** What is kept of a text. */
export interface CachedEncoding {
  /** [width] */
  readonly values: Float32Array;
  /** Whether the text was longer than the maximal length. */
  readonly truncated: boolean;
}

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
   * Calls `take` for each cached text among `wanted`, whose values are valid during the call only. A
   * damaged segment is deleted: what it held will be encoded again.
   */
  async read(
    wanted: ReadonlySet<string>,
    take: (key: string, encoding: CachedEncoding) => void,
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
      for (const [key, encoding] of segment) {
        seen.add(key);
        take(key, encoding);
      }
    }
  }

  /** Adds a segment: encodings by the keys of their texts. */
  async add(entries: readonly (readonly [key: string, encoding: CachedEncoding])[]): Promise<void> {
    const keys = Buffer.from(entries.map(([key]) => key).join(''), 'latin1');
    const truncated = Uint8Array.from(entries, ([, encoding]) => Number(encoding.truncated));
    const rows = new Float32Array(entries.length * this.width);
    entries.forEach(([, { values }], row) => {
      rows.set(values, row * this.width);
    });
    const checksum = sumOf({ keys, truncated, rows });
    const tensors: [string, Tensor][] = [
      ['keys', { type: 'uint8', shape: [entries.length, KEY_BYTES], data: keys }],
      ['truncated', { type: 'bool', shape: [entries.length], data: truncated }],
      ['rows', { type: 'float32', shape: [entries.length, this.width], data: rows }],
    ];
    await writeSafetensors(
      join(this.folder, `${randomUUID()}.safetensors`),
      tensors.map(([name, tensor]) => ({ ...tensor, name, read: () => tensor })),
      { checksum },
    );
  }

  async #readSegment(
    path: string,
    wanted: ReadonlySet<string>,
    seen: ReadonlySet<string>,
  ): Promise<[string, CachedEncoding][] | 'damaged'> {
    try {
      const file = await openSafetensors(path);
      try {
        const keys = asBytes((await file.read('keys')).data);
        const wantedRows = keysOf(keys).flatMap((key, row): [string, number][] =>
          wanted.has(key) && !seen.has(key) ? [[key, row]] : [],
        );
        if (wantedRows.length === 0) return [];
        const truncated = asBytes((await file.read('truncated')).data);
        const { data: rows, shape } = await file.read('rows');
        const isWhole = file.metadata.get('checksum') === sumOf({ keys, truncated, rows });
        if (!isWhole || !(rows instanceof Float32Array) || shape[1] !== this.width) {
          return 'damaged';
        }
        return wantedRows.map(([key, row]) => {
          const values = rows.subarray(row * this.width, (row + 1) * this.width);
          return [key, { values, truncated: truncated[row] === 1 }];
        });
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

/** The cache of a run; undefined where it wants none. The key names encoder and settings completely. */
export async function openCache(
  { cache: root }: Pick<TrainingRequest, 'cache'>,
  key: string,
  width: number,
): Promise<EncodingCache | undefined> {
  if (root === false) return undefined;
  return EncodingCache.open(root ?? join(cacheFolder(), 'encodings'), key, width);
}

/** CRC-32 over all of a segment's data: a flipped bit must not become a feature. */
function sumOf(parts: Readonly<Record<'keys' | 'truncated' | 'rows', ArrayBufferView>>): string {
  const { keys, truncated, rows } = parts;
  return String(crc32(asBytes(rows), crc32(asBytes(truncated), crc32(asBytes(keys)))));
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
