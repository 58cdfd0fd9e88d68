// Holds a downloaded file against the hash that the hub promised.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/**
 * Reads the file at `path` and says what is wrong with it, or null if its hash is `etag`. 64 hexadecimal
 * digits are the SHA-256 of the content (Git LFS); 40 are the SHA-1 of Git's blob object, that is of
 * `blob SIZE\0` and the content. Any other etag promises nothing about the bytes, so null.
 */
export async function findDamage(
  path: string,
  etag: string,
  signal?: AbortSignal,
): Promise<string | null> {
  let hash: Hash;
  let name: string;
  if (/^[0-9a-f]{64}$/.test(etag)) {
    [hash, name] = [createHash('sha256'), 'SHA-256'];
  } else if (/^[0-9a-f]{40}$/.test(etag)) {
    const { size } = await stat(path);
    [hash, name] = [createHash('sha1').update(`blob ${size}\0`), 'Git hash'];
  } else {
    return null;
  }
  // The file is read again instead of hashed on arrival: what counts is what lies on the disk, and a
  // continued download would have to read its beginning anyway.
  const bytes = createReadStream(path, { highWaterMark: 2 ** 20, ...(signal ? { signal } : {}) });
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    hash.update(chunk);
  }
  const found = hash.digest('hex');
  return found === etag ? null : `its ${name} is ${found}; expected ${etag}`;
}
