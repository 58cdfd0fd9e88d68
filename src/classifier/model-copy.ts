// Copies a trained model's folder, as it is or in its compact form.
import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { acquireFolderLock, writeFolderAtomically } from '../data/index.js';
import { fillCompactFolder } from './compact-folder.js';
import { fileNames, type ModelRecord } from './model-record.js';
import { modelVersion } from './model-version.js';
import { sealJson } from './sealed-json.js';
import { changeThresholds, readStoredThresholds } from './stored-thresholds.js';
import { checkFiles, hashFile, openTrainedFolder, type TrainedFolder } from './trained-folder.js';
import { checkOutput } from './training-folders.js';

/** How a model is saved. */
export interface SaveOptions {
  /** Replace a model that is there. Default false. */
  readonly overwrite?: boolean | undefined;
  /**
   * Weights in half precision and no ONNX files, for shipping: a quarter of the room, and a moment more at each
   * load. Scores change in the third digit at most; figures and thresholds stay the original's. Default false:
   * the folder as it is.
   */
  readonly compact?: boolean | undefined;
  /**
   * Markdown that the copy's card gets behind what polytag says of the model: what it is meant for, what is known of
   * its errors, who answers for it. Default: the card as it is.
   */
  readonly notes?: string | undefined;
}

/**
 * Copies a model and checks the copy; it appears whole or not at all.
 *
 * @throws PolytagError OPTION_INVALID, OUTPUT_EXISTS, OUTPUT_FOREIGN, RUN_LOCKED; MODEL_FILE_CHANGED,
 *   MODEL_FILE_MISSING; DISK_FULL and others of writing
 */
export async function copyModel(
  trained: TrainedFolder,
  folder: string,
  { overwrite = false, compact = false, notes }: SaveOptions,
): Promise<void> {
  const lock = await acquireFolderLock(folder);
  try {
    await checkOutput(folder, overwrite);
    const fill = async (copy: string): Promise<void> => {
      // First the source: a file that is gone is no failure of writing.
      await checkFiles(trained.folder, trained.record);
      const filled = await (compact ? fillCompactFolder : fillWhole)(trained, copy);
      const record = notes === undefined ? filled : await addNotes(copy, filled, notes);
      await copyThresholds(trained, { folder: copy, record });
      await openTrainedFolder(copy);
    };
    await writeFolderAtomically(folder, fill, { overwrite });
  } finally {
    await lock.release();
  }
}

async function fillWhole({ folder, record }: TrainedFolder, copy: string): Promise<ModelRecord> {
  const files = record.files.map(({ path }) => path);
  for (const path of [fileNames.record, fileNames.training, ...files]) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await copyFile(join(folder, path), join(copy, path));
  }
  return record;
}

/** Puts Markdown at the end of the card, and the card's new digest into the record. */
async function addNotes(copy: string, record: ModelRecord, notes: string): Promise<ModelRecord> {
  await appendFile(join(copy, fileNames.card), `\n${notes.trim()}\n`);
  const sha256 = await hashFile(copy, fileNames.card);
  const files = record.files.map((file) =>
    file.path === fileNames.card ? { ...file, sha256 } : file,
  );
  await writeFile(join(copy, fileNames.record), sealJson({ ...record, files }));
  return { ...record, files };
}

/**
 * Stored thresholds go along. They are bound to the bytes of a model: where those stay they are copied with their
 * history, else they are stored anew.
 */
async function copyThresholds(
  trained: TrainedFolder,
  copy: Pick<TrainedFolder, 'folder' | 'record'>,
): Promise<void> {
  const { version, values } = await readStoredThresholds(trained);
  if (version === 1) return;
  if (modelVersion(copy.record) === modelVersion(trained.record)) {
    await copyFile(join(trained.folder, fileNames.serving), join(copy.folder, fileNames.serving));
    return;
  }
  const { labels } = trained.record;
  const named = Object.fromEntries(labels.map((label, at) => [label, values[at]]));
  await changeThresholds(copy, named, 'those of the model that this was made of');
}
