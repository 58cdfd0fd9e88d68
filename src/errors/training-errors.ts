// Errors of training runs.
import { entry } from './entry.js';

export const trainingErrors = {
  RUN_LOCKED: entry<{ folder: string; process: number; host: string; lock: string }>(
    'Another run is writing to the same folder.',
    'Wait until it ends, or choose another --out. If it ran on another machine and is known to be dead, delete the lock file.',
    ({ folder, process, host, lock }) =>
      `${folder} is being written by process ${process} on ${host} (lock file ${lock})`,
  ),
};
