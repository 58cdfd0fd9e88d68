// Builds .zip archives entry by entry, honest ones and such as an attacker would.
import { crc32, deflateRawSync } from 'node:zlib';

/** An entry; everything beside name and content has the honest value by default. */
export interface ZipItem {
  readonly name: string | Uint8Array;
  readonly content?: Uint8Array | string;
  /** 0 stored, 8 deflated (default). */
  readonly method?: number;
  /** Unix mode with file type; default a regular file. */
  readonly mode?: number;
  readonly flags?: number;
  readonly checksum?: number;
  readonly unpackedSize?: number;
  /** Whether the entry points to the data of the one before it instead of bringing its own. */
  readonly sharesData?: boolean;
}

/** The bytes of an archive. */
export function zipBytes(items: readonly ZipItem[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let position = 0;
  let last = 0;
  for (const item of items) {
    const { method = 8, mode = 0o100644, flags = 0x800, sharesData = false } = item;
    const name = Buffer.from(item.name);
    const content = Buffer.from(item.content ?? '');
    const packed = method === 8 ? deflateRawSync(content) : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(item.checksum ?? crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(item.unpackedSize ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    if (!sharesData) {
      last = position;
      const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, packed]);
      locals.push(local);
      position += local.length;
    }
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(mode * 0x1_0000, 6);
    tail.writeUInt32LE(last, 10);
    // Made by: Unix (3), version 2.0.
    centrals.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, tail, name);
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(items.length, 8);
  end.writeUInt16LE(items.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(position, 16);
  return Buffer.concat([...locals, directory, end]);
}
