// Copies a trained model's folder, as it is or in its compact form.
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { acquireFolderLock, writeFolderAtomically } from '../data/index.js';
import { fillCompactFolder } from './compact-folder.js';
import { fileNames } from './model-record.js';
import { changeThresholds, readStoredThresholds } from './stored-thresholds.js';
import { checkFiles, openTrainedFolder, type TrainedFolder } from './trained-folder.js';
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
  { overwrite = false, compact = false }: SaveOptions,
): Promise<void> {
  const lock = await acquireFolderLock(folder);
  try {
    await checkOutput(folder, overwrite);
    const fill = async (copy: string): Promise<void> => {
      // First the source: a file that is gone is no failure of writing.
      await checkFiles(trained.folder, trained.record);
      await (compact ? fillCompact(trained, copy) : fillWhole(trained, copy));
      await openTrainedFolder(copy);
    };
    await writeFolderAtomically(folder, fill, { overwrite });
  } finally {
    await lock.release();
  }
}

async function fillWhole({ folder, record }: TrainedFolder, copy: string): Promise<void> {
  const files = record.files.map(({ path }) => path);
  for (const path of [fileNames.record, fileNames.training, ...files]) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await copyFile(join(folder, path), join(copy, path));
  }
  if ((await readStoredThresholds({ folder, record })).version > 1) {
    await copyFile(join(folder, fileNames.serving), join(copy, fileNames.serving));
  }
}

/** Stored thresholds are bound to the bytes of a model, which the compact form changes: they are stored anew. */
async function fillCompact(trained: TrainedFolder, copy: string): Promise<void> {
  await fillCompactFolder(trained, copy);
  const { version, values } = await readStoredThresholds(trained);
  if (version === 1) return;
  const { labels } = trained.record;
  const named = Object.fromEntries(labels.map((label, at) => [label, values[at]]));
  const { record } = await openTrainedFolder(copy);
  await changeThresholds(
    { folder: copy, record },
    named,
    'those of the model that this is a compact form of',
  );
}
