// Which process wrote a lock or a temporary file, and whether it still lives.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told apart from later ones that are given the same number. */
export interface ProcessIdentity {
  readonly host: string;
  readonly process: number;
  /**
   * When it started, in the kernel's clock ticks since boot (field 22 of /proc/PID/stat, see proc(5));
   * empty where the system has no /proc, so that only the number tells.
   */
  readonly started: string;
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  return {
    host: hostname(),
    process: process.pid,
    started: readProcessStatus(process.pid)?.started ?? '',
  };
}

/** False only if the process is certainly gone: it ran on this host, and ended or gave its number to another. */
export function mayBeAlive(identity: ProcessIdentity): boolean {
  if (identity.host !== hostname()) {
    return true;
  }
  if (!existsProcess(identity.process)) {
    return false;
  }
  const status = readProcessStatus(identity.process);
  if (status === null) {
    return true;
  }
  // A zombie has ended; only its parent has not yet asked for the exit code.
  return status.state !== 'Z' && (identity.started === '' || identity.started === status.started);
}

function existsProcess(id: number): boolean {
  // 0 and below would ask about whole groups of processes.
  if (id <= 0) {
    return false;
  }
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // EPERM: it exists but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function readProcessStatus(id: number): { state: string; started: string } | null {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'latin1');
    // The second field is the program's name in brackets and may hold spaces and brackets itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], started: fields[19] };
  } catch {
    return null;
  }
}
