// Where a training run writes: the model's folder, which must be free, and beside it the run's own.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainWriteFailure } from '../data/index.js';
import { polytagError } from '../errors/index.js';
import { planFile } from '../training/index.js';
import { fileNames } from './model-record.js';

/** Says that a folder is a run's own and may be deleted. */
const marker = 'polytag-run.txt';

/** Whether a folder with entries of these names is the work folder of a run. */
export function isWorkFolder(names: readonly string[]): boolean {
  return names.includes(marker);
}

/**
 * Refuses a folder that a model must not be written to.
 *
 * @throws PolytagError OUTPUT_EXISTS for a trained model unless `overwrite`; OUTPUT_FOREIGN for anything
 *   else that is not empty
 */
export async function checkOutput(out: string, overwrite: boolean): Promise<void> {
  const names = await list(out, 'polytag model');
  if (names.length === 0) return;
  if (!names.includes(fileNames.record)) {
    throw polytagError('OUTPUT_FOREIGN', { folder: out, purpose: 'polytag model' });
  }
  if (!overwrite) throw polytagError('OUTPUT_EXISTS', { folder: out });
}

/**
 * Makes the work folder of a run. Whoever calls holds the lock of the run's output.
 *
 * @param resume keep what an earlier run left there; otherwise it is deleted
 * @throws PolytagError OUTPUT_FOREIGN if there are files that no run wrote
 */
export async function prepareWorkFolder(folder: string, resume: boolean): Promise<void> {
  const names = await list(folder, 'work folder of a run');
  if (names.length > 0 && !isWorkFolder(names)) {
    throw polytagError('OUTPUT_FOREIGN', { folder, purpose: 'work folder of a run' });
  }
  const note = 'The state of a training run of polytag, kept until its model is complete.\n';
  try {
    if (!resume) await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, marker), note);
  } catch (error) {
    throw await explainWriteFailure(error, folder);
  }
}

/** What is there before there is anything to go on from: a plan alone is made anew in a second. */
const stateless: ReadonlySet<string> = new Set([marker, planFile]);

/**
 * Removes the work folder of a run that ended before it had any state to go on from. Whoever calls holds
 * the lock of the run's output; what ended the run matters more than a failure to remove.
 */
export async function removeStatelessWorkFolder(folder: string): Promise<void> {
  try {
    const names = await readdir(folder);
    if (isWorkFolder(names) && names.every((name) => stateless.has(name))) {
      await rm(folder, { recursive: true, force: true });
    }
  } catch {
    // The folder is not there, or may not be written: then there is nothing to undo.
  }
}

/** Names in a folder; none if it is not there. */
async function list(folder: string, purpose: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw polytagError('OUTPUT_FOREIGN', { folder, purpose });
    throw error;
  });
}
