// A short name for exactly this model: what answers carry, and what files beside it are bound to.
import { createHash } from 'node:crypto';
import type { ModelRecord } from './model-record.js';

/** Hexadecimal digits of a version. */
const DIGITS = 16;

/**
 * The first 16 hexadecimal digits of the SHA-256 over the paths and hashes of the model's files: it changes with any
 * byte of any of them, and with nothing else. Thresholds that were changed later are not part of it.
 */
export function modelVersion({ files }: Pick<ModelRecord, 'files'>): string {
  const hash = createHash('sha256');
  for (const { path, sha256 } of files) hash.update(`${path} ${sha256}\n`);
  return hash.digest('hex').slice(0, DIGITS);
}
