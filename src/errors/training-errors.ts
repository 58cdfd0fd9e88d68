// Errors of training runs.
import { entry } from './entry.js';

export const trainingErrors = {
  RUN_LOCKED: entry<{ folder: string; process: number }>(
    'Another run is writing to the same folder.',
    'Wait until it ends, or choose another --out.',
    ({ folder, process }) => `${folder} is being written by process ${process}`,
  ),
};
