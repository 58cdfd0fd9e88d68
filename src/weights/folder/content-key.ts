// Identifies a model by its content: SHA-256 over the files that its output depends on.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { explainReadFailure } from '../positioned-file.js';

const readBytes = 2 ** 20;

// A process opens the same model several times (encode, train, evaluate); its bytes are hashed once.
const digests = new Map<string, { readonly state: string; readonly digest: Promise<string> }>();

/**
 * SHA-256 of the files' names (without folders), sizes and bytes, as 64 hexadecimal digits; the same
 * wherever the folder lies and in whatever order the files are given.
 *
 * @throws PolytagError MODEL_FILE_UNREADABLE
 */
export async function contentKey(files: readonly string[]): Promise<string> {
  const lines = await Promise.all(
    files.map(async (file) => `${await digestOf(file)} ${basename(file)}\n`),
  );
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}

async function digestOf(file: string): Promise<string> {
  try {
    const { size, mtimeNs, ino, dev } = await stat(file, { bigint: true });
    const state = [size, mtimeNs, ino, dev].join();
    const known = digests.get(file);
    if (known?.state === state) {
      return await known.digest;
    }
    const digest = hashFile(file);
    digests.set(file, { state, digest });
    return await digest;
  } catch (error) {
    digests.delete(file);
    throw explainReadFailure(error, file);
  }
}

/** SHA-256 of a file, hexadecimal. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: readBytes })) {
    hash.update(piece as Buffer);
  }
  return hash.digest('hex');
}
