// Removes lock files and unfinished temporaries when the process exits before their owner could.
import { rmSync } from 'node:fs';

const pending = new Set<string>();

function removePending(): void {
  for (const path of pending) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The process is ending; what stays behind is recognised as stale by the next run.
    }
  }
}

/** Has `path` (a file or a whole folder) removed if the process exits before `keepOnExit(path)`. */
export function removeOnExit(path: string): void {
  if (pending.size === 0) {
    process.on('exit', removePending);
  }
  pending.add(path);
}

/** Takes back `removeOnExit(path)`. */
export function keepOnExit(path: string): void {
  pending.delete(path);
  if (pending.size === 0) {
    process.off('exit', removePending);
  }
}
