// Runs the program as a user does: as a process of its own, with a cache of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const root = realpathSync(mkdtempSync(join(tmpdir(), 'polytag-cli-')));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** How a run ended. */
export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the program is run. */
interface RunOptions {
  /** The folder it runs in. */
  readonly folder: string;
  /** What it reads on standard input; default: nothing. */
  readonly stdin?: string;
  /** Gets the process as soon as it is started. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** A new, empty folder, removed after the file's tests. */
export function createFolder(): string {
  return mkdtempSync(join(root, 'test-'));
}

/** Runs `polytag WORDS`, without a hub to ask. */
export async function runPolytag(
  words: readonly string[],
  { folder, stdin = '', onStart }: RunOptions,
): Promise<Ending> {
  const cache = join(root, 'cache');
  mkdirSync(cache, { recursive: true });
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...process.env, POLYTAG_CACHE: cache, HF_HUB_OFFLINE: '1', NO_COLOR: '1' },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A command may end without reading its input.
  child.stdin.on('error', () => undefined).end(stdin);
  onStart?.(child);
  const code = await ended;
  return { code, stdout, stderr };
}
