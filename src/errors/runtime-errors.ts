// Errors of sessions and their worker threads.
import { entry } from './entry.js';

export const runtimeErrors = {
  WORKER_DIED: entry<{ reason: string }>(
    'A worker thread died twice over the same batch.',
    'Often the machine is short of memory: use fewer workers or a smaller token budget.',
    ({ reason }) => `a worker thread died twice over the same batch (${reason})`,
  ),
};
