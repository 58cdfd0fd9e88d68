// Runs the bert-serving commands as users do: as processes of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach } from 'vitest';

export const tinyBert = fileURLToPath(new URL('../../fixtures/tf-bert-tiny', import.meta.url));

const root = realpathSync(mkdtempSync(join(tmpdir(), 'polytag-serving-')));
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** How a command ended. */
interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  /** Resolves with the first line on standard output; rejects if the command ends without one. */
  readonly firstLine: Promise<string>;
}

/** What a server says when it is ready. */
interface Ready {
  readonly ready: true;
  readonly host: string;
  readonly port: number;
  readonly port_out: number;
  readonly http_port: number | null;
  readonly width: number;
  readonly pid: number;
}

/** A new, empty folder. */
export function createFolder(): string {
  return mkdtempSync(join(root, 'test-'));
}

type Command = 'start' | 'terminate' | 'benchmark';

/** Starts `bert-serving-COMMAND WORDS`. */
export function runServing(command: Command, words: readonly string[], folder = root): Run {
  const program = new URL(`../../../dist/cli/bert-serving-${command}.js`, import.meta.url);
  const child = spawn(process.execPath, [fileURLToPath(program), ...words], {
    cwd: folder,
    env: { ...process.env, POLYTAG_CACHE: join(root, 'cache'), HF_HUB_OFFLINE: '1', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      running.delete(child);
      resolve({ code, stdout, stderr });
    });
  });
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
    });
    child.on('close', () => {
      reject(new Error(`ended without a line:\n${stderr}`));
    });
  });
  firstLine.catch(() => undefined);
  return { child, ended, firstLine };
}

/** Starts a server of the tiny BERT on free ports, and waits until it is ready. */
export async function startServer(...words: string[]): Promise<Run & { readonly ready: Ready }> {
  const free = ['-port', '0', '-port_out', '0', '-num_worker', '1'];
  const run = runServing('start', ['-model_dir', tinyBert, ...free, ...words]);
  const ready = JSON.parse(await run.firstLine) as Ready;
  return { ...run, ready };
}
