// Errors of training runs.
import { entry } from './entry.js';

export const trainingErrors = {
  RUN_LOCKED: entry<{ folder: string; process: number; host: string; lock: string }>(
    'Another run is writing to the same folder.',
    'Wait until it ends, or choose another --out. If it ran on another machine and is known to be dead, delete the lock file.',
    ({ folder, process, host, lock }) =>
      `${folder} is being written by process ${process} on ${host} (lock file ${lock})`,
  ),
  CHECKPOINT_FOREIGN: entry<{ file: string; differences: readonly string[] }>(
    'A checkpoint was left by a run with other data, settings or version.',
    'Give the flags and the table of the first run, or leave out --resume to start afresh.',
    ({ file, differences }) =>
      differences.length === 0
        ? `${file} is not a checkpoint of this kind of run`
        : `${file} is the checkpoint of another run: ${differences.join(', ')} differ`,
  ),
  LOSS_NOT_FINITE: entry<{ step: number; learningRate: number; lastGood: number }>(
    'Fine-tuning came to a loss that is no number: its steps were too large.',
    'Give a smaller --learning-rate (a half or a quarter), or a longer --warmup; the checkpoint before is kept.',
    ({ step, learningRate, lastGood }) =>
      `the loss of step ${step} is not a finite number (learning rate ${learningRate}; the last state that was measured is of step ${lastGood})`,
  ),
  RUN_TOO_LARGE: entry<{
    what: 'memory' | 'disk';
    needed: number;
    available: number;
    flags: string | undefined;
  }>(
    'A run of fine-tuning needs more memory, or room on disk, than there is.',
    'Give the flags that are named, a shorter --max-length, or --tune head; or run where there is more.',
    ({ what, needed, available, flags }) =>
      `fine-tuning needs about ${(needed / 1e9).toFixed(1)} GB of ${what}, and there is ${(available / 1e9).toFixed(1)} GB${flags === undefined ? '' : `: ${flags} would fit`}`,
  ),
  TOO_FEW_ROWS: entry<{ file: string; rows: number; part: string }>(
    'The table has too few rows to hold some back for validation, or for each fold.',
    'Give more rows, fewer --folds, another share to --validation, or a table of its own.',
    ({ file, rows, part }) => `${file} has ${rows} rows: none is left to ${part}`,
  ),
  OUTPUT_EXISTS: entry<{ folder: string }>(
    'A model would be written where there is one already.',
    'Choose another --out, or give --overwrite: the old model stays until the new one is complete.',
    ({ folder }) => `${folder} already holds a model`,
  ),
  OUTPUT_FOREIGN: entry<{ folder: string; purpose: string }>(
    'A folder that would be replaced holds something that polytag did not write.',
    'Choose another --out, or move the files elsewhere.',
    ({ folder, purpose }) => `${folder} is not empty and no ${purpose}: it is left as it is`,
  ),
  SERVICE_UNUSABLE: entry<{ address: string; problem: string }>(
    'A running service cannot be trained on: it gives no vector of an encoder a text, or does not say what it is.',
    'Give the address of a bert-as-service 1.10 or polytag encoder service with a pooling strategy from REDUCE_MAX to CLS_POOLED.',
    ({ address, problem }) => `the service at ${address} cannot be used: ${problem}`,
  ),
  SERVICES_DIFFER: entry<{ first: string; second: string; differences: readonly string[] }>(
    'Several services are to share the work, but do not give the same vectors.',
    'Start all of them with the same model and the same flags, or give fewer addresses.',
    ({ first, second, differences }) =>
      `the services at ${first} and ${second} are not the same: at the second ${differences.join('; ')}`,
  ),
  SERVICE_CHANGED: entry<{ address: string; differences: readonly string[] }>(
    'A service gives other vectors than those that the model was, or is being, trained on.',
    'Start the service with the model and the flags that it had, give the address of one that has them, or train anew on the vectors of this one.',
    ({ address, differences }) =>
      `the service at ${address} is not the one that the model was trained on: ${differences.join('; ')}`,
  ),
  NO_SERVICE_LEFT: entry<{ addresses: readonly string[]; reason: string }>(
    'None of the services that encode texts can be reached any more.',
    'Start a service again and give the same command, when training with --resume: texts that were encoded before are in the cache.',
    ({ addresses, reason }) =>
      `no service is left to encode texts, of ${addresses.join(', ')}; the last one failed: ${reason}`,
  ),
};
